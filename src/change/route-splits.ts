import { isObject, type Json, type JsonObject } from '../lib/json.ts';
import { hostWord, namespaceWord, nameWord, portWord } from '../mesh/words.ts';
import type { WritableKind } from './writable.ts';

/** A backend of a rule. */
export interface Backend {
  /** How a caller names it: `web-canary`, `pay/web`, `web:8080`; for Istio the host with its subset, `reviews/v2`. */
  readonly target: string;
  readonly weight: number;
  /** The Service behind it; undefined for anything else, such as a host outside of the cluster. */
  readonly service: { readonly namespace: string; readonly name: string } | undefined;
  readonly subset: string | undefined;
}

/** A list of backends between which a route splits calls. */
export interface Split {
  /** `rules[0]`, `http[1]` */
  readonly rule: string;
  readonly section: string;
  readonly place: number;
  readonly backends: readonly Backend[];
}

/** Where the rules of a kind are, and the backends of a rule. */
const SECTIONS: { readonly [Kind in WritableKind]?: readonly (readonly [section: string, list: string])[] } = {
  httpRoutes: [['rules', 'backendRefs']],
  grpcRoutes: [['rules', 'backendRefs']],
  linkerdHttpRoutes: [['rules', 'backendRefs']],
  istioVirtualServices: [
    ['http', 'route'],
    ['tls', 'route'],
    ['tcp', 'route'],
  ],
};

/** The backends that get calls, of all rules. */
export function calledBackends(kind: WritableKind, object: JsonObject, namespace: string): readonly Backend[] {
  return splitsOf(kind, object, namespace).flatMap(({ backends }) => backends.filter(({ weight }) => weight > 0));
}

/** The splits of a route, one a rule that has backends. Takes anything; never throws. */
export function splitsOf(kind: WritableKind, object: JsonObject, namespace: string): readonly Split[] {
  const spec = isObject(object.spec) ? object.spec : {};
  return (SECTIONS[kind] ?? []).flatMap(([section, list]) =>
    itemsOf(spec[section]).flatMap((rule, place) => {
      const backends = backendsOf(kind, isObject(rule) ? rule[list] : undefined, namespace);
      return backends.length === 0 ? [] : [{ rule: `${section}[${place}]`, section, place, backends }];
    }),
  );
}

function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function backendsOf(kind: WritableKind, list: unknown, namespace: string): readonly Backend[] {
  const items = itemsOf(list).filter(isObject);
  const backends =
    kind === 'istioVirtualServices'
      ? items.map((item) => istioBackend(item, items.length, namespace))
      : items.map((item) => gatewayBackend(item, namespace));
  // Two of one name are told apart by their ports.
  return backends.map(({ port, ...backend }) => {
    const alike = backends.filter(({ target }) => target === backend.target).length > 1;
    return alike && port !== undefined ? { ...backend, target: `${backend.target}:${port}` } : backend;
  });
}

type WithPort = Backend & { readonly port: number | undefined };

/** Gateway API, BackendRef: the weight is 1 where it is not given, kind and namespace are Service and the route's own. */
function gatewayBackend(reference: Record<string, unknown>, own: string): WithPort {
  const name = nameWord(reference.name) ?? '?';
  const namespace = reference.namespace === undefined ? own : (namespaceWord(reference.namespace) ?? '?');
  const isService = (reference.group ?? '') === '' && (reference.kind ?? 'Service') === 'Service';
  return {
    target: namespace === own ? name : `${namespace}/${name}`,
    weight: typeof reference.weight === 'number' ? reference.weight : 1,
    service: isService ? { namespace, name } : undefined,
    subset: undefined,
    port: portWord(reference.port),
  };
}

/** istio/api, networking/v1alpha3, HTTPRouteDestination: a destination alone gets everything, whatever its weight; of several, one without a weight gets nothing. */
function istioBackend(route: Record<string, unknown>, siblings: number, own: string): WithPort {
  const destination = isObject(route.destination) ? route.destination : {};
  const host = hostWord(destination.host) ?? '?';
  const subset = typeof destination.subset === 'string' ? (nameWord(destination.subset) ?? '?') : undefined;
  const weight = typeof route.weight === 'number' ? route.weight : 0;
  return {
    target: subset === undefined ? host : `${host}/${subset}`,
    weight: siblings === 1 && weight === 0 ? 1 : weight,
    service: serviceOfHost(host, own),
    subset,
    port: isObject(destination.port) ? portWord(destination.port.number) : undefined,
  };
}

/** istio/pkg/config/host and pilot/pkg/model: a short name is of the rule's own namespace; `name.namespace` alone is not expanded, but what `*.svc…` names is a Service. */
function serviceOfHost(host: string, own: string): Backend['service'] {
  const [name = '', namespace, svc] = host.split('.');
  if (nameWord(name) === undefined) return undefined;
  if (namespace === undefined) return { namespace: own, name };
  return svc === 'svc' && namespaceWord(namespace) !== undefined ? { namespace, name } : undefined;
}

/** The route's rules with other weights in some splits: the rules whole, for lists are applied whole. Other members of the rules stay as they are. */
export function withWeights(kind: WritableKind, object: JsonObject, changes: ReadonlyMap<Split, readonly number[]>): JsonObject {
  const spec = isObject(object.spec) ? (object.spec as JsonObject) : {}; // A member of a JSON object is JSON.
  const changed: Record<string, Json> = {};
  for (const [section, list] of SECTIONS[kind] ?? []) {
    const rules = spec[section];
    const own = new Map([...changes].filter(([split]) => split.section === section).map(([split, weights]) => [split.place, weights]));
    if (!isList(rules) || own.size === 0) continue;
    changed[section] = rules.map((rule, place): Json => {
      const weights = own.get(place);
      if (weights === undefined || !isObject(rule)) return rule;
      const fields = rule as JsonObject; // An item of a JSON array is JSON.
      const backends = fields[list];
      return isList(backends) ? { ...fields, [list]: weighted(backends, weights) } : rule;
    });
  }
  return { spec: changed };
}

function weighted(backends: readonly Json[], weights: readonly number[]): readonly Json[] {
  let at = 0;
  return backends.map((backend) => (isObject(backend) ? { ...(backend as JsonObject), weight: weights[at++] ?? 0 } : backend));
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
