import type { Edge, NamespaceTopology, NamespaceTraffic } from '../../../../../src/graph/model.ts';
import type { KeptObject } from '../../../../../src/mesh/kept.ts';
import type { Circumstances } from '../../../../../src/store/graph/head.ts';
import type { NamespaceUpdate } from '../../../../../src/store/graph/publication.ts';

/** What a cluster holds of one namespace. */
export interface Content {
  readonly topology: NamespaceTopology;
  readonly traffic: NamespaceTraffic | undefined;
  readonly objects: readonly KeptObject[];
}

export type World = ReadonlyMap<string, Content>;

export const HEALTHY: Circumstances = {
  demo: false,
  sources: { kubernetes: { state: 'synced' }, prometheus: { state: 'synced' } },
  notes: [],
  trafficNotes: [],
  unread: [],
};

/** A namespace that tells its version in each part; without traffic where `rps` is 0. */
export function content(namespace: string, version: number, rps = version): Content {
  const workload = `${namespace}/Deployment/web`;
  const edge: Edge = { source: workload, destination: 'external/api.example.com:443', protocol: 'http', mesh: 'linkerd', rps };
  return {
    topology: {
      namespace,
      workloads: [
        {
          kind: 'Deployment',
          name: 'web',
          health: 'healthy',
          pods: version,
          meshedPods: version,
          meshes: ['linkerd'],
          desired: version,
          ports: [],
        },
      ],
      services: [],
      routes: [],
      policies: [],
    },
    traffic: rps === 0 ? undefined : { namespace, edges: [edge] },
    objects: [{ kind: 'pods', namespace, name: `web-${version}`, created: 1, labels: { app: 'web' }, annotations: {} }],
  };
}

/** The states of a cluster one after the other; a resume point is the number of the state that it stands for. */
export class Cluster {
  readonly #states: World[] = [new Map()];

  get version(): number {
    return this.#states.length - 1;
  }

  get now(): World {
    return this.at(this.version);
  }

  at(version: number): World {
    const state = this.#states[version];
    if (state === undefined) throw new Error(`the cluster never was in state ${version}`);
    return state;
  }

  /** One with the same past. */
  clone(): Cluster {
    const other = new Cluster();
    other.#states.splice(0, 1, ...this.#states);
    return other;
  }

  change(changes: Readonly<Record<string, Content | undefined>>): void {
    const next = new Map(this.now);
    for (const [namespace, fresh] of Object.entries(changes)) {
      if (fresh === undefined) next.delete(namespace);
      else next.set(namespace, fresh);
    }
    this.#states.push(next);
  }

  /** What a watch that goes on from a version hears until another. */
  updates(from: number | undefined, to: number): readonly NamespaceUpdate[] {
    return updatesBetween(from === undefined ? new Map() : this.at(from), this.at(to));
  }
}

export function updatesBetween(before: World, after: World): readonly NamespaceUpdate[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.flatMap((namespace): NamespaceUpdate[] => {
    const [old, fresh] = [before.get(namespace), after.get(namespace)];
    if (fresh === undefined) return [{ tag: 'removed', namespace }];
    const same = old !== undefined && JSON.stringify([old.topology, old.objects]) === JSON.stringify([fresh.topology, fresh.objects]);
    return same ? [] : [{ tag: 'changed', namespace, objects: fresh.objects, topology: fresh.topology }];
  });
}

export function trafficOf(world: World): ReadonlyMap<string, NamespaceTraffic> {
  return new Map([...world].flatMap(([namespace, { traffic }]) => (traffic === undefined ? [] : [[namespace, traffic] as const])));
}
