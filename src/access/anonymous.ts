import type { Principal, Role } from './principal.ts';

/** What everybody may do whom nothing identifies; `none` is nothing at all. */
export type AnonymousRole = Role | 'none';

/** A caller who showed nothing that says who they are. */
export function anonymous(role: AnonymousRole): Principal {
  return { name: 'anonymous', via: 'anonymous', groups: [], grants: role === 'none' ? [] : [{ role, namespaces: '*' }] };
}
