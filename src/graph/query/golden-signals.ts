import { defined } from '../defined.ts';
import { type Figures, sumFigures } from '../figures.ts';
import { serviceId, workloadId } from '../ids.ts';
import type { Edge, NodeId, PodCounts } from '../model.ts';
import { type Level, levelOf, SIGNALS, type SignalName, worstOf } from './thresholds.ts';
import { edgesIn, type GraphNode, type MeshView } from './view.ts';

/** A signal, as it is: a share from 0 to 1, or milliseconds; no value where nothing tells it. */
export interface Signal {
  readonly name: SignalName;
  readonly value?: number;
  readonly level: Level;
}

/** How a workload or a Service does. */
export interface GoldenSignals {
  /** In the order of `SIGNALS`. */
  readonly signals: readonly Signal[];
  /** The worst of them. */
  readonly level: Level;
  /** What was asked of it. Latency is the largest of what its callers see (`sumFigures`). */
  readonly figures: Figures;
}

/** The signals of a workload or a Service, out of the traffic to it and the pods that it has. */
export function goldenSignals(view: MeshView, node: Extract<GraphNode, { tag: 'workload' | 'service' }>): GoldenSignals {
  return signalsOf(sumFigures(inboundEdges(view, node)), node.node);
}

export function signalsOf(figures: Figures, pods: PodCounts): GoldenSignals {
  const values: Readonly<Record<SignalName, number | undefined>> = {
    success: figures.successRate,
    p50: figures.latency?.p50,
    p99: figures.latency?.p99,
    meshed: pods.pods === 0 ? undefined : pods.meshedPods / pods.pods,
  };
  const signals = SIGNALS.map((name): Signal => ({ name, ...defined({ value: values[name] }), level: levelOf(name, values[name]) }));
  return { signals, level: worstOf(signals.map(({ level }) => level)), figures };
}

/**
 * The edges that end at a node. Those of a Service are what was addressed to it, and what reached the workloads behind it when nothing says by which Service,
 * as it is for callers outside the mesh.
 */
export function inboundEdges(view: MeshView, node: Extract<GraphNode, { tag: 'workload' | 'service' }>): readonly Edge[] {
  const edges = edgesIn(view.traffic);
  if (node.tag === 'workload') return edges.filter(({ destination }) => destination === node.id);
  const behind = workloadsBehind(node);
  return edges.filter(
    ({ destination, service }) => service === node.id || destination === node.id || (service === undefined && behind.has(destination)),
  );
}

/** The workloads behind a Service. */
export function workloadsBehind({ namespace, node }: Extract<GraphNode, { tag: 'service' }>): ReadonlySet<NodeId> {
  return new Set(node.workloads.map(({ kind, name }) => workloadId(namespace, kind, name)));
}

/** The node of a Service in a view; undefined where the view has none of that name. */
export function serviceNode({ topologies }: MeshView, namespace: string, name: string): Extract<GraphNode, { tag: 'service' }> | undefined {
  const node = topologies.get(namespace)?.services.find((service) => service.name === name);
  return node && { tag: 'service', id: serviceId(namespace, name), namespace, node };
}
