import type { Config } from '../config.ts';
import type { HeaderList } from '../lib/headers.ts';
import type { Ports } from '../ports/ports.ts';
import { anonymous } from './anonymous.ts';
import { refuse, type TokenRefused } from './jwt/refusal.ts';
import { readToken } from './jwt/token.ts';
import { meshCaller } from './mesh-identity.ts';
import type { Principal } from './principal.ts';

/** Who sent a request; `refused` where it bears a token that is not good, `unavailable` where that cannot be said now. */
export type Authentication =
  | { readonly tag: 'caller'; readonly principal: Principal }
  | TokenRefused
  | { readonly tag: 'unavailable'; readonly retryAfterMs: number };

/**
 * Who sent a request, by its headers. A token says it before a mesh identity does: a person who works through a workload. Without JWT_ISSUER nothing is made of a token: it gives its bearer
 * nothing, and a gateway before us may have asked for it. Never throws.
 */
export function authenticate(
  headers: HeaderList,
  ports: Pick<Ports, 'clock' | 'http' | 'keyvalue' | 'log'>,
  config: Config,
): Authentication {
  const token = config.jwtIssuer === '' ? undefined : bearerToken(headers);
  const nobody = anonymous(config.anonymousRole);
  if (token === undefined) return { tag: 'caller', principal: withAtLeast(nobody, meshCaller(headers, config) ?? nobody) };
  if (typeof token !== 'string') return token;
  const outcome = readToken(token, ports, config);
  return outcome.tag === 'bearer' ? { tag: 'caller', principal: withAtLeast(nobody, outcome.principal) } : outcome;
}

/** Who says who they are may do no less than who does not. */
function withAtLeast(nobody: Principal, principal: Principal): Principal {
  return principal === nobody ? nobody : { ...principal, grants: [...principal.grants, ...nobody.grants] };
}

/** RFC 6750 section 2.1: the header alone; a token in the query or the body is not looked at. Undefined where there is none. */
function bearerToken(headers: HeaderList): string | TokenRefused | undefined {
  const values = headers.filter(([name]) => name.toLowerCase() === 'authorization').map(([, value]) => value.trim());
  const bearers = values.filter((value) => /^bearer(?:\s|$)/i.test(value));
  if (bearers.length === 0) return undefined;
  // With two, a proxy and this server could read a different one each.
  if (values.length > 1) return refuse('malformed');
  return bearers[0]?.slice('bearer'.length).trim() ?? '';
}
