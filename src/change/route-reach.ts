import { type Principal, permits, permitsAll } from '../access/principal.ts';
import { MeshError } from '../lib/errors.ts';
import { isObject, type JsonObject } from '../lib/json.ts';
import { namespaceWord } from '../mesh/words.ts';
import type { Target } from './manifest.ts';

/** Whose calls a route leads beside those that are made in its own namespace or to it. */
export interface RouteReach {
  /** Calls from everywhere to the Services of these. */
  readonly namespaces: readonly string[];
  /** Calls from everywhere to every Service. */
  readonly everything: boolean;
  /** Calls from everywhere to hosts outside of the cluster. */
  readonly outside: boolean;
}

/**
 * How far a route reaches, in any of some states. That is a matter of Istio's VirtualServices alone: without `exportTo` they hold for the clients of all namespaces, whatever
 * hosts they name (istio/api, networking/v1alpha3: `VirtualService.hosts`, `gateways`, `export_to`; istio, pilot/pkg/model/push_context.go: `initVirtualServices`). A DestinationRule of a third namespace is not looked at
 * (push_context.go: `destinationRule`), and the Gateway API's routes hold for clients of their own namespace where they name another's Service (GAMMA, consumer routes).
 */
export function reachOfRoute(
  { kind, namespace }: Pick<Target, 'kind' | 'namespace'>,
  states: readonly (JsonObject | undefined)[],
): RouteReach {
  const hosts =
    kind === 'istioVirtualServices' ? states.flatMap((state) => (isObject(state?.spec) ? exportedHosts(state.spec, namespace) : [])) : [];
  const places = hosts.map(placeOf);
  return {
    namespaces: [
      ...new Set(places.flatMap((place) => (place.tag === 'namespace' && place.namespace !== namespace ? [place.namespace] : []))),
    ],
    everything: places.some(({ tag }) => tag === 'everything'),
    outside: places.some(({ tag }) => tag === 'outside'),
  };
}

/** The hosts for which clients of other namespaces obey; a gateway alone obeys for what comes in there. */
function exportedHosts({ hosts, gateways, exportTo }: Record<string, unknown>, own: string): readonly string[] {
  const bound = textsOf(gateways);
  if (bound.length > 0 && !bound.includes('mesh')) return [];
  const to = textsOf(exportTo);
  return to.length > 0 && to.every((name) => name === '.' || name === own) ? [] : textsOf(hosts);
}

type Place = { readonly tag: 'own' | 'everything' | 'outside' } | { readonly tag: 'namespace'; readonly namespace: string };

/** Before the API server, whose own Service lies among everybody's. */
const API_SERVER = /^kubernetes\.default\.svc(?:\.|$)/;
const SYSTEM_NAMESPACE = 'kube-system';

/** istio, pkg/config/host: a name without dots is of the rule's own namespace; what `….namespace.svc…` names is a Service; `*` stands for any beginning. */
function placeOf(given: string): Place {
  const host = given.toLowerCase().replace(/\.$/, '');
  if (API_SERVER.test(host)) return { tag: 'namespace', namespace: SYSTEM_NAMESPACE };
  const labels = host.split('.');
  const svc = labels.indexOf('svc');
  const namespace = svc > 0 ? namespaceWord(labels[svc - 1]) : undefined;
  if (namespace !== undefined) return { tag: 'namespace', namespace };
  // `*`, `*.local`, `*.cluster.local`, `*.svc.cluster.local`
  if (host.startsWith('*')) return svc > 0 || labels.length <= 3 ? { tag: 'everything' } : { tag: 'outside' };
  return { tag: labels.length === 1 ? 'own' : 'outside' };
}

/**
 * Who may lead calls of others: who may change the namespaces that they are for. Whoever could do it with a role in one namespace alone could take the calls of any other, and
 * the credentials in them. Throws `MeshError('denied')`.
 */
export function requireReach(
  principal: Principal,
  { namespace }: Pick<Target, 'namespace'>,
  { namespaces, everything, outside }: RouteReach,
): void {
  const advice = `Say exportTo: ["."] to lead only calls from namespace ${namespace}, or ask somebody who has that role there.`;
  const missing = namespaces.find((name) => !permits(principal, 'operator', name));
  if (missing !== undefined) {
    throw new MeshError(
      'denied',
      `This route leads calls to Services of namespace ${missing} from everywhere, which is for its operators. ${advice}`,
    );
  }
  if ((everything || outside) && !permitsAll(principal, 'operator')) {
    throw new MeshError(
      'denied',
      `This route leads calls from every namespace to hosts that are in none of yours, which is for operators of all. ${advice}`,
    );
  }
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}
