import type { Json, JsonObject } from '../../lib/json.ts';
import { asArray, asText, at, textsAt } from './json.ts';
import type { Storage } from './storage.ts';
import type { DemoObject } from './stored.ts';

const PATH = /^\/apis\/discovery\.k8s\.io\/v1\/namespaces\/([-a-z0-9]+)\/endpointslices$/;
const SERVICE_LABEL = 'kubernetes.io/service-name';

/** The namespace whose EndpointSlices a path lists; undefined for any other path. */
export function endpointSlicesPath(path: string): string | undefined {
  return PATH.exec(path)?.[1];
}

/**
 * The list of a namespace's EndpointSlices, made of its Services and pods as they are now: what the EndpointSlice controller would have written (kubernetes,
 * pkg/controller/endpointslice). They can be listed only, by the name of their Service, and are in no discovery.
 */
export function listEndpointSlices(storage: Storage, namespace: string, query: URLSearchParams): JsonObject {
  const [label, wanted] = (query.get('labelSelector') ?? '').split('=');
  const services = storage
    .list('services')
    .filter((service) => service.namespace === namespace && (label !== SERVICE_LABEL || service.name === wanted));
  const items = services.flatMap((service) => sliceOf(storage, service));
  return { kind: 'EndpointSliceList', apiVersion: 'discovery.k8s.io/v1', metadata: { resourceVersion: String(storage.revision) }, items };
}

function sliceOf(storage: Storage, { object, namespace, name }: DemoObject): readonly Json[] {
  const selector = Object.entries(textsAt(object, 'spec', 'selector'));
  if (selector.length === 0) return [];
  const pods = storage.list('pods').filter((pod) => {
    const labels = textsAt(pod.object, 'metadata', 'labels');
    return pod.namespace === namespace && isRunning(pod) && selector.every(([key, value]) => labels[key] === value);
  });
  const endpoints = pods.map(
    (pod, place): JsonObject => ({
      addresses: [`10.244.0.${(place % 250) + 1}`],
      conditions: { ready: isReady(pod), serving: isReady(pod), terminating: false },
      targetRef: { kind: 'Pod', namespace, name: pod.name, uid: pod.uid },
    }),
  );
  return [{ metadata: { name: `${name}-slice`, namespace, labels: { [SERVICE_LABEL]: name } }, addressType: 'IPv4', endpoints }];
}

function isRunning({ object }: DemoObject): boolean {
  return asText(at(object, 'status', 'phase')) === 'Running';
}

function isReady({ object }: DemoObject): boolean {
  return (asArray(at(object, 'status', 'conditions')) ?? []).some(
    (condition) => at(condition, 'type') === 'Ready' && at(condition, 'status') === 'True',
  );
}
