import { PROTOCOLS } from '../edges.ts';
import type { Edge, Latency, NamespaceTraffic, NodeId, RouteTraffic } from '../model.ts';
import { seal, unseal } from './envelope.ts';
import { type Codec, count, figure, list, oneOf, optional, row, share, sharesByName, text } from './row.ts';

/** A namespace's traffic as compact JSON, equal for equal values. */
export function encodeTraffic(traffic: NamespaceTraffic): string {
  const { edges, routes = [] } = traffic;
  const used = [
    ...edges.flatMap(({ source, destination, service }) => [source, destination, service]),
    ...routes.map(({ backend }) => backend),
  ];
  const ids = [...new Set(used.filter((id) => id !== undefined))].sort();
  return seal('traffic', [ids, codecWith(ids).encode(traffic)]);
}

/** The traffic back from its text; undefined for any other text. */
export function decodeTraffic(json: string): NamespaceTraffic | undefined {
  const content = unseal('traffic', json);
  if (!Array.isArray(content) || content.length !== 2) return undefined;
  const ids = list(text).decode(content[0]);
  return ids && codecWith(ids).decode(content[1]);
}

const quantiles: Codec<Latency> = row<Latency>({ p50: optional(figure), p95: optional(figure), p99: optional(figure) });

/** Nodes go by their number in `ids`: an id is long, and most stand on several edges. */
function codecWith(ids: readonly NodeId[]): Codec<NamespaceTraffic> {
  const numbers = new Map(ids.map((id, number) => [id, number]));
  const node: Codec<NodeId> = {
    // Every id of the traffic is in its table.
    encode: (id) => numbers.get(id) ?? id,
    decode: (json) => (typeof json === 'number' ? ids[json] : undefined),
  };
  const edge = row<Edge>({
    source: node,
    destination: node,
    service: optional(node),
    port: optional(count),
    protocol: oneOf(...PROTOCOLS),
    mesh: oneOf('linkerd', 'istio'),
    rps: optional(figure),
    successRate: optional(share),
    latency: optional(quantiles),
    tls: optional(share),
    plaintext: optional(sharesByName),
    sent: optional(figure),
    received: optional(figure),
    allowed: optional(figure),
    denied: optional(figure),
  });
  const routed = row<RouteTraffic>({
    group: text,
    kind: text,
    name: text,
    backend: optional(node),
    rps: figure,
    successRate: optional(share),
  });
  return row<NamespaceTraffic>({
    namespace: text,
    edges: list(edge),
    omittedEdges: optional(count),
    routes: optional(list(routed)),
    omittedRoutes: optional(count),
  });
}
