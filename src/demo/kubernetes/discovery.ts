import type { JsonObject } from '../../lib/json.ts';
import { apiVersionOf, RESOURCE_KEYS, RESOURCES, type Resource } from './resources.ts';

const VERBS = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];
const STATUS_VERBS = ['get', 'patch', 'update'];

const ALL: readonly Resource[] = RESOURCE_KEYS.map((key) => RESOURCES[key]);

/** The groups in the table's order, the core group among them. */
const GROUPS: readonly string[] = [...new Set(ALL.map(({ group }) => group))];

function resourcesOf(group: string, version: string): readonly Resource[] {
  return ALL.filter((resource) => resource.group === group && resource.versions.includes(version)).sort((a, b) =>
    a.resource < b.resource ? -1 : 1,
  );
}

/**
 * The versions of a group, stable ones before beta before alpha, each with the highest number first (apimachinery, pkg/version:
 * `CompareKubeAwareVersionStrings`).
 */
function versionsOf(group: string): readonly string[] {
  const rank = (version: string) => {
    const [, major = '0', stage = 'stable', minor = '0'] = /^v(\d+)(alpha|beta)?(\d*)$/.exec(version) ?? [];
    return ['alpha', 'beta', 'stable'].indexOf(stage) * 10_000 + Number(major) * 100 + Number(minor);
  };
  const versions = new Set(ALL.filter((resource) => resource.group === group).flatMap((resource) => resource.versions));
  return [...versions].sort((a, b) => rank(b) - rank(a));
}

/** What `/api` or `/apis` answer in the form `APIGroupDiscoveryList` of `apidiscovery.k8s.io/v2`: groups, versions and resources in one. */
export function aggregatedDiscovery(core: boolean): JsonObject {
  const groups = GROUPS.filter((group) => (group === '') === core);
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: groups.map((group) => ({
      metadata: group === '' ? {} : { name: group },
      versions: versionsOf(group).map((version) => ({
        version,
        resources: resourcesOf(group, version).map((resource) => aggregated(resource, version)),
        freshness: 'Current',
      })),
    })),
  };
}

function aggregated(resource: Resource, version: string): JsonObject {
  const { kind, group, custom } = resource;
  // The API server leaves group and version empty for its own kinds: the entry around says them.
  const responseKind = custom ? { group, version, kind } : { group: '', version: '', kind };
  return {
    resource: resource.resource,
    responseKind,
    scope: resource.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: resource.singular,
    verbs: VERBS,
    ...(resource.shortNames.length === 0 ? {} : { shortNames: resource.shortNames }),
    ...(resource.categories.length === 0 ? {} : { categories: resource.categories }),
    ...(resource.status ? { subresources: [{ subresource: 'status', responseKind, verbs: STATUS_VERBS }] } : {}),
  };
}

/** What `/api`, `/apis`, `/apis/GROUP`, `/api/v1` and `/apis/GROUP/VERSION` answer in the plain form; undefined for any other path. */
export function plainDiscovery(path: string): JsonObject | undefined {
  const [root, group, version, ...more] = path.split('/').slice(1);
  if (more.length > 0) return undefined;
  if (root === 'api') {
    if (group === undefined) return { kind: 'APIVersions', versions: versionsOf(''), serverAddressByClientCIDRs: [] };
    return version === undefined ? resourceList('', group) : undefined;
  }
  if (root !== 'apis') return undefined;
  const named = GROUPS.filter((each) => each !== '');
  if (group === undefined) return { kind: 'APIGroupList', apiVersion: 'v1', groups: named.map(groupEntry) };
  if (!named.includes(group)) return undefined;
  return version === undefined ? { kind: 'APIGroup', apiVersion: 'v1', ...groupEntry(group) } : resourceList(group, version);
}

function groupEntry(group: string): JsonObject {
  const versions = versionsOf(group).map((version) => ({ groupVersion: apiVersionOf(group, version), version }));
  return { name: group, versions, preferredVersion: versions[0] };
}

function resourceList(group: string, version: string): JsonObject | undefined {
  const found = resourcesOf(group, version);
  if (found.length === 0) return undefined;
  const resources = found.flatMap(({ resource, singular, namespaced, kind, shortNames, categories, status }): JsonObject[] => [
    {
      name: resource,
      singularName: singular,
      namespaced,
      kind,
      verbs: VERBS,
      ...(shortNames.length === 0 ? {} : { shortNames }),
      ...(categories.length === 0 ? {} : { categories }),
    },
    ...(status ? [{ name: `${resource}/status`, singularName: '', namespaced, kind, verbs: STATUS_VERBS }] : []),
  ]);
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: apiVersionOf(group, version), resources };
}
