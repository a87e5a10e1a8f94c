import { workloadId } from '../../../graph/ids.ts';
import type { NamespaceTopology, NodeId } from '../../../graph/model.ts';
import type { MeshView } from '../../../graph/query/view.ts';
import { MeshError } from '../../../lib/errors.ts';
import type { GraphReader } from '../../../store/graph/reader.ts';

/** More names are not compared: the advice is a courtesy. */
const MAX_COMPARED = 5_000;
const MAX_ADVISED = 3;

/** A namespace with its traffic, read together. */
export interface NamespaceRead {
  readonly view: MeshView;
  readonly topology: NamespaceTopology;
}

/** Reads a namespace. Throws `MeshError('invalid')`, with names that are alike, where there is no such namespace. */
export function readNamespace(reader: GraphReader, namespace: string): NamespaceRead {
  const view = reader.view([namespace]);
  return { view, topology: known(reader, namespace, view.topologies.get(namespace)) };
}

/** The topology of a namespace alone. Throws as `readNamespace` does. */
export function topologyOf(reader: GraphReader, namespace: string): NamespaceTopology {
  return known(reader, namespace, reader.topologies([namespace]).get(namespace));
}

function known(reader: GraphReader, namespace: string, topology: NamespaceTopology | undefined): NamespaceTopology {
  if (topology !== undefined) return topology;
  throw new MeshError('invalid', `There is no namespace "${namespace}" in the graph.${namespaceAdvice(namespace, reader)}`);
}

/**
 * The workloads of a namespace by `name` or `Kind/name`, as node ids. Throws `MeshError('invalid')` where there is none, with names that are alike: of workloads, or of
 * whatever else could have been meant.
 */
export function workloadsNamed(
  { namespace, workloads }: NamespaceTopology,
  wanted: string,
  others: readonly string[] = [],
): readonly NodeId[] {
  const found = workloads.filter(({ kind, name }) => wanted === name || wanted === `${kind}/${name}`);
  if (found.length > 0) return found.map(({ kind, name }) => workloadId(namespace, kind, name));
  const names = workloads.map(({ kind, name }) => (wanted.includes('/') ? `${kind}/${name}` : name));
  throw new MeshError('invalid', `There is no workload "${wanted}" in namespace "${namespace}".${advice(wanted, [...names, ...others])}`);
}

/** What to try in place of a namespace that is not there. */
export function namespaceAdvice(wanted: string, reader: GraphReader): string {
  return advice(wanted, reader.namespaces()) || ' get_mesh_graph without a namespace names them all.';
}

/** ` Did you mean "cart" or "card"?`, or nothing where no name is like it. */
export function advice(wanted: string, names: readonly string[]): string {
  const { length } = wanted.slice(wanted.indexOf('/') + 1);
  const near = [...new Set(names)]
    .slice(0, MAX_COMPARED)
    .map((name) => ({ name, distance: distanceBetween(wanted, name) }))
    .filter(({ name, distance }) => distance <= Math.max(2, Math.floor(length / 3)) || name.includes(wanted))
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, MAX_ADVISED)
    .map(({ name }) => `"${name}"`);
  return near.length === 0 ? '' : ` Did you mean ${near.join(' or ')}?`;
}

/** How many characters must be added, removed or changed to make one of the other (Levenshtein). */
function distanceBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, place) => place);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, change));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
