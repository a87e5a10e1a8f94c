import type { Config } from '../../config.ts';
import { grantsOf } from '../../lib/roles.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Principal } from '../principal.ts';
import { claimProblem, subjectOf } from './claims.ts';
import { parseToken } from './jws.ts';
import { findKeys } from './key-cache.ts';
import { verifies } from './keys.ts';
import { isRefused, refuse, type TokenRefused } from './refusal.ts';

type TokenConfig = Pick<
  Config,
  'jwtIssuer' | 'jwtAudience' | 'jwksUrl' | 'jwtAlgorithms' | 'jwtLeewayMs' | 'jwtGroupsClaim' | 'roles' | 'upstreamTimeoutMs'
>;

/** A bearer token looked at. `unavailable`: whether it is good cannot be said now. */
export type TokenOutcome =
  | { readonly tag: 'bearer'; readonly principal: Principal }
  | TokenRefused
  | { readonly tag: 'unavailable'; readonly retryAfterMs: number };

/**
 * Checks an access token and gives its bearer with the roles that ROLES gives them, perhaps none. The cheap checks come first, the keys and the signature last; nothing of the
 * token is believed before. Never throws.
 */
export function readToken(text: string, ports: Pick<Ports, 'clock' | 'http' | 'keyvalue' | 'log'>, config: TokenConfig): TokenOutcome {
  const token = parseToken(text, config.jwtAlgorithms);
  if (isRefused(token)) return token;
  const problem = claimProblem(token.claims, {
    issuer: config.jwtIssuer,
    audiences: config.jwtAudience,
    leewayMs: config.jwtLeewayMs,
    now: ports.clock.now(),
  });
  if (problem !== undefined) return refuse(problem);
  const search = findKeys(ports, config, token);
  if (search.tag === 'unavailable') return search;
  if (search.tag === 'unknown') return refuse('key');
  if (!search.keys.some((key) => verifies(key, token.signed, token.signature))) return refuse('signature');
  const subject = subjectOf(token.claims, config.jwtGroupsClaim);
  if (isRefused(subject)) return subject;
  const { name, groups, shown } = subject;
  return { tag: 'bearer', principal: { name, via: 'token', groups, grants: grantsOf(config.roles, shown) } };
}
