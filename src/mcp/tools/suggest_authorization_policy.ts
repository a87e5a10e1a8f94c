import { type Principal, permits } from '../../access/principal.ts';
import { effectOf } from '../../assess/effect-of.ts';
import { type Suggestion, suggest } from '../../assess/suggest.ts';
import { AccessWorld } from '../../assess/world.ts';
import { fromGraph } from '../../collector/from-graph.ts';
import { trafficOf } from '../../collector/traffic.ts';
import type { Config } from '../../config.ts';
import { defined } from '../../graph/defined.ts';
import { namespaceOf, shortName } from '../../graph/ids.ts';
import type { NodeId } from '../../graph/model.ts';
import { inboundEdges } from '../../graph/query/golden-signals.ts';
import { type MeshView, nodesIn } from '../../graph/query/view.ts';
import { requestsText } from '../../graph/units.ts';
import { MeshError } from '../../lib/errors.ts';
import { counted } from '../../lib/wording.ts';
import { described, z } from '../../lib/zod.ts';
import type { Ports } from '../../ports/ports.ts';
import { connectionOf } from '../../sources/prometheus/connection.ts';
import { readTraffic, TRAFFIC_LIMITS } from '../../sources/prometheus/source.ts';
import type { GraphReader } from '../../store/graph/reader.ts';
import { defineTool, type ToolAnswer } from '../tool.ts';
import { type Budget, budgetOf, fitRows, shortNotes } from './graph/fit-rows.ts';
import { integer, number, optionalInteger, optionalNumber, text, texts } from './graph/shapes.ts';
import { graphAnswer, statusShape } from './graph/status.ts';
import { requireViewOf } from './graph/view.ts';
import { parseChanges, planChanges } from './policy/changes.ts';
import { findNode, nodeName, parseNode } from './policy/nodes.ts';

/** Callers in one answer; what is more is counted. */
const MAX_ROWS = 60;

const DAY_SECONDS = 86_400;
const WEEK_SECONDS = 7 * DAY_SECONDS;
const SECONDS: Readonly<Record<string, number>> = { m: 60, h: 3_600 };

const input = z.strictObject({
  service: described(nodeName, 'Whom to protect: namespace/service or namespace/Kind/name of a workload.'),
  window: described(
    z.optional(z.string().check(z.regex(/^[1-9]\d{0,3}[mh]$/, 'must be a number with m or h, such as 24h'))),
    'How far back to look for callers, such as 1h or 168h; asks Prometheus. Without it: the graph’s own window.',
  ),
});

const seen = { source: text, ports: z.array(integer), rps: optionalNumber };

const output = z.object({
  ...statusShape,
  service: text,
  mesh: z.enum(['linkerd', 'istio']),
  window: text,
  confidence: described(
    z.enum(['low', 'medium', 'high']),
    'How likely all callers were seen: by the window, and whether the traffic is whole.',
  ),
  manifests: described(z.array(z.record(z.string(), z.unknown())), 'JSON objects, in the order to apply them.'),
  admitted: z.array(z.object({ ...seen, identities: texts })),
  shutOut: z.array(z.object({ ...seen, why: text })),
  cutRps: described(number, 'Requests a second, as observed now, that the policies would cut.'),
  omitted: described(optionalInteger, 'Callers left out.'),
});

type Answer = ToolAnswer<z.core.input<typeof output>>;

/** Least privilege out of the traffic that was seen. */
export const suggestAuthorizationPolicy = defineTool({
  name: 'suggest_authorization_policy',
  title: 'Suggest who may call a service',
  description:
    'Makes policies (for Linkerd Server, MeshTLSAuthentication and AuthorizationPolicy; for Istio AuthorizationPolicy) that let in the callers that were seen at a service, and nobody else. ' +
    'Says who is let in, who is shut out and why, how many requests that cuts, and how sure it is. Pass a long window so that rare callers are seen. Changes nothing: check the result with simulate_policy.',
  toolset: 'policy',
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  input,
  output,
  run: ({ service, window }, { ports, config, principal }) => {
    const wanted = parseNode(service);
    if (wanted === undefined) throw new MeshError('internal', 'The schema lets pass what is no node.');
    requireViewOf(principal, wanted.namespace);
    return fromGraph(ports, config, (reader) => {
      const world = new AccessWorld((names) => reader.objects(names), config, reader.status.unread);
      const to = findNode(reader, world, wanted, 'service');
      const { view, notes, whole } =
        window === undefined ? graphView(reader, wanted.namespace) : windowView(reader, ports, config, wanted.namespace, window);
      const node = nodesIn(view).get(to);
      const edges = node === undefined || node.tag === 'other' ? [] : inboundEdges(view, node);
      const result = suggest(world, to, edges);
      if (result.tag === 'impossible') throw new MeshError('invalid', `Nothing can be suggested for ${shortName(to)}. ${result.why}`);
      const { suggestion } = result;
      const cutRps = cutBy(reader, config, suggestion);
      const used = window ?? config.trafficWindow;
      const facts: Facts = { to, suggestion, window: used, confidence: confidenceOf(used, whole), cutRps, notes };
      const budget = budgetOf(config.maxAnswerCharacters);
      const most = Math.min(MAX_ROWS, Math.max(suggestion.admitted.length, suggestion.shutOut.length));
      return fitRows({ most, least: 0 }, budget, (rows, items) => render(reader, facts, principal, rows, items, budget));
    });
  },
});

interface Observed {
  readonly view: MeshView;
  readonly notes: readonly string[];
  /** Nothing is known to be missing. */
  readonly whole: boolean;
}

function graphView(reader: GraphReader, namespace: string): Observed {
  const { trafficAt, stale } = reader.status;
  return { view: reader.view([namespace]), notes: [], whole: trafficAt !== undefined && stale === undefined };
}

/** The traffic of a namespace over another window. Throws `MeshError('unavailable')` where Prometheus is not there or does not answer. */
function windowView(reader: GraphReader, ports: Ports, config: Config, namespace: string, window: string): Observed {
  const connection = connectionOf(config);
  if (connection === undefined)
    throw new MeshError('invalid', 'window: PROMETHEUS_URL is not set, so there is no other window. Leave it out.');
  const { meshes } = reader.totals;
  const reading = readTraffic(ports, connection, {
    windowText: window,
    meshes: { linkerd: meshes.includes('linkerd'), istio: meshes.includes('istio-sidecar') || meshes.includes('istio-ambient') },
    namespaces: [namespace],
    limits: { ...TRAFFIC_LIMITS, requestMs: Math.min(TRAFFIC_LIMITS.requestMs, config.upstreamTimeoutMs) },
  });
  if (reading.tag === 'failed') throw reading.error;
  const topologies = (names: readonly string[]) => {
    const found = reader.topologies(names);
    return names.map((name) => found.get(name));
  };
  const traffic = trafficOf(reading.observation, { topologies });
  const own = traffic.get(namespace);
  return {
    view: { topologies: reader.topologies([namespace]), traffic: new Map(own === undefined ? [] : [[namespace, own]]) },
    notes: reading.notes,
    whole: !reading.partial,
  };
}

/** A daily job shows within a day and a weekly one within a week; nothing proves that there is no monthly one. */
function confidenceOf(window: string, whole: boolean): 'low' | 'medium' | 'high' {
  const seconds = Number(window.slice(0, -1)) * (SECONDS[window.slice(-1)] ?? 1);
  if (!whole || seconds < DAY_SECONDS) return 'low';
  return seconds < WEEK_SECONDS ? 'medium' : 'high';
}

function cutBy(reader: GraphReader, config: Config, { manifests }: Suggestion): number {
  if (manifests.length === 0) return 0;
  const wanted = parseChanges(manifests, []);
  const homes = [...new Set(wanted.flatMap((change) => (change.tag === 'put' ? [change.object.namespace] : [])))];
  const planned = planChanges(wanted, reader.objects(homes));
  return effectOf(
    reader,
    config,
    planned.map(({ change }) => change),
  ).cutRps;
}

interface Facts {
  readonly to: NodeId;
  readonly suggestion: Suggestion;
  readonly window: string;
  readonly confidence: 'low' | 'medium' | 'high';
  readonly cutRps: number;
  readonly notes: readonly string[];
}

function render(reader: GraphReader, facts: Facts, principal: Principal, rows: number, items: number, budget: Budget): Answer {
  const { to, suggestion, window, confidence, cutRps } = facts;
  const { mesh, manifests } = suggestion;
  const within = namespaceOf(to);
  const sees = ({ source }: { readonly source: NodeId }) => permits(principal, 'viewer', namespaceOf(source));
  const admitted = suggestion.admitted.filter(sees);
  const shutOut = suggestion.shutOut.filter(sees);
  const hidden = suggestion.admitted.length + suggestion.shutOut.length - admitted.length - shutOut.length;
  const omitted = Math.max(0, admitted.length - rows) + Math.max(0, shutOut.length - rows);
  const line = (caller: (typeof admitted)[number] | (typeof shutOut)[number], more: string) =>
    `  ${shortName(caller.source, within)}${caller.rps === undefined ? '' : ` ${requestsText(caller.rps)}`} on port ${caller.ports.join(', ') || 'unknown'}: ${more}`;
  return graphAnswer(reader.status, budget, {
    lines: [
      `${shortName(to)} (${mesh}): ${counted(manifests.length, 'object')} from the callers of the last ${window}; confidence ${confidence}; cuts ${requestsText(cutRps)} as observed now.`,
      ...(admitted.length === 0
        ? ['Let in: nobody.']
        : ['Let in:', ...admitted.slice(0, rows).map((each) => line(each, each.identities.slice(0, items).join(', ')))]),
      ...(shutOut.length === 0
        ? ['Shut out: nobody who was seen.']
        : ['Shut out:', ...shutOut.slice(0, rows).map((each) => line(each, each.why))]),
      ...(omitted === 0 ? [] : [`  and ${omitted} more`]),
      'Manifests, in order:',
      ...manifests.map((manifest) => JSON.stringify(manifest)),
    ],
    data: {
      service: to,
      mesh,
      window,
      confidence,
      manifests: manifests.map((manifest) => ({ ...manifest })),
      admitted: admitted.slice(0, rows).map(({ source, ports, rps, identities }) => ({
        source,
        ports: [...ports],
        ...defined({ rps }),
        identities: identities.slice(0, items),
      })),
      shutOut: shutOut.slice(0, rows).map(({ source, ports, rps, why }) => ({ source, ports: [...ports], ...defined({ rps }), why })),
      cutRps,
      ...(omitted === 0 ? {} : { omitted }),
    },
    notes: [
      ...suggestion.notes,
      ...facts.notes,
      ...(hidden === 0
        ? []
        : [`Named in the manifests by account alone: ${counted(hidden, 'caller')} of namespaces that you may not view.`]),
      ...shortNotes(items),
    ],
  });
}
