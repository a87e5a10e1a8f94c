import { ROLES } from '../access/principal.ts';
import type { Config } from '../config.ts';
import type { HeaderList } from '../lib/headers.ts';
import type { JsonObject } from '../lib/json.ts';
import { scopesFor } from '../lib/roles.ts';
import { publicBase } from './challenge.ts';

/**
 * The metadata of this server as an OAuth resource (RFC 9728 section 2), for the resource at `path` (empty for the whole server). Undefined where no tokens are taken.
 */
export function resourceMetadata(headers: HeaderList, config: Config, path: string): JsonObject | undefined {
  if (config.jwtIssuer === '') return undefined;
  const scopes = [...new Set(ROLES.flatMap((role) => scopesFor(config.roles, role)))];
  return {
    resource: `${publicBase(headers, config)}${path}`,
    authorization_servers: [config.jwtIssuer],
    bearer_methods_supported: ['header'],
    ...(scopes.length === 0 ? {} : { scopes_supported: scopes }),
    resource_name: 'Mesh MCP',
  };
}
