import { externalId, serviceId, UNKNOWN, UNKNOWN_WORKLOAD_KIND, UNMESHED, workloadId } from './ids.ts';
import type { NodeId } from './model.ts';
import type { Endpoint, ObservedTraffic } from './observed.ts';

/** The kind of a workload by its name, from the topology; undefined where it has none of that name. */
export type KindOf = (namespace: string, workload: string) => string | undefined;

/** Observed traffic with its ends as nodes. */
export interface Row {
  readonly observed: ObservedTraffic;
  readonly source: NodeId;
  readonly destination: NodeId;
  readonly service: NodeId | undefined;
}

/**
 * The nodes of observed traffic. A destination that the metrics do not name, as Istio's do not for a call that was denied or could not be resolved
 * (`destination_workload="unknown"`), is the Service that was called, where they name that.
 */
export function resolveRow(observed: ObservedTraffic, kindOf: KindOf): Row {
  const service = observed.service === undefined ? undefined : serviceId(observed.service.namespace, observed.service.name);
  const { tag } = observed.destination;
  const destination = tag === 'unknown' || tag === 'unmeshed' ? (service ?? UNKNOWN) : resolveEndpoint(observed.destination, kindOf);
  return { observed, source: resolveEndpoint(observed.source, kindOf), destination, service };
}

/** The node that an end of traffic is. */
export function resolveEndpoint(endpoint: Endpoint, kindOf: KindOf): NodeId {
  switch (endpoint.tag) {
    case 'workload': {
      const { namespace, kind, name } = endpoint;
      return workloadId(namespace, kind ?? kindOf(namespace, name) ?? UNKNOWN_WORKLOAD_KIND, name);
    }
    case 'service':
      return serviceId(endpoint.namespace, endpoint.name);
    case 'external':
      return externalId(endpoint.authority);
    case 'unmeshed':
      return UNMESHED;
    case 'unknown':
      return UNKNOWN;
  }
}
