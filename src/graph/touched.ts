import { isObject } from '../lib/json.ts';
import type { Operation } from './diff.ts';
import { parseEdgeKey } from './edges.ts';
import { namespaceOf } from './ids.ts';
import type { NodeId } from './model.ts';
import { type Place, placeOf } from './place.ts';
import { COLLECTIONS, type CollectionName } from './public.ts';

/** What a patch is about. */
export interface Touched {
  /** Namespaces in which something changed, the other end of an edge included. */
  readonly namespaces: ReadonlySet<string>;
  /**
   * Nodes that changed, or an edge of which did, and what a route or policy that came or changed its targets hangs on. A policy that changes otherwise
   * does not name its targets.
   */
  readonly nodes: ReadonlySet<NodeId>;
  /** Namespaces that went: whatever was in them. */
  readonly gone: ReadonlySet<string>;
}

/** Which namespaces and nodes a patch touches. */
export function touched(operations: readonly Operation[]): Touched {
  const namespaces = new Set<string>();
  const nodes = new Set<NodeId>();
  const gone = new Set<string>();
  const add = (ids: readonly string[]) => {
    for (const id of ids) {
      nodes.add(id);
      const namespace = namespaceOf(id);
      if (namespace !== undefined) namespaces.add(namespace);
    }
  };
  for (const operation of operations) {
    const place = placeOf(operation.path);
    if (place === undefined) continue;
    namespaces.add(place.namespace);
    const value = operation.op === 'remove' ? undefined : operation.value;
    if (place.tag === 'namespace' && operation.op === 'remove') gone.add(place.namespace);
    else if (place.tag === 'namespace') add(nodesOfNamespace(place.namespaceKey, value));
    else if (place.tag === 'entry') add([...nodesOfEntry(place), ...targetsOf(place.member, value)]);
  }
  return { namespaces, nodes, gone };
}

/** Whether a patch touches a node. */
export function touches({ nodes, gone }: Touched, node: NodeId): boolean {
  return nodes.has(node) || gone.has(namespaceOf(node) ?? '');
}

function nodesOfNamespace(namespaceKey: string, content: unknown): readonly NodeId[] {
  if (!isObject(content)) return [];
  return COLLECTIONS.flatMap((collection) => {
    const entries = content[collection];
    if (!isObject(entries)) return [];
    return Object.entries(entries).flatMap(([key, entry]) => [
      ...nodesOfEntry({ namespaceKey, collection, key }),
      ...targetsOf(undefined, entry),
    ]);
  });
}

type Entry = Pick<Extract<Place, { tag: 'entry' }>, 'namespaceKey' | 'collection' | 'key'>;

const NODES_OF: Readonly<Record<CollectionName, (entry: Entry) => readonly NodeId[]>> = {
  workloads: ({ namespaceKey, key }) => [`${namespaceKey}/${key}`],
  services: ({ namespaceKey, key }) => [`${namespaceKey}/Service/${key}`],
  routes: ({ namespaceKey, key }) => [`${namespaceKey}/${key}`],
  policies: ({ namespaceKey, key }) => [`${namespaceKey}/${key}`],
  edges: ({ key }) => {
    const ends = parseEdgeKey(key);
    return ends === undefined ? [] : [ends.source, ends.destination, ...(ends.service === undefined ? [] : [ends.service])];
  },
  routeTraffic: ({ namespaceKey, key }) => {
    const [route = '', backend = ''] = key.split('>');
    return [`${namespaceKey}/${route}`, ...(backend === '' ? [] : [backend])];
  },
};

function nodesOfEntry(entry: Entry): readonly NodeId[] {
  return NODES_OF[entry.collection](entry);
}

/** What a route or a policy hangs on, as far as the value tells it: a whole entry, or the member that says it. */
function targetsOf(member: string | undefined, value: unknown): readonly NodeId[] {
  const lists =
    member === undefined && isObject(value)
      ? [value.selects, value.attachedTo]
      : member === 'selects' || member === 'attachedTo'
        ? [value]
        : [];
  return lists.flatMap((list) => (Array.isArray(list) ? list : [])).filter((target) => typeof target === 'string' && target.includes('/'));
}
