import { defined } from '../../../graph/defined.ts';
import { namespaceOf } from '../../../graph/ids.ts';
import type { Mesh, NamespaceSummary } from '../../../graph/model.ts';
import { THRESHOLDS } from '../../../graph/query/thresholds.ts';
import type { MeshSummary } from '../../../graph/summary.ts';
import { percentText, requestsText } from '../../../graph/units.ts';
import { textTable } from '../../../lib/table.ts';
import { counted } from '../../../lib/wording.ts';
import { described, z } from '../../../lib/zod.ts';
import { rateText } from './figures.ts';
import { podsData, podsText } from './pods.ts';
import { integer, number, optionalNumber, podsShape, text } from './shapes.ts';

/** Namespaces that the first lines name because something is wrong there. */
const MAX_TROUBLED = 5;
/** Links of a namespace in its line. */
const MAX_SHOWN_LINKS = 3;

/** Which namespaces an overview is about. */
export interface OverviewFilter {
  readonly mesh?: Mesh | undefined;
  readonly onlyErrors?: boolean | undefined;
  readonly unmeshedOnly?: boolean | undefined;
  readonly minRps?: number | undefined;
}

/** A namespace as data. */
export const namespaceShape = z.object({
  namespace: text,
  services: integer,
  workloads: integer,
  ...podsShape,
  rps: described(number, 'Requests a second that it answers.'),
  successRate: optionalNumber,
  denied: described(optionalNumber, 'Calls a second that policies deny.'),
  problems: described(integer, 'Routes and policies with a problem.'),
  unhealthy: described(integer, 'Workloads that are degraded or down.'),
  links: described(
    z.array(z.object({ to: text, rps: number, successRate: optionalNumber, tls: optionalNumber })),
    'Traffic to other namespaces.',
  ),
});

/** A namespace with so many of its links. */
export function namespaceData(summary: NamespaceSummary, maxLinks: number): z.core.input<typeof namespaceShape> {
  const { namespace, services, workloads, rps, successRate, denied, problems, unhealthy, links } = summary;
  return {
    namespace,
    services: services.all,
    workloads,
    ...podsData(summary),
    rps,
    ...defined({ successRate, denied: denied === 0 ? undefined : denied }),
    problems,
    unhealthy,
    links: links
      .slice(0, maxLinks)
      .map(({ to, rps: own, successRate: ok, tls }) => ({ to, rps: own, ...defined({ successRate: ok, tls }) })),
  };
}

/** Whether a namespace has something that a question is about. */
export function passesOverview(
  summary: NamespaceSummary,
  { mesh, onlyErrors = false, unmeshedOnly = false, minRps = 0 }: OverviewFilter,
): boolean {
  if (mesh !== undefined && !summary.meshes.includes(mesh)) return false;
  if (onlyErrors && (summary.successRate ?? 1) >= THRESHOLDS.success.good && summary.denied === 0) return false;
  if (unmeshedOnly && summary.meshedPods === summary.pods) return false;
  return summary.rps >= minRps;
}

/** Namespaces in a line, and in another those of them where something is wrong. */
export function totalLines(totals: MeshSummary, summaries: readonly NamespaceSummary[]): readonly string[] {
  const { namespaces, services, pods, meshedPods, rps, successRate, denied } = totals;
  const traffic = rps === 0 ? '' : `; ${requestsText(rps)}${successRate === undefined ? '' : `, ${percentText(successRate)} ok`}`;
  const refused = denied === 0 ? '' : `, ${requestsText(denied)} denied`;
  const troubled = summaries.filter((each) => troubleOf(each) > 0).sort((a, b) => troubleOf(b) - troubleOf(a));
  const named = troubled.slice(0, MAX_TROUBLED).map((each) => `${each.namespace} (${troubleText(each)})`);
  const more = troubled.length > named.length ? ` and ${counted(troubled.length - named.length, 'more namespace')}` : '';
  return [
    `${counted(namespaces, 'namespace')}, ${counted(services.all, 'service')}, ${meshedPods} of ${counted(pods, 'pod')} meshed${traffic}${refused}.`,
    ...(named.length === 0 ? [] : [`Trouble: ${named.join(', ')}${more}.`]),
  ];
}

function troubleOf({ problems, unhealthy, denied, successRate }: NamespaceSummary): number {
  return problems + 3 * unhealthy + (denied > 0 ? 2 : 0) + ((successRate ?? 1) < THRESHOLDS.success.warning ? 3 : 0);
}

function troubleText({ problems, unhealthy, denied, successRate }: NamespaceSummary): string {
  const parts = [
    ...(unhealthy === 0 ? [] : [`${unhealthy} unhealthy`]),
    ...(successRate !== undefined && successRate < THRESHOLDS.success.warning ? [`${percentText(successRate)} ok`] : []),
    ...(denied === 0 ? [] : ['denied calls']),
    ...(problems === 0 ? [] : [counted(problems, 'problem')]),
  ];
  return parts.join(', ');
}

/** A table of namespaces. */
export function namespaceTable(summaries: readonly NamespaceSummary[]): readonly string[] {
  if (summaries.length === 0) return [];
  return textTable([
    ['NAMESPACE', 'SERVICES', 'MESHED PODS', 'RPS', 'OK', 'CALLS'],
    ...summaries.map((summary) => [
      summary.namespace,
      String(summary.services.all),
      podsText(summary),
      summary.rps === 0 ? '-' : rateText(summary.rps),
      summary.successRate === undefined ? '-' : percentText(summary.successRate),
      linksText(summary),
    ]),
  ]);
}

function linksText({ links }: NamespaceSummary): string {
  const shown = links.slice(0, MAX_SHOWN_LINKS).map(({ to, rps }) => `${to} ${rateText(rps)}`);
  return links.length > shown.length ? `${shown.join(', ')}, +${links.length - shown.length}` : shown.join(', ');
}

/** The namespaces of nodes, each once, sorted; nodes outside of every namespace have none. */
export function namespacesOf(ids: readonly string[]): readonly string[] {
  return [...new Set(ids.flatMap((id) => namespaceOf(id) ?? []))].sort();
}
