import { header } from '../../lib/headers.ts';
import type { DemoRequest } from '../http.ts';
import { flag } from './list.ts';
import { forbidden, forbiddenPath, unauthorized } from './status.ts';
import type { Target } from './target.ts';

/** Somebody who calls the API. */
export interface DemoUser {
  /** The bearer token by which the API knows them; absent: nobody is asked for one. */
  readonly token?: string;
  /**
   * What they may not do, as `kubectl auth can-i` words it: a resource for all verbs (`pods`, `servers.policy.linkerd.io`), or a verb before it
   * (`watch pods`, `patch *`). The verbs are those of RBAC: get, list, watch, create, update, patch, delete.
   */
  readonly forbidden?: readonly string[];
}

/** Who may do what. */
export interface AccessOptions extends DemoUser {
  /** More users, beside the one that these options describe. */
  readonly users?: readonly (DemoUser & { readonly token: string })[];
}

/** What anybody may read (kubernetes, the ClusterRole `system:public-info-viewer`). */
const PUBLIC: readonly string[] = ['/version', '/healthz', '/livez', '/readyz'];

/** Throws 401 for a token that is nobody's, and 403 for what may not be done. `target` is undefined where the path names no resource. */
export function authorize(request: DemoRequest, target: Target | undefined, options: AccessOptions): void {
  const user = userOf(header(request.headers, 'authorization'), options);
  const name = user === undefined ? 'system:anonymous' : 'demo';
  if (target === undefined) {
    if (user === undefined && !PUBLIC.includes(request.path)) throw forbiddenPath(name, request.method.toLowerCase(), request.path);
    return;
  }
  const verb = verbOf(request, target);
  const { resource, key, subresource } = target;
  const denied = user?.forbidden ?? [];
  const isDenied = [resource.resource, key, '*'].some((each) => denied.includes(each) || denied.includes(`${verb} ${each}`));
  if (user !== undefined && !isDenied) return;
  const path = subresource === '' ? resource.resource : `${resource.resource}/${subresource}`;
  throw forbidden({ user: name, verb, resource, path, namespace: target.namespace, name: target.name });
}

/** Undefined for somebody who does not say who they are. */
function userOf(authorization: string | undefined, options: AccessOptions): DemoUser | undefined {
  const { token, users = [] } = options;
  if (token === undefined && users.length === 0) return options;
  if (authorization === undefined) return undefined;
  const found = [options, ...users].find((user) => user.token !== undefined && authorization === `Bearer ${user.token}`);
  if (found === undefined) throw unauthorized();
  return found;
}

const VERBS: Readonly<Record<string, string>> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };

function verbOf({ method, query }: DemoRequest, { name }: Target): string {
  const write = VERBS[method];
  if (write !== undefined) return write;
  if (name !== undefined) return 'get';
  return flag(new URLSearchParams(query), 'watch') ? 'watch' : 'list';
}
