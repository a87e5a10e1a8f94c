import type { PolicyNode } from '../../graph/model.ts';
import { counted, listed } from '../../lib/wording.ts';
import { compareAge } from '../../policy/objects/age.ts';
import type { Field } from '../../policy/objects/field.ts';
import type { KubeObject } from '../../policy/objects/kube-object.ts';
import { selectionOf, targetsOf } from '../../policy/objects/selection.ts';
import { isIstioProxy } from '../istio-view.ts';
import type { NamespaceView } from '../namespace-view.ts';
import type { Problems } from '../wording.ts';
import { hostWord, scopedHostWord } from '../words.ts';
import type { Member } from '../workload-facts.ts';
import { istioPolicies } from './istio-policy.ts';

/** Istio's RequestAuthentications: which JWTs are checked. A request without one passes, unless an AuthorizationPolicy asks for it. */
export function requestAuthentications(view: NamespaceView): readonly PolicyNode[] {
  return istioPolicies(view, {
    kept: 'istioRequestAuthentications',
    targetable: true,
    fromRoot: (objects) => objects,
    read({ spec }, selection, problems) {
      const rules = spec.at('jwtRules').items;
      if (rules.length === 0) problems.add('It has no jwtRules, so no token is checked.');
      if (selection.by !== 'targets' && isWithoutSidecar(selection.members)) {
        problems.add('It is for ambient pods, and ztunnel checks no tokens: attach it to a waypoint with targetRefs.');
      }
      return { summary: [rules.length === 0 ? 'no JWT' : `JWT of ${listed(rules.map(issuerOf))}`] };
    },
  });
}

/** The host of an issuer's URL; an issuer may be any text. */
function issuerOf(rule: Field): string {
  const issuer = rule.at('issuer').text ?? '';
  return hostWord(/^(?:https:\/\/)?([^/]+)/.exec(issuer)?.[1]) ?? 'an issuer';
}

function isWithoutSidecar(members: readonly Member[]): boolean {
  const proxies = members.filter(isIstioProxy);
  return proxies.length > 0 && proxies.every(({ mesh }) => mesh === 'istio-ambient');
}

/** Istio's Telemetries: what is measured, traced and logged. */
export function telemetries(view: NamespaceView): readonly PolicyNode[] {
  const isWide = (object: KubeObject) => (selectionOf(object)?.labels.size ?? 0) === 0 && targetsOf(object).length === 0;
  return istioPolicies(view, {
    kept: 'istioTelemetries',
    targetable: true,
    // Those for single workloads hold in the root namespace only (istio, pilot/pkg/model: `Telemetries.applicableTelemetries`).
    fromRoot: (objects) => objects.filter(isWide).sort(compareAge).slice(0, 1),
    read(object, _, problems) {
      if (isWide(object) && object.namespace === view.namespace) reportOlder(view.of('istioTelemetries').filter(isWide), object, problems);
      const parts = ['metrics', 'tracing', 'accessLogging'].filter((key) => object.spec.at(key).size > 0);
      if (parts.length === 0) problems.add('It says nothing of metrics, tracing or access logs.');
      return { summary: [parts.length === 0 ? 'nothing' : `sets ${listed(parts)}`] };
    },
  });
}

/** Istio's Sidecars: which hosts a proxy is told of, and which ports it takes. */
export function sidecars(view: NamespaceView): readonly PolicyNode[] {
  const isWide = (object: KubeObject) => !object.spec.at('workloadSelector').exists;
  const owners = claimPods(view, isWide);
  return istioPolicies(view, {
    kept: 'istioSidecars',
    targetable: false,
    fromRoot: () => [],
    read(object, { members }, problems) {
      const { spec } = object;
      if (isWide(object)) reportOlder(view.of('istioSidecars').filter(isWide), object, problems);
      else reportClaimed(owners, object, members, problems);
      if (isWithoutSidecar(members)) problems.add('The pods that it selects have no sidecar that it could configure.');
      const hosts = spec.at('egress').items.flatMap((listener) => listener.at('hosts').items);
      const words = hosts.flatMap(({ value }) => scopedHostWord(value) ?? []);
      return {
        summary: [
          spec.at('egress').exists ? `sees ${words.length === 0 ? 'no host' : listed(words)}` : 'sees every host',
          spec.at('ingress').size === 0 ? undefined : counted(spec.at('ingress').size, 'inbound listener'),
          spec.at('outboundTrafficPolicy', 'mode').value === 'REGISTRY_ONLY' ? 'known hosts only' : undefined,
        ],
      };
    },
  });
}

/** Of several for the whole namespace the oldest holds (istio, pilot/pkg/model: `initSidecarScopes`, `namespaceWideTelemetryConfig`). */
function reportOlder(rivals: readonly KubeObject[], object: KubeObject, problems: Problems): void {
  const [oldest] = [...rivals].sort(compareAge);
  if (oldest !== undefined && oldest !== object) {
    problems.add(`${oldest.kind} ${oldest.name} is older and is for the whole namespace too, so this one does not hold.`);
  }
}

/** The Sidecar that holds for each pod: the oldest with a selector that selects it. */
function claimPods(view: NamespaceView, isWide: (object: KubeObject) => boolean): ReadonlyMap<Member, KubeObject> {
  const owners = new Map<Member, KubeObject>();
  for (const object of view
    .of('istioSidecars')
    .filter((each) => !isWide(each))
    .sort(compareAge)) {
    const labels = [...(selectionOf(object)?.labels ?? [])];
    for (const member of view.select({ labels, expressions: [], malformed: false })) if (!owners.has(member)) owners.set(member, object);
  }
  return owners;
}

function reportClaimed(owners: ReadonlyMap<Member, KubeObject>, object: KubeObject, members: readonly Member[], problems: Problems): void {
  const taken = new Map<KubeObject, string[]>();
  for (const member of members) {
    const owner = owners.get(member);
    if (owner === undefined || owner === object) continue;
    const word = `${member.workload.kind} ${member.workload.name}`;
    const words = taken.get(owner);
    if (words === undefined) taken.set(owner, [word]);
    else words.push(word);
  }
  for (const [{ name }, words] of taken) problems.add(`Sidecar ${name} is older and holds for ${listed(words)} instead.`);
}
