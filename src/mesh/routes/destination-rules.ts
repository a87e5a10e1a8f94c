import type { RouteNode } from '../../graph/model.ts';
import { listed } from '../../lib/wording.ts';
import type { DestinationRule } from '../../policy/analyze/destination-rules.ts';
import { trafficPolicies } from '../../policy/analyze/destination-rules.ts';
import { compareAge } from '../../policy/objects/age.ts';
import type { KubeObject } from '../../policy/objects/kube-object.ts';
import { isIstioProxy, nodeOf } from '../istio-view.ts';
import type { NamespaceView } from '../namespace-view.ts';
import type { ServiceFacts } from '../service-facts.ts';
import { Problems } from '../wording.ts';
import { hostWord, nameWord } from '../words.ts';
import { membersOf } from '../workload-facts.ts';
import { routeNode } from './route-node.ts';

/** Istio's DestinationRules: how clients connect to a host, and which subsets it has. They have no backends of their own: routes lead to their subsets. */
export function destinationRules(view: NamespaceView): readonly RouteNode[] {
  // Most namespaces have none, and an index of all hosts would be made for nothing.
  if (view.kept('istioDestinationRules').length === 0) return [];
  const oldest = findOldest(view);
  const read = new Map(view.istio.rules.all.map((rule) => [rule.object, rule]));
  return view.of('istioDestinationRules').map((object) => {
    const problems = new Problems();
    const host = hostWord(object.spec.at('host').value);
    const rule = read.get(object);
    if (host === undefined || rule === undefined) {
      problems.add('It names no host.');
      return routeNode(object, { attachedTo: [], hosts: [], backends: [], problems });
    }
    const found = host.startsWith('*') ? undefined : view.istio.find(host);
    if (found?.tag === 'missing') {
      problems.add(found.hint === undefined ? `There is no Service ${host}.` : `There is no host ${host}. ${found.hint}`);
    }
    const first = oldest.get(rule.qualified);
    if (first !== undefined && first !== object && object.spec.at('trafficPolicy').exists) {
      problems.add(`DestinationRule ${first.name} for the same host is older, and its trafficPolicy holds.`);
    }
    if (found?.tag === 'service') {
      checkSubsets(rule, found.service, problems);
      checkTls(view, rule, found.service, problems);
    }
    return routeNode(object, { attachedTo: found === undefined ? [] : nodeOf(found), hosts: [host], backends: [], problems });
  });
}

/** For each host the oldest rule with a traffic policy: of several rules Istio joins the subsets, and keeps one policy (istio, `mergeDestinationRule`). */
function findOldest(view: NamespaceView): ReadonlyMap<string, KubeObject> {
  const oldest = new Map<string, KubeObject>();
  const candidates = view.istio.rules.all.filter(
    ({ object, selective, visibility }) =>
      object.namespace === view.namespace && !selective && visibility.everywhere && object.spec.at('trafficPolicy').exists,
  );
  for (const { object, qualified } of [...candidates].sort((a, b) => compareAge(a.object, b.object))) {
    if (!oldest.has(qualified)) oldest.set(qualified, object);
  }
  return oldest;
}

function checkSubsets({ subsets }: DestinationRule, { behind, selector }: ServiceFacts, problems: Problems): void {
  if (selector.length === 0) return;
  const members = behind.flatMap(({ workload }) => membersOf(workload));
  for (const { name, labels } of subsets) {
    const word = nameWord(name);
    if (labels.size === 0 || members.length === 0 || word === undefined) continue;
    const selects = members.some((member) => [...labels].every(([label, value]) => member.labels[label] === value));
    if (!selects) problems.add(`No pod of the Service has the labels of subset ${word}, so requests to it fail.`);
  }
}

/** What a rule tells clients to do has to be what the servers take; without `tls` the proxies find out by themselves. */
function checkTls(view: NamespaceView, rule: DestinationRule, { behind }: ServiceFacts, problems: Problems): void {
  const modes = trafficPolicies(rule).flatMap(({ field, subset, port }) =>
    subset === undefined && port === undefined ? (field.at('tls', 'mode').text ?? []) : [],
  );
  for (const mode of modes) {
    const refusing = behind.flatMap(({ workload, pods }) => {
      const proxies = membersOf(workload).filter(({ pod }) => pods.some(({ name }) => name === pod));
      if (proxies.length === 0) return [];
      const word = `${workload.kind} ${workload.name}`;
      if (!proxies.some(isIstioProxy)) return mode === 'ISTIO_MUTUAL' ? [word] : [];
      const takes = view.istio.mtls.of(view.istio.workload(workload)).mode;
      return (takes === 'STRICT' && mode !== 'ISTIO_MUTUAL') || (takes === 'DISABLE' && mode === 'ISTIO_MUTUAL') ? [word] : [];
    });
    if (refusing.length > 0) problems.add(`It asks for tls mode ${tlsWord(mode)}, which ${listed(refusing)} does not take.`);
  }
}

const TLS_MODES = ['DISABLE', 'SIMPLE', 'MUTUAL', 'ISTIO_MUTUAL'];

function tlsWord(mode: string): string {
  return TLS_MODES.includes(mode) ? mode : 'that Istio does not know';
}
