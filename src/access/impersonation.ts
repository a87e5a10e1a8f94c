import type { Config } from '../config.ts';
import { MeshError } from '../lib/errors.ts';
import type { HeaderList } from '../lib/headers.ts';
import type { Principal } from './principal.ts';

/** Nothing that a header cannot carry as it is: what would have to be encoded could be read as another name on the other side. */
const NAME = /^[\x21-\x7e](?:[\x20-\x7e]{0,254}[\x21-\x7e])?$/;

/**
 * The headers under which a request to the Kubernetes API is the caller's: none where IMPERSONATE is `off`. Throws `MeshError('denied')` where there is nobody to
 * impersonate, or the name cannot be one: the request must then not be made, least of all with the server's own rights.
 *
 * Sources: kubernetes, staging/src/k8s.io/apiserver/pkg/endpoints/filters/impersonation.go (the headers; `system:authenticated` is added there);
 * pkg/apis/rbac and the documentation of user impersonation. Names that begin with `system:` are Kubernetes' own, and `system:masters` is above all rules, so they
 * never come from a token.
 */
export function impersonation({ name, via, groups }: Principal, { impersonate, impersonatePrefix }: ImpersonationConfig): HeaderList {
  if (impersonate === 'off') return [];
  if (via === 'anonymous') {
    throw new MeshError(
      'denied',
      'This is done with the rights of the caller, and nothing says who you are: send a token, or come through the mesh.',
    );
  }
  const user = usable(`${impersonatePrefix}${name}`);
  const memberOf = groups.map((group) => usable(`${impersonatePrefix}${group}`));
  if (user === undefined || memberOf.includes(undefined)) {
    throw new MeshError(
      'denied',
      'This is done with the rights of the caller, and your name or one of your groups cannot stand for a Kubernetes user: printable ASCII, not "system:…".',
    );
  }
  return [
    ['impersonate-user', user],
    ...memberOf.filter((group) => group !== undefined).map((group) => ['impersonate-group', group] as const),
  ];
}

type ImpersonationConfig = Pick<Config, 'impersonate' | 'impersonatePrefix'>;

function usable(name: string): string | undefined {
  return NAME.test(name) && !name.toLowerCase().startsWith('system:') ? name : undefined;
}
