import { problemText, type TokenProblem } from '../access/jwt/refusal.ts';
import type { Principal, Role } from '../access/principal.ts';
import type { Config } from '../config.ts';
import { type HeaderList, header } from '../lib/headers.ts';
import { scopesFor } from '../lib/roles.ts';

/** Where RFC 9728 section 3.1 puts the metadata of the resource at a path: between host and path. */
export const METADATA_PATH = '/.well-known/oauth-protected-resource';
export const MCP_PATH = '/v1/mcp';

/** The base of this server's URLs as clients know it. */
export function publicBase(headers: HeaderList, { publicUrl }: Pick<Config, 'publicUrl'>): string {
  if (publicUrl !== '') return publicUrl;
  // A host ends TLS before us and says so here. The Host header was held against ALLOWED_HOSTS.
  const scheme = header(headers, 'x-forwarded-proto') === 'https' ? 'https' : 'http';
  return `${scheme}://${header(headers, 'host') ?? 'localhost'}`;
}

export interface ChallengeOptions {
  readonly headers: HeaderList;
  readonly config: Config;
  /** The role that is asked for, somewhere or everywhere. */
  readonly role: Role;
  readonly everywhere: boolean;
}

/**
 * `WWW-Authenticate` as RFC 6750 section 3 and RFC 9728 section 5.1 have it, with the scopes to ask for (2025-11-25, basic/authorization, scope selection and scope challenges). `error`
 * is left out where no token was shown.
 */
export function challengeHeader(
  { headers, config, role, everywhere }: ChallengeOptions,
  error?: { readonly code: 'invalid_token'; readonly problem: TokenProblem } | { readonly code: 'insufficient_scope' },
): HeaderList[number] {
  const scopes = scopesFor(config.roles, role, everywhere);
  const parameters = [
    ...(error === undefined ? [] : [`error="${error.code}"`]),
    ...(error?.code === 'invalid_token' ? [`error_description="${problemText(error.problem)}"`] : []),
    // One is enough, and the first gives the least.
    ...scopes.slice(0, 1).map((scope) => `scope="${scope}"`),
    `resource_metadata="${publicBase(headers, config)}${METADATA_PATH}${MCP_PATH}"`,
  ];
  return ['www-authenticate', `Bearer ${parameters.join(', ')}`];
}

/**
 * What goes beside a denial where another token could help: 401 for whoever showed none, 403 with the scope for whoever showed one with too few. Undefined where tokens are not
 * taken, or no scope gives the role.
 */
export function challengeFor(
  principal: Principal,
  options: ChallengeOptions,
): { readonly status: 401 | 403; readonly headers: HeaderList } | undefined {
  if (options.config.jwtIssuer === '') return undefined;
  if (principal.via !== 'token') return { status: 401, headers: [challengeHeader(options)] };
  if (scopesFor(options.config.roles, options.role, options.everywhere).length === 0) return undefined;
  return { status: 403, headers: [challengeHeader(options, { code: 'insufficient_scope' })] };
}
