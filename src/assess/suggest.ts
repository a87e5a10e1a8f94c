import { activityOf } from '../graph/edges.ts';
import { sumFigures } from '../graph/figures.ts';
import { namespaceOf, UNMESHED } from '../graph/ids.ts';
import type { Edge, NodeId } from '../graph/model.ts';
import { groupBy } from '../lib/group.ts';
import type { JsonObject } from '../lib/json.ts';
import { compareText } from '../lib/order.ts';
import type { TargetPort } from '../mesh/access/target.ts';
import type { WorkloadFacts } from '../mesh/workload-facts.ts';
import { findWays } from '../policy/istio/waypoint.ts';
import { Field } from '../policy/objects/field.ts';
import { judgeEdge, namespacesOfEdges, targetsOfEdge } from './edges.ts';
import { callerSorts, workloadsOf } from './ends.ts';
import { isRefused } from './judgement.ts';
import { istioManifests, waypointManifests } from './suggest-istio.ts';
import { linkerdManifests } from './suggest-linkerd.ts';
import type { Client, SuggestionParts } from './suggestion-parts.ts';
import type { AccessNamespace, AccessWorld } from './world.ts';

/** A caller that was seen. */
export interface SeenCaller {
  readonly source: NodeId;
  /** The pods' ports that it calls, in order. */
  readonly ports: readonly number[];
  /** Requests a second; undefined where there were none. */
  readonly rps: number | undefined;
}

/** Policies that let in the callers that were seen, and nobody else. */
export interface Suggestion {
  readonly mesh: 'linkerd' | 'istio';
  /** In the order in which they should be applied. */
  readonly manifests: readonly JsonObject[];
  readonly admitted: readonly (SeenCaller & { readonly identities: readonly string[] })[];
  readonly shutOut: readonly (SeenCaller & { readonly why: string })[];
  /** What should be known before it is applied; a sentence each. */
  readonly notes: readonly string[];
}

export type SuggestionResult =
  | { readonly tag: 'suggested'; readonly suggestion: Suggestion }
  /** None of the pods is in a mesh, or there is no way to select them. */
  | { readonly tag: 'impossible'; readonly why: string };

/**
 * The least privilege for a Service or workload, out of the traffic that was seen there: by ServiceAccount, which is all that a mesh can prove, and by port. `edges`
 * are those that end there. Throws what the reader throws.
 */
export function suggest(world: AccessWorld, to: NodeId, edges: readonly Edge[]): SuggestionResult {
  world.load(namespacesOfEdges(edges));
  const namespace = world.namespace(namespaceOf(to) ?? '');
  const workloads = namespace === undefined ? [] : workloadsOf(namespace, to);
  if (namespace === undefined || workloads.length === 0) return impossible('There are no workloads behind it.');
  const meshes = new Set(workloads.flatMap((workload) => namespace.groups(workload).flatMap(({ mesh }) => mesh ?? [])));
  if (meshes.size === 0) return impossible('None of its pods is in a mesh, so nothing would enforce a policy.');
  if (meshes.has('linkerd') && meshes.size > 1) return impossible('Its pods are in two meshes: suggest for each workload alone.');
  const service = [...namespace.view.services.values()].find(({ id }) => id === to);
  const selector = service === undefined ? selectorOf(workloads[0]) : Object.fromEntries(service.selector);
  if (Object.keys(selector).length === 0) return impossible('Its pods bear no labels by which a policy could select them.');

  const seen = seenCallers(world, namespace, edges);
  const parts: SuggestionParts = {
    namespace,
    name: service?.name ?? workloads[0]?.name ?? '',
    workloads,
    selector,
    clients: seen.clients,
  };
  const mesh = meshes.has('linkerd') ? 'linkerd' : 'istio';
  const waypoint = service === undefined ? undefined : waypointOf(world, namespace, workloads, service.name);
  const made =
    mesh === 'linkerd'
      ? linkerdManifests(parts)
      : service === undefined || waypoint === undefined
        ? istioManifests(parts, meshes.has('istio-ambient'))
        : waypointManifests(parts, service, waypoint);
  const unmeshed = workloads.some((workload) => namespace.groups(workload).some((group) => group.mesh === undefined && group.pods > 0));
  return {
    tag: 'suggested',
    suggestion: {
      mesh,
      manifests: made.manifests,
      admitted: seen.admitted,
      shutOut: seen.shutOut,
      notes: [
        ...made.notes,
        ...(unmeshed ? ['Some of its pods are in no mesh: nothing enforces a policy there.'] : []),
        'A mesh proves ServiceAccounts: every workload that runs as one of those named is let in.',
        'Metrics tell neither methods nor paths, so all of them are let in.',
      ],
    },
  };
}

/** The SPIFFE id of the waypoint that calls of a Service pass, where they do. */
function waypointOf(
  world: AccessWorld,
  namespace: AccessNamespace,
  workloads: readonly WorkloadFacts[],
  service: string,
): string | undefined {
  const { istioRootNamespace, istioTrustDomain } = world.config;
  const home = namespace.view.namespace;
  const holds = (name: string) => name === home || name === istioRootNamespace;
  for (const { callee } of workloads.flatMap((workload) => namespace.called(workload))) {
    if (callee.mesh !== 'istio-ambient') continue;
    const way = findWays(world.policies(home), callee, holds).find(({ called }) => called === service);
    if (way?.tag !== 'waypoint' || way.waypoint.service === undefined) continue;
    return `spiffe://${istioTrustDomain}/ns/${way.waypoint.namespace}/sa/${way.waypoint.serviceAccount}`;
  }
  return undefined;
}

function impossible(why: string): SuggestionResult {
  return { tag: 'impossible', why };
}

/** What the workload itself says by which labels its pods are known; the labels of its template where it says nothing. */
function selectorOf(workload: WorkloadFacts | undefined): Readonly<Record<string, string>> {
  if (workload === undefined) return {};
  const own = new Field(workload.object?.spec).at('selector', 'matchLabels').labels;
  return own.size > 0 ? Object.fromEntries(own) : workload.template.labels;
}

interface Seen extends Pick<Suggestion, 'admitted' | 'shutOut'> {
  readonly clients: SuggestionParts['clients'];
}

/** The callers by what each proves of itself to the pods that it calls, the busiest first. */
function seenCallers(world: AccessWorld, namespace: AccessNamespace, edges: readonly Edge[]): Seen {
  const clients = new Map<number, Map<string, Client>>();
  const admitted: Suggestion['admitted'][number][] = [];
  const shutOut: Suggestion['shutOut'][number][] = [];
  const sources = [...groupBy(edges, ({ source }) => source)].sort(
    ([a, ofA], [b, ofB]) => Math.max(...ofB.map(activityOf)) - Math.max(...ofA.map(activityOf)) || compareText(a, b),
  );
  for (const [source, own] of sources) {
    const targets = own.flatMap((edge) => targetsOfEdge(namespace, edge));
    const caller: SeenCaller = {
      source,
      ports: [...new Set(targets.map(({ port }) => port))].sort((a, b) => a - b),
      rps: sumFigures(own).rps,
    };
    // What is turned away now was meant to be: a suggestion opens nothing.
    if (own.every((edge) => isRefused(judgeEdge(world, edge).answer.verdict))) {
      shutOut.push({ ...caller, why: WHY_REFUSED });
      continue;
    }
    const { identities, reasons } = proofsOf(world, namespace, source, targets, clients);
    if (identities.size > 0) admitted.push({ ...caller, identities: [...identities].sort(compareText) });
    if (reasons.size > 0 || identities.size === 0) {
      shutOut.push({ ...caller, why: [...reasons].join(' ') || 'What it calls is not known.' });
    }
  }
  const sorted = [...clients].sort(([a], [b]) => a - b);
  return {
    admitted,
    shutOut,
    clients: new Map(sorted.map(([port, known]) => [port, [...known.values()].sort((a, b) => compareText(a.identity, b.identity))])),
  };
}

function proofsOf(
  world: AccessWorld,
  namespace: AccessNamespace,
  source: NodeId,
  targets: readonly TargetPort[],
  clients: Map<number, Map<string, Client>>,
): { readonly identities: ReadonlySet<string>; readonly reasons: ReadonlySet<string> } {
  const identities = new Set<string>();
  const reasons = new Set<string>();
  const sorts = callerSorts(world, { tag: 'node', id: source });
  for (const target of targets) {
    for (const { callee } of namespace.called(target.workload)) {
      if (callee.mesh === undefined) continue;
      for (const sort of sorts) {
        const { peer, remarks } = sort.seen(callee, target);
        if (peer.identity.tag === 'mutual-tls' && peer.workload !== undefined) {
          identities.add(peer.identity.name);
          const known = clients.get(target.port) ?? new Map<string, Client>();
          const past = peer.istio?.proxy !== 'ztunnel' || known.get(peer.identity.name)?.past === true;
          clients.set(target.port, known.set(peer.identity.name, { identity: peer.identity.name, ...peer.workload, past }));
        } else {
          const who = sort.which === undefined ? '' : `${sort.which}: `;
          reasons.add(
            remarks[0] ?? `${who}${peer.identity.tag === 'unknown' ? WHY_UNKNOWN : source === UNMESHED ? WHY_UNMESHED : WHY_PLAIN}`,
          );
        }
      }
    }
  }
  return { identities, reasons };
}

const WHY_REFUSED = 'The policies that there are turn it away already.';
const WHY_UNMESHED = 'Callers outside of every mesh prove nothing of themselves.';
const WHY_PLAIN = 'It is in no mesh, so it proves nothing of itself.';
const WHY_UNKNOWN = 'Its identity is not known.';
