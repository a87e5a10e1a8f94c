import { parseNodeId } from '../ids.ts';
import type { Edge, NamespaceTopology, NodeId } from '../model.ts';
import { groupEdges } from './group-edges.ts';
import { SECURED } from './thresholds.ts';

/** The graph in the shape of the design notes: names, rates, and whether it is encrypted. */
export interface SimpleGraph {
  /** `namespace/name`, sorted. */
  readonly services: readonly string[];
  readonly edges: readonly SimpleEdge[];
  readonly authPolicies: readonly SimplePolicy[];
}

export interface SimpleEdge {
  /** `namespace/name` of a Service, or of a workload without one; a host outside the cluster, `unmeshed` or `unknown`. */
  readonly src: string;
  readonly dst: string;
  /** Requests a second; 0 for TCP. */
  readonly rps: number;
  /** Whether at least 99.5 % of the traffic is known to be mutual TLS. */
  readonly tls: boolean;
}

export interface SimplePolicy {
  readonly namespace: string;
  readonly name: string;
  readonly kind: string;
  readonly action?: string;
}

/** The kinds of policies that decide by themselves who may call; others are referred to by these, or are about something else. */
export const AUTH_POLICY_KINDS: readonly string[] = [
  'AuthorizationPolicy',
  'ServerAuthorization',
  'Server',
  'PeerAuthentication',
  'RequestAuthentication',
];

/** A graph in that shape: edges by Service (`groupEdges`), the busiest first; policies in the order of the topologies. */
export function simpleGraph(topologies: ReadonlyMap<string, NamespaceTopology>, edges: readonly Edge[]): SimpleGraph {
  return {
    services: [...topologies].flatMap(([namespace, { services }]) => services.map(({ name }) => `${namespace}/${name}`)).sort(),
    edges: groupEdges(edges, 'service', { topologies }).map(({ source, destination, rps = 0, tls = 0 }) => ({
      src: plainName(source),
      dst: plainName(destination),
      rps,
      tls: tls >= SECURED,
    })),
    authPolicies: [...topologies].flatMap(([namespace, { policies }]) =>
      policies
        .filter(({ kind }) => AUTH_POLICY_KINDS.includes(kind))
        .map(({ name, kind, action }) => ({ namespace, name, kind, ...(action === undefined ? {} : { action }) })),
    ),
  };
}

function plainName(id: NodeId): string {
  const ref = parseNodeId(id);
  if (ref === undefined || ref.tag === 'unmeshed' || ref.tag === 'unknown') return id;
  return ref.tag === 'external' ? ref.authority : `${ref.namespace}/${ref.name}`;
}
