import { compareText } from '../../lib/order.ts';
import { objectId, shortName, workloadId } from '../ids.ts';
import type { NamespaceTopology, NodeId, PolicyNode, RouteNode } from '../model.ts';
import { millisecondsText, percentText, requestsText } from '../units.ts';
import { type GroupedEdge, groupEdges } from './group-edges.ts';
import { levelOf, SECURED } from './thresholds.ts';
import { edgesIn, type GraphNode, type MeshView, nodesIn } from './view.ts';

export const PROBLEM_CODES = ['unhealthy', 'failing', 'denied', 'slow', 'plaintext', 'outside-mesh', 'route', 'policy'] as const;

/** Something in the graph that someone should look at. */
export interface Problem {
  readonly severity: 'critical' | 'warning';
  readonly code: (typeof PROBLEM_CODES)[number];
  /** The node that it is about: of traffic, its destination. */
  readonly subject: NodeId;
  /** A sentence. */
  readonly text: string;
}

/** Problems in one answer, unless said otherwise. */
export const MAX_PROBLEMS = 50;

/** Problems, and how many more there are. */
export interface Problems {
  readonly problems: readonly Problem[];
  readonly omitted: number;
}

/**
 * What is wrong in a view, critical first, then in the order of `PROBLEM_CODES`, then by subject:
 *  - workloads that are degraded, or down (critical);
 *  - traffic of which a share fails or that is slow, by `THRESHOLDS`; calls that are denied; traffic between two wholly meshed workloads that is not all TLS;
 *  - workloads with pods outside of the mesh in a namespace that asks for one;
 *  - routes and policies with a problem of their own.
 * `about` says which of them are wanted.
 */
export function problemsIn(
  view: MeshView,
  about: (problem: Problem) => boolean = () => true,
  maxProblems: number = MAX_PROBLEMS,
): Problems {
  const known = nodesIn(view);
  const calls = groupEdges(edgesIn(view.traffic), 'workload', view);
  const all = [
    ...[...view.topologies.values()].flatMap((topology) => [...workloadProblems(topology), ...objectProblems(topology)]),
    ...calls.flatMap((call) => trafficProblems(call, known)),
  ].filter(about);
  all.sort(
    (a, b) =>
      compareText(a.severity, b.severity) ||
      PROBLEM_CODES.indexOf(a.code) - PROBLEM_CODES.indexOf(b.code) ||
      compareText(a.subject, b.subject) ||
      compareText(a.text, b.text),
  );
  return { problems: all.slice(0, maxProblems), omitted: Math.max(0, all.length - maxProblems) };
}

function workloadProblems({ namespace, asksFor, workloads }: NamespaceTopology): readonly Problem[] {
  return workloads.flatMap((node): Problem[] => {
    const subject = workloadId(namespace, node.kind, node.name);
    const name = shortName(subject);
    const problems: Problem[] = [];
    if (node.health === 'down' || node.health === 'degraded') {
      const replicas =
        node.ready === undefined || node.desired === undefined ? '' : `: ${node.ready} of ${node.desired} replicas are ready`;
      const severity = node.health === 'down' ? 'critical' : 'warning';
      problems.push({ severity, code: 'unhealthy', subject, text: `${name} is ${node.health}${replicas}.` });
    }
    if (asksFor !== undefined && node.meshedPods < node.pods) {
      const text = `${node.pods - node.meshedPods} of ${node.pods} pods of ${name} are outside the mesh, though the namespace asks for ${asksFor}.`;
      problems.push({ severity: 'warning', code: 'outside-mesh', subject, text });
    }
    return problems;
  });
}

function objectProblems({ namespace, routes, policies }: NamespaceTopology): readonly Problem[] {
  const of = (code: 'route' | 'policy', objects: readonly (RouteNode | PolicyNode)[]) =>
    objects.flatMap((object) => {
      const subject = objectId(namespace, object);
      return object.problems.map((text): Problem => ({ severity: 'warning', code, subject, text: `${shortName(subject)}: ${text}` }));
    });
  return [...of('route', routes), ...of('policy', policies)];
}

function trafficProblems(call: GroupedEdge, known: ReadonlyMap<NodeId, GraphNode>): readonly Problem[] {
  const { source, destination: subject, rps = 0, successRate, latency, denied = 0, tls } = call;
  const ends = `from ${shortName(source)} to ${shortName(subject)}`;
  const problems: Problem[] = [];
  const success = rps > 0 ? levelOf('success', successRate) : 'unknown';
  if (successRate !== undefined && (success === 'critical' || success === 'warning')) {
    const text = `${percentText(1 - successRate)} of the ${requestsText(rps)} ${ends} fail.`;
    problems.push({ severity: success, code: 'failing', subject, text });
  }
  if (denied > 0) {
    problems.push({ severity: 'warning', code: 'denied', subject, text: `Policies deny ${requestsText(denied)} ${ends}.` });
  }
  const speed = levelOf('p99', latency?.p99);
  if (latency?.p99 !== undefined && (speed === 'critical' || speed === 'warning')) {
    const text = `The slowest hundredth of the calls ${ends} takes ${millisecondsText(latency.p99)} or more.`;
    problems.push({ severity: speed, code: 'slow', subject, text });
  }
  if (tls !== undefined && tls < SECURED && isWhollyMeshed(known.get(source)) && isWhollyMeshed(known.get(subject))) {
    const reasons = Object.keys(call.plaintext ?? {});
    const why = reasons.length === 0 ? '' : ` (${reasons.join(', ')})`;
    const text = `Only ${percentText(tls)} of the traffic ${ends} is mutual TLS${why}, though all pods of both are in a mesh.`;
    problems.push({ severity: 'warning', code: 'plaintext', subject, text });
  }
  return problems;
}

function isWhollyMeshed(found: GraphNode | undefined): boolean {
  return found?.tag === 'workload' && found.node.pods > 0 && found.node.meshedPods === found.node.pods;
}
