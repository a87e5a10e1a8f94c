import { groupBy } from '../lib/group.ts';
import { isObject } from '../lib/json.ts';
import type { Operation } from './diff.ts';
import { parseEdgeKey } from './edges.ts';
import { shortName, unescapeName } from './ids.ts';
import { type Place, placeOf } from './place.ts';
import { COLLECTIONS, type CollectionName } from './public.ts';
import { bytesText, millisecondsText, percentText, requestsText } from './units.ts';

const DEFAULT_MAX_LINES = 50;
const MAX_VALUE_CHARACTERS = 80;
const MAX_LISTED = 3;

/** A patch in words. */
export interface Description {
  /** A line for each entry that came, went or changed, in the order of the patch: `shop: edge web -> cart 2.1 rps -> 3.4 rps`. */
  readonly lines: readonly string[];
  /** How many lines more there would be. */
  readonly omitted: number;
}

/** Renders a patch that `diffNamespace` or `diffGraph` made for a reader; operations on anything else are passed over. */
export function describeOperations(operations: readonly Operation[], maxLines: number = DEFAULT_MAX_LINES): Description {
  const located = operations.flatMap((operation): Located[] => {
    const place = placeOf(operation.path);
    return place === undefined ? [] : [{ operation, place }];
  });
  const groups = [...groupBy(located, ({ place }) => subjectKey(place)).values()];
  return { lines: groups.slice(0, maxLines).map(describe), omitted: Math.max(0, groups.length - maxLines) };
}

interface Located {
  readonly operation: Operation;
  readonly place: Place;
}

/** What all operations on one line have in common. */
function subjectKey(place: Place): string {
  return place.tag === 'entry' ? `${place.namespaceKey} ${place.collection} ${place.key}` : `${place.namespace} ${place.tag}`;
}

function describe(located: readonly Located[]): string {
  const [first] = located;
  if (first === undefined) return '';
  const { place, operation } = first;
  if (place.tag === 'namespace') return describeNamespace(place.namespace, operation);
  if (place.tag === 'member') return `${place.namespace}: ${located.map(describeMember).join(', ')}`;
  const subject = SUBJECTS[place.collection](place.namespace, place.key);
  if (place.member !== undefined) return `${place.namespace}: ${subject} ${located.map(describeMember).join(', ')}`;
  if (operation.op === 'remove') return `${place.namespace}: ${subject} gone`;
  const members = isObject(operation.value) ? wholeEntry(place.collection, operation.value) : '';
  return `${place.namespace}: new ${subject}${members === '' ? '' : ` ${members}`}`;
}

const NOUNS: Readonly<Record<CollectionName, readonly [one: string, several: string]>> = {
  workloads: ['workload', 'workloads'],
  services: ['service', 'services'],
  routes: ['route', 'routes'],
  policies: ['policy', 'policies'],
  edges: ['edge', 'edges'],
  routeTraffic: ['route with traffic', 'routes with traffic'],
};

function describeNamespace(namespace: string, operation: Operation): string {
  if (operation.op === 'remove') return `namespace ${namespace} gone`;
  const { value } = operation;
  const counts = COLLECTIONS.flatMap((collection) => {
    const entries = isObject(value) ? value[collection] : undefined;
    const count = isObject(entries) ? Object.keys(entries).length : 0;
    return count === 0 ? [] : [`${count} ${NOUNS[collection][count === 1 ? 0 : 1]}`];
  });
  return `new namespace ${namespace}${counts.length === 0 ? '' : `: ${counts.join(', ')}`}`;
}

/** What an entry is called in its namespace. */
const SUBJECTS: Readonly<Record<CollectionName, (namespace: string, key: string) => string>> = {
  workloads: (_, key) => `workload ${plain(key)}`,
  services: (_, key) => `service ${plain(key)}`,
  routes: (_, key) => kindAndName(key),
  policies: (_, key) => kindAndName(key),
  edges: (namespace, key) => {
    const ends = parseEdgeKey(key);
    if (ends === undefined) return 'edge';
    const port = ends.port === undefined ? '' : `:${ends.port}`;
    return `edge ${shortName(ends.source, namespace)} -> ${shortName(ends.destination, namespace)}${port}${ends.protocol === 'http' ? '' : ` (${ends.protocol})`}`;
  },
  routeTraffic: (namespace, key) => {
    const [route = '', backend = ''] = key.split('>');
    return `traffic of ${kindAndName(route)}${backend === '' ? '' : ` to ${shortName(backend, namespace)}`}`;
  },
};

/** `HTTPRoute.gateway.networking.k8s.io/web` as `HTTPRoute web`. */
function kindAndName(key: string): string {
  const [kind = '', name = ''] = key.split('/');
  return `${plain(kind.split('.')[0] ?? '')} ${plain(name)}`;
}

function plain(key: string): string {
  return key
    .split('/')
    .map((part) => unescapeName(part) ?? part)
    .join('/');
}

/** How a member of an entry reads; what is not here reads as its name and value. Undefined: nothing to be said of that value. */
const MEMBERS: ReadonlyMap<string, (value: unknown) => string | undefined> = new Map(
  Object.entries({
    rps: number(requestsText),
    successRate: number((share) => `${percentText(share)} ok`),
    tls: number((share) => `${percentText(share)} TLS`),
    latency: (value: unknown) => {
      const quantile = isObject(value) ? (['p99', 'p95', 'p50'] as const).find((name) => typeof value[name] === 'number') : undefined;
      return quantile !== undefined && isObject(value) ? `${quantile} ${millisecondsText(Number(value[quantile]))}` : undefined;
    },
    sent: number((bytes) => `sent ${bytesText(bytes)}`),
    received: number((bytes) => `received ${bytesText(bytes)}`),
    plaintext: (value: unknown) => {
      if (!isObject(value)) return undefined;
      const shares = Object.entries(value).map(([reason, share]) => `${percentText(Number(share))} ${reason}`);
      return shares.join(', ');
    },
    pods: number((count) => `${count} ${count === 1 ? 'pod' : 'pods'}`),
    meshedPods: number((count) => `${count} meshed ${count === 1 ? 'pod' : 'pods'}`),
    // Behind a Service.
    workloads: (value: unknown) => {
      const all = Array.isArray(value) ? value.filter(isObject) : [];
      const names = all.slice(0, MAX_LISTED).map(({ kind, name, pods, meshedPods }) => `${kind}/${name} ${meshedPods}/${pods}`);
      return all.length === 0 ? undefined : `${names.join(', ')}${all.length > MAX_LISTED ? ` and ${all.length - MAX_LISTED} more` : ''}`;
    },
    health: (value: unknown) => (typeof value === 'string' ? value : undefined),
    asksFor: (value: unknown) => `asks for ${valueText(value)}`,
    allowed: number((rate) => `${rate}/s allowed`),
    denied: number((rate) => `${rate}/s denied`),
  }),
);

function number(text: (value: number) => string): (value: unknown) => string | undefined {
  return (value) => (typeof value === 'number' ? text(value) : undefined);
}

/** What is worth saying of a new entry, in this order. */
const SHOWN: Readonly<Record<CollectionName, readonly string[]>> = {
  workloads: ['health', 'pods', 'meshedPods', 'meshes'],
  services: ['type', 'pods', 'meshedPods', 'meshes'],
  routes: ['attachedTo', 'problems'],
  policies: ['action', 'summary', 'problems'],
  edges: ['rps', 'successRate', 'latency', 'tls', 'sent', 'received', 'denied'],
  routeTraffic: ['rps', 'successRate'],
};

function wholeEntry(collection: CollectionName, entry: Record<string, unknown>): string {
  return SHOWN[collection]
    .flatMap((member) => {
      const value = entry[member];
      return value === undefined || (Array.isArray(value) && value.length === 0) ? [] : [memberText(member, value)];
    })
    .join(', ');
}

function describeMember({ operation, place }: Located): string {
  const member = place.tag === 'namespace' ? '' : (place.member ?? '');
  if (operation.op === 'remove') return `${member} no longer given`;
  const now = memberText(member, operation.value);
  if (operation.op === 'add') return now;
  if (operation.was === undefined) return `${member} changed, now ${valueText(operation.value)}`;
  return `${memberText(member, operation.was)} -> ${MEMBERS.get(member)?.(operation.value) ?? valueText(operation.value)}`;
}

function memberText(member: string, value: unknown): string {
  return MEMBERS.get(member)?.(value) ?? `${member} ${valueText(value)}`;
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) {
    const texts = value.slice(0, MAX_LISTED).map(valueText);
    if (value.length === 0) return 'none';
    return value.length > MAX_LISTED ? `${texts.join(', ')} and ${value.length - MAX_LISTED} more` : texts.join(', ');
  }
  if (isObject(value)) {
    const scalars = Object.entries(value).filter(([, item]) => typeof item !== 'object');
    return cut(scalars.map(([name, item]) => `${name} ${String(item)}`).join(' '));
  }
  return cut(String(value));
}

function cut(text: string): string {
  return text.length > MAX_VALUE_CHARACTERS ? `${text.slice(0, MAX_VALUE_CHARACTERS)}…` : text;
}
