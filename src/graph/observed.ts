import type { Edge, Latency } from './model.ts';

/** One end of observed traffic, as metrics name it. Istio's metrics do not say what kind of workload it was. */
export type Endpoint =
  | { readonly tag: 'workload'; readonly namespace: string; readonly kind: string | undefined; readonly name: string }
  | { readonly tag: 'service'; readonly namespace: string; readonly name: string }
  | { readonly tag: 'external'; readonly authority: string }
  | { readonly tag: 'unmeshed' }
  | { readonly tag: 'unknown' };

/** A part of the traffic between two ends, in rates a second, unrounded. `build.ts` makes edges of these. */
export interface ObservedTraffic {
  readonly mesh: Edge['mesh'];
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly service?: { readonly namespace: string; readonly name: string };
  readonly port?: number;
  readonly protocol: Edge['protocol'];
  /** Which end reported it; what the destination reports counts only where no source does. */
  readonly reporter: 'source' | 'destination';
  /** Requests (HTTP, gRPC) a second; 0 for TCP. */
  readonly requests: number;
  readonly failures: number;
  readonly latency?: Latency;
  /** By how it was carried (`mutual_tls`, or the reason why not): requests a second, or connections for TCP. */
  readonly security: Readonly<Record<string, number>>;
  readonly sentBytes?: number;
  readonly receivedBytes?: number;
}

/** What the policies of a workload decided about one kind of caller or about all, decisions a second. */
export interface ObservedDecisions {
  readonly destination: Endpoint;
  /** The client's identity, where the metric names it. */
  readonly clientId?: string;
  /** The caller, where the metric says more than an identity: `unmeshed` for one that brought none. */
  readonly source?: Endpoint;
  readonly port?: number;
  /** Absent: HTTP requests. For `tcp`, decisions are about connections. */
  readonly protocol?: Edge['protocol'];
  /** The policy objects that decided, by name, where the metric has them (Linkerd): the Server, and the authorization that let it in. */
  readonly server?: string;
  readonly authorization?: string;
  readonly allowed: number;
  readonly denied: number;
}

/** Requests that matched a route, a second. */
export interface ObservedRoute {
  readonly namespace: string;
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  readonly backend?: { readonly namespace: string; readonly name: string };
  readonly requests: number;
  readonly failures: number;
}

/** One reading of Prometheus. */
export interface Observation {
  readonly traffic: readonly ObservedTraffic[];
  readonly decisions: readonly ObservedDecisions[];
  readonly routes: readonly ObservedRoute[];
}
