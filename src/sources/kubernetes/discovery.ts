import { isObject } from '../../lib/json.ts';
import type { KeptKind } from '../../mesh/kept.ts';
import { KINDS, type Kind } from './kinds.ts';
import type { Refusal } from './outcome.ts';

/**
 * The whole of discovery in one document where the server has it (Kubernetes 1.26 and newer), else the list of groups. The order of the parameters is what
 * servers look for (client-go, discovery/discovery_client.go: `AcceptV2`, `AcceptV2Beta1`).
 */
export const DISCOVERY_ACCEPT = [
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
  'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList',
  'application/json',
].join(',');

/** Under which versions to look for a kind, in this order; more than one only where the server would not say. None: the cluster does not serve it. */
export type Versions = readonly string[];
export type VersionsByKind = ReadonlyMap<KeptKind, Versions>;

/** What one path of discovery answered. */
export type DiscoveryAnswer = { readonly tag: 'json'; readonly value: unknown } | { readonly tag: 'refused'; readonly refusal: Refusal };

/** What has been found: resources as `group/version/plural`, and groups or versions of which the server would not say what they hold. */
interface Found {
  readonly served: ReadonlySet<string>;
  readonly unsure: ReadonlySet<string>;
}

/** How far discovery has got. */
export type Discovery =
  /** These paths are to be asked, all of them. */
  | { readonly tag: 'asking'; readonly paths: readonly string[]; readonly found: Found }
  | { readonly tag: 'done'; readonly versions: VersionsByKind }
  /** Nothing can be said of any kind. */
  | { readonly tag: 'refused'; readonly refusal: Refusal };

/** Discovery that goes on. */
export type Asking = Extract<Discovery, { tag: 'asking' }>;

/** `/api` serves the core group, `/apis` all others. */
export const BEGIN_DISCOVERY: Asking = { tag: 'asking', paths: ['/api', '/apis'], found: { served: new Set(), unsure: new Set() } };

/**
 * The state after every path of it was answered. A server that answers with a list of groups only is asked for each group that we know (Kubernetes API
 * Concepts, "API discovery": aggregated and unaggregated). One that forbids discovery is taken to serve everything, until a list says otherwise.
 */
export function afterAnswers(asking: Asking, answers: ReadonlyMap<string, DiscoveryAnswer>): Discovery {
  const served = new Set(asking.found.served);
  const unsure = new Set(asking.found.unsure);
  const paths: string[] = [];
  for (const path of asking.paths) {
    const answer = answers.get(path) ?? { tag: 'refused', refusal: { tag: 'unreachable', detail: 'discovery was not answered' } };
    if (answer.tag === 'refused') {
      const { refusal } = answer;
      if (refusal.tag === 'forbidden') unsure.add(path);
      // A version that went between two questions is not served; without the roots this is no Kubernetes API.
      else if (refusal.tag !== 'missing' || isRoot(path)) return { tag: 'refused', refusal };
      continue;
    }
    const read = readDocument(answer.value, path);
    if (read === undefined) return { tag: 'refused', refusal: { tag: 'not-kubernetes', detail: 'discovery answered with something else' } };
    for (const resource of read.served) served.add(resource);
    for (const stale of read.unsure) unsure.add(stale);
    paths.push(...read.paths);
  }
  if (paths.length > 0) return { tag: 'asking', paths, found: { served, unsure } };
  return { tag: 'done', versions: new Map(kindsOf().map(([name, kind]) => [name, versionsOf(kind, { served, unsure })])) };
}

function kindsOf(): readonly (readonly [KeptKind, Kind])[] {
  return Object.entries(KINDS) as [KeptKind, Kind][]; // Object.entries forgets the literal key type.
}

const isRoot = (path: string) => path === '/api' || path === '/apis';
const groupPath = (group: string, version: string) => (group === '' ? `/api/${version}` : `/apis/${group}/${version}`);

/** The newest version that the server serves, after newer ones of which it would not say. */
function versionsOf(kind: Kind, { served, unsure }: Found): Versions {
  const { group, resource } = kind;
  const versions: string[] = [];
  for (const version of kind.versions) {
    const certain = served.has(`${groupPath(group, version)}/${resource}`);
    if (certain || unsure.has(groupPath(group, version)) || unsure.has(group === '' ? '/api' : '/apis')) versions.push(version);
    if (certain) break;
  }
  return versions;
}

/** What one document says, and the paths that say the rest. */
interface Reading {
  readonly served: readonly string[];
  readonly unsure: readonly string[];
  readonly paths: readonly string[];
}

/** Undefined where it is no document of discovery. */
function readDocument(value: unknown, path: string): Reading | undefined {
  if (!isObject(value)) return undefined;
  switch (value.kind) {
    case 'APIGroupDiscoveryList':
      return readAggregated(membersOf(value.items));
    case 'APIVersions':
      return path === '/api'
        ? { served: [], unsure: [], paths: textsOf(value.versions).flatMap((version) => knownPath('', version)) }
        : undefined;
    case 'APIGroupList':
      return path === '/apis' ? { served: [], unsure: [], paths: membersOf(value.groups).flatMap(groupPaths) } : undefined;
    case 'APIResourceList':
      return isRoot(path) ? undefined : { served: resourcesOf(membersOf(value.resources), path, 'name'), unsure: [], paths: [] };
    default:
      return undefined;
  }
}

/** `apidiscovery.k8s.io/v2` and `v2beta1`, which are alike. A version marked stale, with nothing in it, is one that the server itself could not ask. */
function readAggregated(groups: readonly Record<string, unknown>[]): Reading {
  const served: string[] = [];
  const unsure: string[] = [];
  for (const { metadata, versions } of groups) {
    const group = isObject(metadata) && typeof metadata.name === 'string' ? metadata.name : '';
    for (const { version, resources, freshness } of membersOf(versions)) {
      if (typeof version !== 'string') continue;
      const path = groupPath(group, version);
      const found = resourcesOf(membersOf(resources), path, 'resource');
      served.push(...found);
      if (freshness === 'Stale' && found.length === 0) unsure.push(path);
    }
  }
  return { served, unsure, paths: [] };
}

/** Those that can be listed and watched. Subresources (`pods/log`) have a slash in their name and match nothing. */
function resourcesOf(resources: readonly Record<string, unknown>[], path: string, nameKey: 'name' | 'resource'): readonly string[] {
  return resources.flatMap((resource) => {
    const name = resource[nameKey];
    const verbs = textsOf(resource.verbs);
    return typeof name === 'string' && verbs.includes('list') && verbs.includes('watch') ? [`${path}/${name}`] : [];
  });
}

function groupPaths({ name, versions }: Record<string, unknown>): readonly string[] {
  if (typeof name !== 'string') return [];
  return membersOf(versions).flatMap(({ version }) => (typeof version === 'string' ? knownPath(name, version) : []));
}

/** The path of a group in a version, where we know a kind of it. */
function knownPath(group: string, version: string): readonly string[] {
  return kindsOf().some(([, kind]) => kind.group === group && kind.versions.includes(version)) ? [groupPath(group, version)] : [];
}

function membersOf(value: unknown): readonly Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((text) => typeof text === 'string') : [];
}
