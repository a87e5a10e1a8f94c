import { type Grant, ROLES, type Role } from '../lib/roles.ts';

export { type Grant, ROLES, type Role } from '../lib/roles.ts';

/** Who calls this server. */
export interface Principal {
  /** For the audit record and the log: a token's subject, a mesh identity, or `anonymous`. At most 256 characters, no control characters. */
  readonly name: string;
  readonly via: 'anonymous' | 'token' | 'mesh';
  /** For impersonation in the Kubernetes API. */
  readonly groups: readonly string[];
  readonly grants: readonly Grant[];
}

/** Whether someone has at least this role in a namespace; without a namespace: in any. */
export function permits({ grants }: Principal, role: Role, namespace?: string): boolean {
  return grants.some(
    (grant) =>
      ROLES.indexOf(grant.role) >= ROLES.indexOf(role) &&
      (namespace === undefined || grant.namespaces === '*' || grant.namespaces.includes(namespace)),
  );
}

/** Whether someone has at least this role everywhere. */
export function permitsAll({ grants }: Principal, role: Role): boolean {
  return grants.some((grant) => ROLES.indexOf(grant.role) >= ROLES.indexOf(role) && grant.namespaces === '*');
}
