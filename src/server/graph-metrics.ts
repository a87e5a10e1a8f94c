import type { Ports } from '../ports/ports.ts';
import { LEADER_KEY } from '../store/graph/keys.ts';
import { decodeLeader } from '../store/graph/lease.ts';
import { readState } from '../store/graph/state.ts';

/**
 * How the graph does, in Prometheus' text exposition format 0.0.4: gauges, read from the store at each scrape. What is not known is left out. Throws `MeshError` when the store
 * does not answer.
 */
export function exposeGraph({ keyvalue, clock }: Pick<Ports, 'keyvalue' | 'clock'>): string {
  const { stored, others } = readState(keyvalue, [LEADER_KEY]);
  const leader = decodeLeader(others[0]);
  const now = clock.now();
  const age = (since: number | undefined) => since && Math.max(0, now - since) / 1000;
  const trafficAt = leader?.trafficAt ?? stored?.head.trafficAt;
  return [
    ...gauge('mesh_mcp_graph_generation', 'Generation of the graph.', stored?.head.generation),
    ...gauge('mesh_mcp_graph_namespaces', 'Namespaces in the graph.', stored?.head.totals.namespaces),
    ...gauge(
      'mesh_mcp_graph_synced',
      '1 while all of the cluster is watched.',
      stored && Number(stored.head.sources.kubernetes.state === 'synced'),
    ),
    ...gauge('mesh_mcp_collector_lag_seconds', 'Time since a collector last renewed its lease.', age(leader?.renewedAt)),
    ...gauge('mesh_mcp_traffic_age_seconds', 'Time since Prometheus was last read.', age(trafficAt)),
    '',
  ].join('\n');
}

function gauge(name: string, help: string, value: number | undefined): readonly string[] {
  return value === undefined ? [] : [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, `${name} ${value}`];
}
