import { apiVersionOf, RESOURCE_KEYS, RESOURCES, type Resource, type ResourceKey } from './resources.ts';

/** What a path names: a collection, an object of it, or a part of an object. */
export interface Target {
  readonly key: ResourceKey;
  readonly resource: Resource;
  readonly version: string;
  /** Undefined: all namespaces, or a resource outside of namespaces. */
  readonly namespace: string | undefined;
  /** Undefined for a collection. */
  readonly name: string | undefined;
  readonly subresource: '' | 'status';
}

/** What names one object, or a part of it. */
export type NamedTarget = Target & { readonly name: string };

/** Why a path names nothing: the group and version are served but have no such resource, or nothing is there at all. */
export type NoTarget = 'no-such-resource' | 'no-such-path';

/** `/api/v1/…` and `/apis/GROUP/VERSION/…`, with `namespaces/NAMESPACE/` before a namespaced resource, and `NAME` and `NAME/status` after it. */
export function parseTarget(path: string): Target | NoTarget {
  const [root, ...parts] = path.split('/').slice(1).map(decoded);
  const [group, version, ...rest] = root === 'api' ? ['', ...parts] : root === 'apis' ? parts : [];
  if (group === undefined || version === undefined || (root === 'apis' && group === '')) return 'no-such-path';
  const served = RESOURCE_KEYS.filter((key) => RESOURCES[key].group === group && RESOURCES[key].versions.some((each) => each === version));
  if (served.length === 0 || rest.length === 0) return 'no-such-path';
  const inside = rest[0] === 'namespaces' && rest.length > 2 && rest[2] !== 'status';
  const [plural, name, subresource = '', ...more] = inside ? rest.slice(2) : rest;
  const key = served.find((each) => RESOURCES[each].resource === plural);
  // The API server has a handler for custom resources that knows no path but theirs.
  if (key === undefined) return served.some((each) => RESOURCES[each].custom) ? 'no-such-path' : 'no-such-resource';
  const resource: Resource = RESOURCES[key];
  const misplaced = inside ? !resource.namespaced : resource.namespaced && name !== undefined;
  if (misplaced || name === '' || more.length > 0) return 'no-such-resource';
  if (subresource !== '' && (subresource !== 'status' || !resource.status)) return 'no-such-resource';
  return { key, resource, version, namespace: inside ? rest[1] : undefined, name, subresource };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The `apiVersion` in which a path asks for objects. */
export function versionOf({ resource, version }: Target): string {
  return apiVersionOf(resource.group, version);
}
