import { MESHES, type NamespaceLink, type NamespaceSummary } from '../model.ts';
import { seal, unseal } from './envelope.ts';
import { count, figure, list, oneOf, optional, row, share, text } from './row.ts';

/** Summaries as compact JSON, equal for equal values: some 100 bytes each, and 20 to 40 more a link. */
export function encodeSummaries(summaries: readonly NamespaceSummary[]): string {
  return seal('summaries', codec.encode(summaries));
}

/** The summaries back from their text; undefined for any other text. */
export function decodeSummaries(json: string): readonly NamespaceSummary[] | undefined {
  return codec.decode(unseal('summaries', json));
}

/** How many services pass each filter. */
export const serviceCounts = row<NamespaceSummary['services']>({
  all: count,
  unmeshed: count,
  linkerd: count,
  'istio-sidecar': count,
  'istio-ambient': count,
});

const codec = list(
  row<NamespaceSummary>({
    namespace: text,
    workloads: count,
    services: serviceCounts,
    pods: count,
    meshedPods: count,
    meshes: list(oneOf(...MESHES)),
    problems: count,
    unhealthy: count,
    rps: figure,
    denied: figure,
    links: list(row<NamespaceLink>({ to: text, rps: figure, successRate: optional(share), tls: optional(share) })),
    successRate: optional(share),
  }),
);
