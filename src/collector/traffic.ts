import type { Config } from '../config.ts';
import { workloadId } from '../graph/ids.ts';
import type { NamespaceTopology, NamespaceTraffic, NodeId } from '../graph/model.ts';
import type { Observation } from '../graph/observed.ts';
import type { MeshSummary } from '../graph/summary.ts';
import { buildTraffic } from '../graph/traffic.ts';
import { kindOf } from '../mesh/kind-of.ts';
import type { Ports } from '../ports/ports.ts';
import { connectionOf } from '../sources/prometheus/connection.ts';
import { readTraffic, TRAFFIC_LIMITS, type TrafficReading } from '../sources/prometheus/source.ts';

/** The topologies that the traffic's names are looked up in. */
export interface KnownTopologies {
  topologies(namespaces: readonly string[]): readonly (NamespaceTopology | undefined)[];
}

/** Asks Prometheus for the traffic of the meshes that this graph has; undefined where there is no Prometheus. */
export function askForTraffic(ports: Ports, config: Config, totals: MeshSummary): TrafficReading | undefined {
  const connection = connectionOf(config);
  if (connection === undefined) return undefined;
  return readTraffic(ports, connection, {
    windowText: config.trafficWindow,
    meshes: {
      linkerd: totals.meshes.includes('linkerd'),
      istio: totals.meshes.includes('istio-sidecar') || totals.meshes.includes('istio-ambient'),
    },
    ...(config.namespaces.length === 0 ? {} : { namespaces: config.namespaces }),
    limits: { ...TRAFFIC_LIMITS, requestMs: Math.min(TRAFFIC_LIMITS.requestMs, config.upstreamTimeoutMs) },
  });
}

/** The observation as the edges of each namespace. Looks only at namespaces that the observation names. Throws what `known` throws. */
export function trafficOf(observation: Observation, known: KnownTopologies): ReadonlyMap<string, NamespaceTraffic> {
  const names = namespacesIn(observation);
  const kinds = new Map<string, (name: string) => string | undefined>();
  const byIdentity = new Map<string, NodeId[]>();
  for (const topology of known.topologies(names)) {
    if (topology === undefined) continue;
    const { namespace, workloads } = topology;
    kinds.set(namespace, kindOf(topology));
    for (const { kind, name, identity } of workloads) {
      if (identity === undefined) continue;
      byIdentity.set(identity, [...(byIdentity.get(identity) ?? []), workloadId(namespace, kind, name)]);
    }
  }
  return buildTraffic(observation, (namespace, workload) => kinds.get(namespace)?.(workload), {
    workloadsOf: (identity) => byIdentity.get(identity) ?? [],
  });
}

function namespacesIn({ traffic, decisions, routes }: Observation): readonly string[] {
  const names = new Set<string>();
  for (const end of [
    ...traffic.flatMap(({ source, destination }) => [source, destination]),
    ...decisions.map(({ destination }) => destination),
  ]) {
    if ('namespace' in end) names.add(end.namespace);
  }
  for (const { namespace } of routes) names.add(namespace);
  return [...names].sort();
}
