import { listAt } from '../lib/group.ts';
import type { JsonObject } from '../lib/json.ts';
import type { KeptKind } from '../mesh/kept.ts';
import type { WorkloadFacts } from '../mesh/workload-facts.ts';
import { KINDS } from '../sources/kubernetes/kinds.ts';
import type { AccessNamespace } from './world.ts';

/** A client that a policy would let in, as the mesh proves who it is. */
export interface Client {
  readonly identity: string;
  readonly namespace: string;
  readonly serviceAccount: string;
  /** Its calls go past a waypoint. */
  readonly past: boolean;
}

/** What policies are to be made of. */
export interface SuggestionParts {
  readonly namespace: AccessNamespace;
  /** What the policies are named after. */
  readonly name: string;
  readonly workloads: readonly WorkloadFacts[];
  /** Labels that select the pods. */
  readonly selector: Readonly<Record<string, string>>;
  /** The clients of each of the pods' ports, by identity. Ports by number. */
  readonly clients: ReadonlyMap<number, readonly Client[]>;
}

/** What a mesh's policies were made of. */
export interface Made {
  /** In the order in which they should be applied. */
  readonly manifests: readonly JsonObject[];
  readonly notes: readonly string[];
}

/** Ports with the same clients, together: fewer objects say the same. */
export function portsByClients(
  clients: SuggestionParts['clients'],
): readonly { readonly ports: readonly number[]; readonly clients: readonly Client[] }[] {
  const groups = new Map<string, { readonly port: number; readonly clients: readonly Client[] }[]>();
  for (const [port, own] of clients)
    listAt(groups, own.map(({ identity, past }) => `${identity} ${past}`).join(' ')).push({ port, clients: own });
  return [...groups.values()].flatMap((same) => {
    const [first] = same;
    return first === undefined ? [] : [{ ports: same.map(({ port }) => port), clients: first.clients }];
  });
}

/** A manifest in the newest version of its kind. */
export function manifest(kept: KeptKind, namespace: string, name: string, spec: JsonObject): JsonObject {
  const { group, kind, versions } = KINDS[kept];
  return { apiVersion: `${group}/${versions[0]}`, kind, metadata: { namespace, name }, spec };
}

/** The name, or the first with a number after it that no object of the kind has: nobody's object is to be overwritten. */
export function freeName({ view }: AccessNamespace, kept: KeptKind, wanted: string): string {
  if (view.find(kept, wanted) === undefined) return wanted;
  let number = 2;
  while (view.find(kept, `${wanted}-${number}`) !== undefined) number += 1;
  return `${wanted}-${number}`;
}
