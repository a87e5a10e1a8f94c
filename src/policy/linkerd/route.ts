import type { Truth } from '../access/truth.ts';
import type { ObjectReference } from '../objects/reference.ts';
import type { Authorization } from './authorization.ts';
import type { HostMatch } from './host-match.ts';
import type { Redirect } from './redirect.ts';
import type { Request } from './request-match.ts';

/** How well a match is met, the most important number first; a greater one is better. */
export type Rank = readonly number[];

/** What a match says of a request. */
export interface Matched {
  readonly rank: Rank;
  readonly holds: Truth;
}

/** One block of a rule's `matches`. */
export type RouteMatch = (request: Request) => Matched;

/** A rule of a route. It matches when one of its blocks does. */
export interface RouteRule {
  /** Such as `spec.rules[0]`; undefined for a rule that Linkerd itself makes. */
  readonly field: string | undefined;
  readonly matches: readonly RouteMatch[];
  /** What becomes of requests that are redirected instead of served. */
  readonly redirects: readonly Redirect[];
}

/** A route of a Server, or one that Linkerd itself makes. */
export interface Route {
  /** `HTTPRoute shop/orders`, or `the default route`. */
  readonly title: string;
  /** Undefined for a route that Linkerd itself makes. */
  readonly object: ObjectReference | undefined;
  /** None: any host. */
  readonly hosts: readonly HostMatch[];
  readonly rules: readonly RouteRule[];
  /** Those of the route's own; the Server's hold beside them. */
  readonly authorizations: readonly Authorization[];
}
