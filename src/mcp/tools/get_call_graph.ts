import { permits } from '../../access/principal.ts';
import { fromGraph } from '../../collector/from-graph.ts';
import { serviceId, shortName, workloadId } from '../../graph/ids.ts';
import type { NamespaceTopology, NodeId } from '../../graph/model.ts';
import { type CallGraph, type CallSide, callGraph } from '../../graph/query/call-graph.ts';
import { counted } from '../../lib/wording.ts';
import { described, z } from '../../lib/zod.ts';
import type { GraphReader } from '../../store/graph/reader.ts';
import { defineTool, type ToolAnswer } from '../tool.ts';
import { callTree, type Direction, pathText } from './graph/call-tree.ts';
import { figuresData, figuresShape } from './graph/figures.ts';
import { type Budget, budgetOf, fitRows, LONG_CHARACTERS, shortNotes } from './graph/fit-rows.ts';
import { namespaceName, workloadName } from './graph/inputs.ts';
import { readNamespace, workloadsNamed } from './graph/lookup.ts';
import { integer, optionalInteger, text, texts } from './graph/shapes.ts';
import { graphAnswer, statusShape } from './graph/status.ts';
import { requireViewOf } from './graph/view.ts';

const DEFAULT_DEPTH = 2;
const MAX_DEPTH = 5;
/** Nodes on either side; a tree of more is no longer read. */
const MAX_NODES = 60;

const input = z.strictObject({
  namespace: described(namespaceName, 'The namespace of the workload.'),
  workload: described(workloadName, 'A workload ("web", "Deployment/web") or a Service ("Service/web") to start from.'),
  direction: described(z._default(z.enum(['both', 'callers', 'callees']), 'both'), 'Who calls it, whom it calls, or both.'),
  depth: described(z._default(z.int().check(z.minimum(1), z.maximum(MAX_DEPTH)), DEFAULT_DEPTH), 'How many calls far.'),
});

const side = z.optional(
  z.object({
    nodes: z.array(z.object({ id: text, distance: integer })),
    calls: z.array(z.object({ source: text, destination: text, ...figuresShape })),
    slowest: described(texts, 'From the start along the slowest call each time.'),
    mostFailing: texts,
    omittedNodes: optionalInteger,
  }),
);

const output = z.object({
  ...statusShape,
  start: described(texts, 'Node ids.'),
  callers: side,
  callees: side,
});

/** Who calls a workload, whom it calls, and theirs. */
export const getCallGraph = defineTool({
  name: 'get_call_graph',
  title: 'Callers and callees of a workload',
  description:
    'Who calls a workload or Service and whom it calls, to a depth, across namespaces, as trees with requests, success, latency and TLS of every call. ' +
    'Marks the slowest and the most failing path: use it to find where latency or errors come from, or what an outage would hit.',
  toolset: 'graph',
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  input,
  output,
  run: ({ namespace, workload, direction, depth }, { ports, config, principal }) => {
    requireViewOf(principal, namespace);
    // The walk ends where the caller's view ends: what a namespace of theirs calls is its own matter, what happens behind is not.
    const seen = (name: string) => permits(principal, 'viewer', name);
    return fromGraph(ports, config, (reader) => {
      const start = startOf(readNamespace(reader, namespace).topology, workload);
      const least = start.ids.length;
      const budget = budgetOf(config.maxAnswerCharacters, LONG_CHARACTERS);
      return fitRows({ most: Math.max(MAX_NODES, least), least }, budget, (maxNodes, items) => {
        const graph = callGraph(start.ids, { depth, direction, maxNodes }, (namespaces) => reader.traffic(namespaces.filter(seen)));
        return render(reader, namespace, start, graph, items, budget);
      });
    });
  },
});

/** Where the walk begins, and what a reader calls it. */
interface Start {
  readonly ids: readonly NodeId[];
  readonly name: string;
}

/** A workload, or the workloads behind a Service together with it: traffic to it may end at either. */
function startOf(topology: NamespaceTopology, wanted: string): Start {
  const { namespace, workloads, services } = topology;
  const isWorkload = workloads.some(({ kind, name }) => wanted === name || wanted === `${kind}/${name}`);
  const service = isWorkload ? undefined : services.find(({ name }) => wanted === name || wanted === `Service/${name}`);
  if (service === undefined) {
    const others = services.map(({ name }) => (wanted.includes('/') ? `Service/${name}` : name));
    return { ids: workloadsNamed(topology, wanted, others), name: `${namespace}/${wanted}` };
  }
  const behind = service.workloads.map(({ kind, name }) => workloadId(namespace, kind, name));
  const names = service.workloads.map(({ kind, name }) => `${kind}/${name}`);
  const id = serviceId(namespace, service.name);
  return { ids: [id, ...behind], name: `${shortName(id)}${names.length === 0 ? '' : ` (${names.join(', ')})`}` };
}

function render(
  reader: GraphReader,
  namespace: string,
  start: Start,
  { callers, callees }: CallGraph,
  items: number,
  budget: Budget,
): ToolAnswer<z.core.input<typeof output>> {
  return graphAnswer(reader.status, budget, {
    lines: [
      ...(callers === undefined ? [] : sideLines('callers', start, callers, namespace)),
      ...(callees === undefined ? [] : sideLines('callees', start, callees, namespace)),
    ],
    data: {
      start: start.ids.slice(0, items),
      ...(callers === undefined ? {} : { callers: sideData(callers, items) }),
      ...(callees === undefined ? {} : { callees: sideData(callees, items) }),
    },
    notes: shortNotes(items),
  });
}

function sideLines(direction: Direction, { ids, name }: Start, side: CallSide, namespace: string): readonly string[] {
  const title = `${direction === 'callers' ? 'Callers' : 'Callees'} of ${name}`;
  const left =
    side.omittedNodes === 0
      ? []
      : [`${counted(side.omittedNodes, 'more node')} left out: ask for one direction, less depth, or a start nearer to them.`];
  if (side.edges.length === 0) return [`${title}: no traffic was seen.`, ...left];
  return [
    `${title}:`,
    ...callTree(ids, side, namespace, direction),
    ...(side.slowest.length < 3 ? [] : [`Slowest path: ${pathText(side.slowest, namespace, direction)}`]),
    ...(side.mostFailing.length < 3 ? [] : [`Most failing path: ${pathText(side.mostFailing, namespace, direction)}`]),
    ...left,
  ];
}

function sideData({ nodes, edges, slowest, mostFailing, omittedNodes }: CallSide, items: number) {
  return {
    nodes: nodes.slice(0, items).map(({ id, distance }) => ({ id, distance })),
    calls: edges.slice(0, items).map((edge) => ({ source: edge.source, destination: edge.destination, ...figuresData(edge) })),
    slowest: slowest.slice(0, items),
    mostFailing: mostFailing.slice(0, items),
    ...(omittedNodes === 0 ? {} : { omittedNodes }),
  };
}
