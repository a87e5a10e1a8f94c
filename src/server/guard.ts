import { authenticate } from '../access/authenticate.ts';
import { problemText } from '../access/jwt/refusal.ts';
import { type Principal, permits } from '../access/principal.ts';
import type { Config } from '../config.ts';
import type { IncomingRequest, Responder } from '../ports/exchange.ts';
import type { Ports } from '../ports/ports.ts';
import { challengeFor, challengeHeader } from './challenge.ts';
import { sendError } from './reply.ts';

/** What the guard needs of a request. */
export interface GuardedCall {
  readonly request: IncomingRequest;
  readonly responder: Responder;
  readonly ports: Ports;
  readonly config: Config;
}

/** Who may come in; or why not, in a word for the log, after the answer went out. */
export type Guarded = { readonly principal: Principal } | { readonly refused: string };

/**
 * Finds out who calls, and turns away whoever may not even read: 401 where a good token would help (2025-06-18, basic/authorization, token handling), 403 where it would not, 503 while the issuer's keys are not
 * to be had.
 */
export function guard({ request, responder, ports, config }: GuardedCall): Guarded {
  const { headers } = request;
  const options = { headers, config, role: 'viewer', everywhere: false } as const;
  const authentication = authenticate(headers, ports, config);
  switch (authentication.tag) {
    case 'refused': {
      const { problem } = authentication;
      sendError(responder, 401, 'denied', `${problemText(problem)} Get a new one from the issuer.`, [
        challengeHeader(options, { code: 'invalid_token', problem }),
      ]);
      return { refused: problem };
    }
    case 'unavailable':
      sendError(
        responder,
        503,
        'unavailable',
        'Tokens cannot be checked now, since their issuer does not give its keys. The same request may work later.',
        [['retry-after', String(Math.max(1, Math.ceil(authentication.retryAfterMs / 1000)))]],
      );
      return { refused: 'issuer unavailable' };
    case 'caller': {
      const { principal } = authentication;
      if (permits(principal, 'viewer')) return { principal };
      const challenge = challengeFor(principal, options);
      sendError(responder, challenge?.status ?? 403, 'denied', advice(principal, config), challenge?.headers);
      return { refused: principal.via === 'anonymous' ? 'no token' : 'no role' };
    }
  }
}

function advice({ via }: Principal, { jwtIssuer, trustedIdentityHeader }: Config): string {
  if (via !== 'anonymous') return 'You have no role here; whoever runs this server gives roles.';
  if (jwtIssuer !== '') return 'Send a token of the issuer as "Authorization: Bearer".';
  if (trustedIdentityHeader !== 'none') return 'Only workloads of the mesh may call this server.';
  return 'Nobody may call this server yet. Whoever runs it says who may: ANONYMOUS_ROLE=viewer lets everyone read; docs/access.md has more.';
}
