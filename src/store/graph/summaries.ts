import { type Codec, count, figure, list, oneOf, optional, row, share } from '../../graph/codec/row.ts';
import { decodeSummaries, encodeSummaries, serviceCounts } from '../../graph/codec/summaries.ts';
import { MESHES, type NamespaceSummary } from '../../graph/model.ts';
import type { MeshSummary } from '../../graph/summary.ts';
import { compareText } from '../../lib/order.ts';
import type { Page } from './pages.ts';

/** The text of a page of summaries, by name; empty where there is none. */
export function encodeSummaryPage(summaries: Page<NamespaceSummary>): string {
  return summaries.size === 0 ? '' : encodeSummaries([...summaries.values()].sort((a, b) => compareText(a.namespace, b.namespace)));
}

/** The summaries back by name, or undefined where the text is not one of ours. */
export function decodeSummaryPage(text: string): Page<NamespaceSummary> | undefined {
  const summaries = decodeSummaries(text);
  return summaries && new Map(summaries.map((summary) => [summary.namespace, summary]));
}

/** The figures of the whole mesh, as a member of the head. */
export const totalsCodec: Codec<MeshSummary> = row<MeshSummary>({
  namespaces: count,
  workloads: count,
  services: serviceCounts,
  pods: count,
  meshedPods: count,
  meshes: list(oneOf(...MESHES)),
  problems: count,
  unhealthy: count,
  rps: figure,
  successRate: optional(share),
  denied: figure,
});
