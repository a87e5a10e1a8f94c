import { isObject } from '../../lib/json.ts';
import type { Labels } from '../../mesh/membership.ts';
import { type ListAnswer, type ObjectApi, readList } from './object-api.ts';

type Refused = Extract<ListAnswer, { readonly tag: 'refused' }>;

/** A Service has no more slices than this in one answer; the API gives them in pages. */
const MAX_SLICES = 200;
const MAX_PODS = 1_000;

/** The endpoints of a Service that take calls now. */
export interface ReadyEndpoints {
  readonly tag: 'endpoints';
  /** How many there are. */
  readonly ready: number;
  /** The pods behind them, by name. */
  readonly pods: readonly string[];
}

/**
 * Reads the EndpointSlices of a Service (discovery.k8s.io/v1) as they are now. An endpoint is ready unless it says that it is not: `ready` unset means ready
 * (kubernetes, api/discovery/v1: EndpointConditions). One address may stand in several slices, for IPv4 and IPv6, so pods count once. Never throws.
 */
export function readyEndpoints(api: ObjectApi, namespace: string, service: string): ReadyEndpoints | Refused {
  const selector = encodeURIComponent(`kubernetes.io/service-name=${service}`);
  const path = `/apis/discovery.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/endpointslices?labelSelector=${selector}&limit=${MAX_SLICES}`;
  const slices = readList(api, path);
  if (slices.tag === 'refused') return slices;
  const endpoints = slices.items
    .filter(isObject)
    .flatMap((slice) => (Array.isArray(slice.endpoints) ? slice.endpoints.filter(isObject) : []));
  const ready = endpoints.filter(({ conditions }) => !isObject(conditions) || conditions.ready !== false);
  const pods = new Set<string>();
  let others = 0;
  for (const { targetRef } of ready) {
    if (isObject(targetRef) && targetRef.kind === 'Pod' && typeof targetRef.name === 'string') pods.add(targetRef.name);
    else others++;
  }
  return { tag: 'endpoints', ready: pods.size + others, pods: [...pods] };
}

export interface PodNames {
  readonly tag: 'pods';
  readonly names: readonly string[];
}

/** The names of a namespace's pods that have these labels, as metadata. Never throws. */
export function podsWithLabels(api: ObjectApi, namespace: string, labels: Labels): PodNames | Refused {
  const selector = Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods?labelSelector=${encodeURIComponent(selector)}&limit=${MAX_PODS}`;
  const pods = readList(api, path, 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json');
  if (pods.tag === 'refused') return pods;
  const names = pods.items
    .filter(isObject)
    .flatMap(({ metadata }) => (isObject(metadata) && typeof metadata.name === 'string' ? [metadata.name] : []));
  return { tag: 'pods', names };
}
