import type { Endpoint } from '../../graph/observed.ts';
import { DNS_LABEL, DNS_SUBDOMAIN, isPort } from '../kubernetes/decode/fields.ts';
import { LINKERD_WORKLOAD_LABELS } from './labels.ts';
import type { Sample } from './outcome.ts';

export type Labels = Sample['labels'];

/**
 * What a set of labels says of an end: an endpoint; `absent` where the labels that would say it are not there; `malformed` where one has a value that no object of
 * Kubernetes can have. Only the first two reach an answer.
 */
export type Decoded<Value> = Value | 'absent' | 'malformed';

/** A Service, as `ObservedTraffic` names it. */
export interface ServiceName {
  readonly namespace: string;
  readonly name: string;
}

/** The workload that Linkerd's labels name: the reporting pod's without a prefix, the destination's with `dst_`. */
export function linkerdWorkload(labels: Labels, prefix: '' | 'dst_'): Decoded<Endpoint> {
  const namespace = labels[`${prefix}namespace`] ?? '';
  if (namespace === '') return 'absent';
  if (!DNS_LABEL.test(namespace)) return 'malformed';
  for (const [label, kind] of LINKERD_WORKLOAD_LABELS) {
    const name = labels[`${prefix}${label}`] ?? '';
    if (name === '') continue;
    return DNS_SUBDOMAIN.test(name) ? { tag: 'workload', namespace, kind, name } : 'malformed';
  }
  return 'absent';
}

/** The Service that a client's proxy looked up. */
export function linkerdService({ dst_namespace: namespace = '', dst_service: name = '' }: Labels): Decoded<ServiceName> {
  if (namespace === '' || name === '') return 'absent';
  return DNS_LABEL.test(namespace) && DNS_LABEL.test(name) ? { namespace, name } : 'malformed';
}

/** A port that a label names; undefined where it does not. */
export function portIn(label: string | undefined): number | undefined {
  const port = /^\d{1,5}$/.test(label ?? '') ? Number(label) : Number.NaN;
  return isPort(port) ? port : undefined;
}

/** `name.namespace.svc`, with or without the cluster's domain and a port. */
const SERVICE_HOST =
  /^([a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)\.([a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)\.svc(?:\.[a-z0-9.-]{1,200})?(?::\d{1,5})?$/;

/** The Service that a host stands for, or undefined where it stands for none. */
export function serviceOfHost(host: string): ServiceName | undefined {
  const [, name, namespace] = SERVICE_HOST.exec(host.toLowerCase()) ?? [];
  return name === undefined || namespace === undefined ? undefined : { namespace, name };
}

/** A host name or an address, with or without a port. Underscores are in real names. */
const AUTHORITY = /^(?=.{1,253}(?::\d{1,5})?$)(?:[a-z0-9_](?:[-a-z0-9_.]*[a-z0-9_])?\.?|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/;

/** Where a request went that no workload stands for: a Service by its host, or whatever is outside. */
export function endpointOfHost(host: string): Decoded<Endpoint> {
  const service = serviceOfHost(host);
  if (service !== undefined) return { tag: 'service', ...service };
  const authority = host.toLowerCase();
  if (authority === '') return 'absent';
  return AUTHORITY.test(authority) ? { tag: 'external', authority } : 'malformed';
}

/** What Istio writes where it does not know. */
const UNKNOWN = 'unknown';

/** The text of an Istio label; undefined where it is absent or says that Istio does not know. */
export function known(label: string | undefined): string | undefined {
  return label === undefined || label === '' || label === UNKNOWN ? undefined : label;
}

/** The workload at one end of Istio's traffic; its kind is not in the metrics. */
export function istioWorkload(labels: Labels, end: 'source' | 'destination'): Decoded<Endpoint> {
  const namespace = known(labels[`${end}_workload_namespace`]);
  const name = known(labels[`${end}_workload`]);
  if (namespace === undefined || name === undefined) return 'absent';
  return DNS_LABEL.test(namespace) && DNS_SUBDOMAIN.test(name) ? { tag: 'workload', namespace, kind: undefined, name } : 'malformed';
}

/** A Linkerd identity (a DNS name) or a SPIFFE id. */
const IDENTITY = /^(?:spiffe:\/\/)?[A-Za-z0-9](?:[-A-Za-z0-9._/]{0,510}[A-Za-z0-9])?$/;

/** The identity of a client, as its certificate has it. */
export function identityIn(label: string | undefined): Decoded<string> {
  const identity = known(label);
  if (identity === undefined) return 'absent';
  return IDENTITY.test(identity) ? identity : 'malformed';
}

/** What Linkerd calls that which no object stands for: the default policy of a port (`all-unauthenticated`), the route of the probes. */
const DEFAULT_KIND = 'default';

/** The name of a policy object; undefined for one of Linkerd's defaults. */
export function policyNameIn(kind: string | undefined, name: string | undefined): string | undefined {
  return kind !== DEFAULT_KIND && name !== undefined && DNS_SUBDOMAIN.test(name) ? name : undefined;
}
