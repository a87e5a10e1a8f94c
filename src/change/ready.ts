import { isObject } from '../lib/json.ts';
import type { Labels } from '../mesh/membership.ts';
import { KINDS } from '../sources/kubernetes/kinds.ts';
import { type ObjectApi, readList } from '../sources/kubernetes/object-api.ts';
import { podsWithLabels, readyEndpoints } from '../sources/kubernetes/ready-endpoints.ts';
import { predicateOf } from '../sources/kubernetes/status.ts';
import type { Sees } from './impact.ts';
import type { Backend } from './route-splits.ts';

/** Whether a backend can take calls: how many of its endpoints are ready, or why that is not known. `says` is a sentence. */
export type Readiness =
  | { readonly tag: 'ready'; readonly count: number }
  | { readonly tag: 'none'; readonly says: string }
  | { readonly tag: 'unknown'; readonly says: string };

/**
 * Looks whether anything stands behind a backend now, in a namespace that the caller sees: at the EndpointSlices of its Service, and for a subset at which of their pods have the subset's labels. Never
 * throws.
 */
export function readinessOf(api: ObjectApi, backend: Backend, namespace: string, sees: Sees): Readiness {
  const { target, service, subset } = backend;
  const unknown = (why: string): Readiness => ({ tag: 'unknown', says: `Whether ${target} can take calls is not known: ${why}.` });
  if (service === undefined) return unknown('it is no Service of the cluster');
  if (!sees(service.namespace)) return unknown('it is in a namespace that you may not view');
  const endpoints = readyEndpoints(api, service.namespace, service.name);
  if (endpoints.tag === 'refused') {
    return unknown(
      `the EndpointSlices of ${service.namespace} cannot be read, because the Kubernetes API ${predicateOf(endpoints.refusal)}; a Role there needs {apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list"]}`,
    );
  }
  if (endpoints.ready === 0) return { tag: 'none', says: `Service ${service.namespace}/${service.name} has no ready endpoints.` };
  if (subset === undefined) return { tag: 'ready', count: endpoints.ready };
  const labels = subsetLabels(api, backend, namespace);
  if (labels.tag !== 'labels') return labels.tag === 'none' ? labels : unknown(labels.why);
  const pods = podsWithLabels(api, service.namespace, labels.labels);
  if (pods.tag === 'refused')
    return unknown(`the pods of ${service.namespace} cannot be read, because the Kubernetes API ${predicateOf(pods.refusal)}`);
  const count = endpoints.pods.filter((pod) => pods.names.includes(pod)).length;
  return count > 0
    ? { tag: 'ready', count }
    : { tag: 'none', says: `No ready pod of Service ${service.namespace}/${service.name} is in subset ${subset}.` };
}

type SubsetLabels =
  | { readonly tag: 'labels'; readonly labels: Labels }
  | { readonly tag: 'none'; readonly says: string }
  | { readonly tag: 'unknown'; readonly why: string };

/** A subset is defined in a DestinationRule for the host, in the route's namespace or the Service's. */
function subsetLabels(api: ObjectApi, { service, subset, target }: Backend, namespace: string): SubsetLabels {
  if (service === undefined) return { tag: 'unknown', why: 'it is no Service of the cluster' };
  const places = [...new Set([namespace, service.namespace])];
  for (const place of places) {
    const rules = destinationRules(api, place);
    if (typeof rules === 'string') return { tag: 'unknown', why: rules };
    for (const rule of rules) {
      const spec = isObject(rule.spec) ? rule.spec : {};
      if (typeof spec.host !== 'string' || !isHostOf(spec.host, service, place)) continue;
      const subsets = Array.isArray(spec.subsets) ? spec.subsets.filter(isObject) : [];
      const found = subsets.find(({ name }) => name === subset);
      if (found !== undefined) return { tag: 'labels', labels: labelsOf(found.labels) };
    }
  }
  return { tag: 'none', says: `No DestinationRule defines the subset of ${target}.` };
}

/** The rules of a namespace, or why they cannot be read. */
function destinationRules(api: ObjectApi, namespace: string): readonly Record<string, unknown>[] | string {
  const { group, resource, versions } = KINDS.istioDestinationRules;
  for (const version of versions) {
    const list = readList(api, `/apis/${group}/${version}/namespaces/${encodeURIComponent(namespace)}/${resource}?limit=500`);
    if (list.tag === 'items') return list.items.filter(isObject);
    if (list.refusal.tag !== 'missing')
      return `the DestinationRules of ${namespace} cannot be read, because the Kubernetes API ${predicateOf(list.refusal)}`;
  }
  return [];
}

function isHostOf(host: string, service: { readonly namespace: string; readonly name: string }, namespace: string): boolean {
  const [name, second, svc] = host.split('.');
  if (name !== service.name) return false;
  return second === undefined ? namespace === service.namespace : second === service.namespace && svc === 'svc';
}

function labelsOf(value: unknown): Labels {
  const labels = isObject(value) ? value : {};
  return Object.fromEntries(Object.entries(labels).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}
