import type { HeaderList } from '../../lib/headers.ts';
import type { JsonObject } from '../../lib/json.ts';
import type { ObjectReference } from '../objects/reference.ts';

/**
 * What becomes of a call:
 *  - `allowed`: it reaches the application.
 *  - `denied`: a proxy turns it away.
 *  - `not-found`: it may come in, but no route takes it (404).
 *  - `unknown`: that depends on something that is not known; the answer's `dependsOn` says on what.
 */
export type AccessVerdict = 'allowed' | 'denied' | 'not-found' | 'unknown';

/** One step of the way to a verdict, in the order in which the proxy takes it. */
export interface AccessStep {
  /** The object that it is about; absent where a default or an annotation speaks. */
  readonly object?: ObjectReference;
  /** The place in the object, such as `spec.rules[1].from[0]`. */
  readonly field?: string;
  /** One sentence. */
  readonly says: string;
}

/** An exact answer to "may A call B?". */
export interface AccessAnswer {
  readonly verdict: AccessVerdict;
  /** The step that decides, the last of `chain` that has a say. */
  readonly decidedBy: AccessStep;
  /** Everything that was looked at, in order: why this policy and not another, what was passed over and why. */
  readonly chain: readonly AccessStep[];
  /** What would decide, where the verdict is `unknown`; a phrase each, such as `the client's address`. Otherwise empty. */
  readonly dependsOn: readonly string[];
  /** What was taken for granted; a sentence each. */
  readonly assumed: readonly string[];
  /** What else happens to the call: it is logged (audit, dry run), limited in rate, … A sentence each. */
  readonly remarks: readonly string[];
  /** What the caller gets: an HTTP status, or `reset` where the connection is refused; absent for `allowed` and `unknown`. */
  readonly refusal?: number | 'reset';
}

/** As whom a client proves itself to the callee's proxy. */
export type PeerIdentity =
  /** By the certificate of a mesh: a Linkerd identity `sa.ns.serviceaccount.identity.linkerd.cluster.local`, or a SPIFFE id `spiffe://td/ns/ns/sa/sa`. */
  | { readonly tag: 'mutual-tls'; readonly name: string }
  /** Not at all: plain text, or TLS that is no mesh's. */
  | { readonly tag: 'plain-text' }
  | { readonly tag: 'unknown' };

/** How a caller in Istio's mesh sends its calls, which settles whether they pass a waypoint. */
export interface IstioClient {
  /** What stands on its side: `gateway` is one that lets calls into the mesh. */
  readonly proxy: 'sidecar' | 'gateway' | 'ztunnel';
  /** The Service of the callee's namespace whose name is called; undefined: not known. */
  readonly service: string | undefined;
}

/** Who calls, as far as the callee's proxy can tell. */
export interface Peer {
  readonly identity: PeerIdentity;
  /** The IP address that the proxy sees; undefined: not known. */
  readonly address: string | undefined;
  /** From within the callee's own pod. */
  readonly loopback: boolean;
  /** The namespace and service account of the calling workload, where the caller was named as a workload. */
  readonly workload?: { readonly namespace: string; readonly serviceAccount: string };
  /** Absent: not known, or not in Istio's mesh. */
  readonly istio?: IstioClient;
}

/**
 * What is sent. Whatever is undefined is not known, and an answer that depends on it is `unknown`; a caller that means "no such header" gives a list
 * without it.
 */
export interface AccessCall {
  /** What is spoken on the connection. `unknown`: nobody said, so what the callee's port is told to be decides. */
  readonly protocol: 'http' | 'grpc' | 'tcp' | 'tls' | 'unknown';
  readonly method: string | undefined;
  /** Begins with a slash, may carry a query. For gRPC `/package.Service/Method`. */
  readonly path: string | undefined;
  /** The authority, with or without a port. */
  readonly host: string | undefined;
  /** Names in lower case. */
  readonly headers: HeaderList | undefined;
  readonly sni: string | undefined;
  /** Claims of the token that the call bears, taken as verified; null: it bears none; undefined: not known. */
  readonly claims: JsonObject | null | undefined;
}

/** A port that a container declares. */
export interface CalleePort {
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly name?: string;
}

/** A GET that the kubelet makes. */
export interface HttpProbe {
  readonly path: string;
  /** By number or by the name of a port. */
  readonly port: number | string;
}

/** The pods that are called: those of one workload that are alike to every selector and every mesh. */
export interface Callee {
  readonly namespace: string;
  /** `Deployment`, …, `Pod`. */
  readonly kind: string;
  readonly name: string;
  /** Those of the pods. */
  readonly labels: Readonly<Record<string, string>>;
  /** Those of the pods, with what the injectors take over of the namespace's. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly namespaceLabels: Readonly<Record<string, string>>;
  readonly namespaceAnnotations: Readonly<Record<string, string>>;
  /** Undefined: in no mesh, so that nothing is enforced. */
  readonly mesh: 'linkerd' | 'istio-sidecar' | 'istio-ambient' | undefined;
  readonly serviceAccount: string;
  /** Of all containers, init containers and native sidecars among them; undefined where the pod template could not be read. */
  readonly ports: readonly CalleePort[] | undefined;
  /** HTTP probes of all containers. */
  readonly probes: readonly HttpProbe[];
  /** The Services that select these pods, by name. */
  readonly services: readonly string[];
}

/** What holds for one port of a callee, prepared once and asked for many callers. */
export interface InboundPolicy {
  /** Pure; never throws, whatever the objects hold. */
  decide(peer: Peer, call: AccessCall): AccessAnswer;
}
