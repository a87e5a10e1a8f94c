import type { AccessCall, AccessStep } from '../access/model.ts';
import type { Asked } from './asked.ts';
import type { Authorization } from './authorization.ts';
import type { RateLimit } from './rate-limits.ts';
import type { Route } from './route.ts';
import type { Protocol } from './servers.ts';

/** What a proxy is told of one port: all that decides on its calls. */
export interface PortPolicy {
  /** `Server shop/web`, or `the policy deny`. */
  readonly title: string;
  /** What was looked at to come here. */
  readonly steps: readonly AccessStep[];
  readonly assumed: readonly string[];
  readonly protocol: Protocol;
  /** What lets connections in, and requests on every route. */
  readonly authorizations: readonly Authorization[];
  /** The ways that calls may go. */
  readonly find: (call: AccessCall) => Asked;
  readonly probes: Probes | undefined;
  /** Why the proxy cannot read the policy and fails every request. */
  readonly broken: AccessStep | undefined;
  readonly rateLimit: RateLimit | undefined;
}

/** The route of the kubelet's probes, which Linkerd adds where no route is attached. */
export interface Probes {
  readonly route: Route;
  readonly paths: readonly string[];
}
