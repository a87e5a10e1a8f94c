import type { PodGroup } from '../mesh/access/pod-groups.ts';
import type { TargetPort } from '../mesh/access/target.ts';
import type { Callee } from '../policy/access/model.ts';
import { compareAge } from '../policy/objects/age.ts';
import type { KubeObject } from '../policy/objects/kube-object.ts';
import type { AccessNamespace, AccessWorld } from './world.ts';

/**
 * The DestinationRule that makes an Istio client send something else than mutual TLS of the mesh, in words; undefined where none does. Istio takes the first of
 * the client's namespace, the Service's and the root namespace that has a rule for the host, the most specific host first, the oldest of equals (istio,
 * pilot/pkg/model/push_context.go: `destinationRule`); only ISTIO_MUTUAL, and no `tls` at all, are mutual TLS of the mesh.
 */
export function clientTls(
  world: AccessWorld,
  { view: { namespace, shared } }: AccessNamespace,
  client: PodGroup,
  callee: Callee,
  target: TargetPort,
): string | undefined {
  if (target.service === undefined) return undefined;
  const { clusterDomain, istioRootNamespace } = shared.options;
  const host = `${target.service.name}.${callee.namespace}.svc.${clusterDomain}`;
  for (const where of new Set([namespace, callee.namespace, istioRootNamespace])) {
    const rules = (world.namespace(where)?.view.of('istioDestinationRules') ?? []).filter(
      (rule) => isVisibleTo(rule, namespace) && isFor(rule, client),
    );
    const matching = rules
      .map((rule) => ({ rule, rank: rankOf(rule, host, clusterDomain) }))
      .filter(({ rank }) => rank > 0)
      .sort((a, b) => b.rank - a.rank || compareAge(a.rule, b.rule));
    const [first] = matching;
    if (first !== undefined) return plainMode(first.rule, target.dialled);
  }
  return undefined;
}

/** How well a rule's host fits: the longer, the better; 0 for not at all. */
function rankOf(rule: KubeObject, host: string, clusterDomain: string): number {
  const given = rule.spec.at('host').text ?? '';
  const own = given.includes('.') || given.startsWith('*') ? given : `${given}.${rule.namespace}.svc.${clusterDomain}`;
  if (own === host) return Number.POSITIVE_INFINITY;
  return own.startsWith('*') && host.endsWith(own.slice(1)) ? own.length : 0;
}

function isVisibleTo(rule: KubeObject, namespace: string): boolean {
  const to = rule.spec.at('exportTo').texts;
  return to.length === 0 || to.includes('*') || to.includes(namespace) || (to.includes('.') && rule.namespace === namespace);
}

/** A rule with a workloadSelector is for clients of its own namespace that have these labels. */
function isFor(rule: KubeObject, { labels }: PodGroup): boolean {
  const wanted = rule.spec.at('workloadSelector', 'matchLabels').labels;
  return [...wanted].every(([label, value]) => Object.hasOwn(labels, label) && labels[label] === value);
}

/** A port's own settings take the place of all of the rule's; a `tls` without a mode is DISABLE (istio/api, networking/v1alpha3: `TrafficPolicy`, `ClientTLSSettings`). */
function plainMode({ namespace, name, spec }: KubeObject, port: number): string | undefined {
  const policy = spec.at('trafficPolicy');
  const own = policy.at('portLevelSettings').items.find((each) => each.at('port', 'number').number === port);
  const tls = (own ?? policy).at('tls');
  if (!tls.isObject || tls.at('mode').text === 'ISTIO_MUTUAL') return undefined;
  return `DestinationRule ${namespace}/${name} (${tls.path}.mode)`;
}
