import type { JsonObject } from '../../lib/json.ts';
import type { ObjectReference } from '../objects/reference.ts';
import type { Fraction } from './fraction.ts';
import type { Step } from './trail.ts';

/** What becomes of a request. All durations are in milliseconds. */
export type RouteAnswer = Outcome & {
  /** How it came to that: which objects were asked, which rules were passed over and why. */
  readonly steps: readonly Step[];
};

export type Outcome =
  /** It is sent on. */
  | {
      readonly tag: 'routed';
      /** Whether the proxy looks at requests, at the name in the TLS handshake, or at connections. */
      readonly layer: Layer;
      /** The rule of the VirtualService; undefined for the route that every Service has. */
      readonly rule: RuleReference | undefined;
      /** Shares sum to one. */
      readonly destinations: readonly Destination[];
      /** Undefined unless the layer is HTTP. */
      readonly http: HttpTreatment | undefined;
    }
  /** The proxy answers with another address. */
  | {
      readonly tag: 'redirected';
      readonly rule: RuleReference | undefined;
      readonly status: number;
      readonly location: Location;
      readonly fault: Fault | undefined;
    }
  /** The proxy answers itself. */
  | {
      readonly tag: 'answered';
      readonly rule: RuleReference;
      readonly status: number;
      readonly body: string | undefined;
      readonly fault: Fault | undefined;
    }
  /** The mesh does not know the host, and its outbound policy lets connections to it through as they are. */
  | { readonly tag: 'passed through'; readonly because: string }
  /** Nothing takes it. */
  | {
      readonly tag: 'refused';
      readonly reason: Refusal;
      /** What a client of HTTP gets; undefined where the connection is closed. */
      readonly status: number | undefined;
      readonly because: string;
    }
  /** What is here does not tell. */
  | { readonly tag: 'unknown'; readonly because: string };

export type Layer = 'http' | 'tls' | 'tcp';

export type Refusal =
  /** The mesh does not know the host, and lets nothing through that it does not know. */
  | 'unknown host'
  /** The host has no such port. */
  | 'no port'
  /** No Gateway object of that name, or no server of it is for the port and host. */
  | 'no gateway'
  | 'no server'
  /** There are rules for the host, and none of them matches. */
  | 'no rule'
  /** The rule names no destination with a weight. */
  | 'no destination';

export interface RuleReference {
  readonly object: ObjectReference;
  /** Such as `spec.http[1]`. */
  readonly field: string;
  /** The rule's own name. */
  readonly name: string | undefined;
}

/** One of the destinations of a rule. */
export interface Destination {
  readonly share: Fraction;
  /** Fully qualified. */
  readonly host: string;
  readonly port: number;
  readonly subset: string | undefined;
  /** Labels that the subset asks for, beyond the Service's own selector. */
  readonly subsetLabels: Readonly<Record<string, string>>;
  /** The workloads that bear the labels; none for what lies outside. */
  readonly workloads: readonly WorkloadReference[];
  /** Outside of the mesh. */
  readonly external: boolean;
  readonly policy: EffectivePolicy;
  /** What is done to headers on the way to this destination alone. */
  readonly headers: HeaderChanges | undefined;
  /** Why requests of this share fail with 503 (in TCP: are closed); undefined where they arrive. */
  readonly problem: DestinationProblem | undefined;
}

export interface DestinationProblem {
  readonly tag: 'no service' | 'not exported' | 'no port' | 'no subset' | 'unknown';
  readonly because: string;
}

export interface WorkloadReference {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** What a DestinationRule makes of connections to a destination. */
export interface EffectivePolicy {
  /** The DestinationRule; undefined where none is for this client and host. */
  readonly rule: ObjectReference | undefined;
  readonly loadBalancer: LoadBalancer;
  /** As the object has them; undefined where Istio's defaults hold. */
  readonly connectionPool: JsonObject | undefined;
  readonly outlierDetection: JsonObject | undefined;
  /** `AUTO`: mutual TLS with pods that have a sidecar, else none. */
  readonly tls: { readonly mode: 'AUTO' } | { readonly mode: string; readonly sni: string | undefined };
}

export interface LoadBalancer {
  /** `LEAST_REQUEST` (the default), `ROUND_ROBIN`, `RANDOM`, `PASSTHROUGH` or `CONSISTENT_HASH`. */
  readonly algorithm: string;
  /** What is hashed, as the object has it. */
  readonly consistentHash: JsonObject | undefined;
  readonly locality: Locality | undefined;
}

/** Where among zones and regions requests go. */
export type Locality =
  /** For clients in `from`, how much goes where. */
  | { readonly tag: 'distribute'; readonly rules: readonly { readonly from: string; readonly to: Readonly<Record<string, Fraction>> }[] }
  /** Where requests go once the own locality fails; Istio does it only with outlier detection. */
  | { readonly tag: 'failover'; readonly active: boolean; readonly rules: readonly { readonly from: string; readonly to: string }[] };

/** What happens to an HTTP request beside being sent on. */
export interface HttpTreatment {
  /** For the whole answer with all tries; undefined: no limit. */
  readonly timeoutMs: number | undefined;
  /** Undefined: none. */
  readonly retries: Retries | undefined;
  readonly fault: Fault | undefined;
  readonly rewrite: Rewrite | undefined;
  readonly headers: HeaderChanges | undefined;
  /** Copies that are sent beside it, whose answers nobody sees. */
  readonly mirrors: readonly Destination[];
}

export interface Retries {
  /** Beyond the first try. */
  readonly attempts: number;
  /** Undefined: as long as the time-out allows. */
  readonly perTryTimeoutMs: number | undefined;
  /** Envoy's conditions, such as `connect-failure`. */
  readonly retryOn: readonly string[];
  readonly statuses: readonly number[];
  readonly from: 'route' | 'mesh' | 'default';
}

export interface Fault {
  readonly delay: { readonly share: Fraction; readonly ms: number } | undefined;
  readonly abort:
    | { readonly share: Fraction; readonly httpStatus: number }
    | { readonly share: Fraction; readonly grpcStatus: string }
    | undefined;
}

export interface Rewrite {
  readonly authority: string | undefined;
  /** The path with its query as the destination sees it; undefined where it stays, or where only `regex` tells. */
  readonly path: string | undefined;
  readonly regex: { readonly match: string; readonly rewrite: string } | undefined;
}

/** Names that appear nowhere stay as they are. */
export interface HeaderChanges {
  readonly request: HeaderOperations;
  readonly response: HeaderOperations;
}

export interface HeaderOperations {
  readonly set: Readonly<Record<string, string>>;
  readonly add: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
}

/** Where a redirect leads. */
export interface Location {
  readonly scheme: string;
  readonly authority: string;
  /** Undefined: the scheme's own. */
  readonly port: number | undefined;
  /** With the query. */
  readonly path: string;
}
