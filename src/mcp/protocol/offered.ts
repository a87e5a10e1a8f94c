import { type Principal, permits, permitsAll, type Role } from '../../access/principal.ts';
import type { Toolset } from '../../config.ts';

/** What decides whether an entry of a list is there for a caller. */
export interface Offer {
  readonly config: { readonly toolsets: readonly Toolset[] };
  readonly principal: Principal;
}

/** Whether something is offered while these toolsets are on; what belongs to none always is. */
export function isOffered({ toolset }: { readonly toolset?: Toolset | undefined }, toolsets: readonly Toolset[]): boolean {
  return toolset === undefined || toolsets.includes(toolset);
}

/** What a caller needs for something: a role, in some namespace or everywhere. */
export interface Needs {
  readonly role?: Role | undefined;
  readonly everywhere?: boolean | undefined;
}

/** Whether a caller may use something; what asks for no role is for every caller. */
export function isPermitted({ role, everywhere = false }: Needs, principal: Principal): boolean {
  return role === undefined || (everywhere ? permitsAll(principal, role) : permits(principal, role));
}
