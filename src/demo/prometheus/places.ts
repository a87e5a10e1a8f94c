import type { Mesh } from '../../mesh/membership.ts';
import type { SampleNamespace } from '../kubernetes/sample.ts';

/** A pod that serves or calls, with or without a proxy. */
export interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly meshed: boolean;
  /** An address that no real network uses for pods of its own (RFC 5737, RFC 2544 being the larger of the test networks). */
  readonly ip: string;
}

/** A workload of the sample where the traffic table needs it. */
export interface Place {
  readonly namespace: string;
  readonly name: string;
  readonly kind: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  readonly mesh: Mesh | undefined;
  readonly serviceAccount: string;
  readonly pods: readonly Pod[];
}

/** The workloads of a sample by `namespace/name`. */
export type Places = ReadonlyMap<string, Place>;

export function placesOf(sample: readonly SampleNamespace[]): Places {
  let serial = 0;
  const places = sample.flatMap(({ name: namespace, workloads }) =>
    workloads.map((workload): readonly [string, Place] => {
      const { name, kind, replicas, mesh, unmeshedPods = 0, account = name } = workload;
      const pods = Array.from({ length: replicas }, (_, ordinal): Pod => {
        serial += 1;
        const meshed = mesh !== undefined && ordinal < replicas - unmeshedPods;
        return { namespace, name: `${name}-${ordinal}`, meshed, ip: `198.18.${Math.floor(serial / 250)}.${(serial % 250) + 1}` };
      });
      return [`${namespace}/${name}`, { namespace, name, kind, mesh, serviceAccount: account, pods }];
    }),
  );
  return new Map(places);
}

/** A place that must be there: the table and the sample are ours. */
export function placeOf(places: Places, name: string): Place {
  const place = places.get(name);
  if (place === undefined) throw new Error(`the sample cluster has no workload ${name}`);
  return place;
}
