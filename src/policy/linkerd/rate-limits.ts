import type { PeerIdentity } from '../access/model.ts';
import { named } from '../access/steps.ts';
import { LINKERD_POLICY } from '../analyze/references.ts';
import { compareAge, isPlanned } from '../objects/age.ts';
import type { Field } from '../objects/field.ts';
import type { KubeObject } from '../objects/kube-object.ts';
import { readReferences } from './authentications.ts';
import { accountIdentity } from './identities.ts';
import { readReference, refersTo } from './references.ts';
import { isTrue } from './route-status.ts';
import { type LinkerdSettings, type LinkerdWorld, objectsOf } from './world.ts';

/** How many requests a second a proxy lets in, which is asked after everything else. */
export interface RateLimit {
  /** What it says to this caller; a sentence each. */
  readonly remarks: (identity: PeerIdentity) => readonly string[];
}

/**
 * The HTTPLocalRateLimitPolicy of a Server (linkerd2, policy-controller/k8s/index/src/inbound/ratelimit_policy.rs, index.rs: `client_ratelimit`). The controller
 * accepts the oldest of several (linkerd2, policy-controller/k8s/status/src/index.rs: `target_ref_status`).
 */
export function rateLimitOf(server: KubeObject, world: LinkerdWorld): RateLimit | undefined {
  const all = [...objectsOf(world, LINKERD_POLICY, 'HTTPLocalRateLimitPolicy', server.namespace)].sort(compareAge);
  const forServer = all.filter((object) => targets(object, server.name));
  const accepted = forServer.find((object) =>
    isPlanned(object) || isPlanned(server) ? object === forServer[0] : isTrue(object.root.at('status', 'conditions'), 'Accepted'),
  );
  return accepted && readLimits(accepted, world.settings);
}

function targets({ spec }: KubeObject, server: string): boolean {
  const target = readReference(spec.at('targetRef'));
  return target !== undefined && refersTo(target, LINKERD_POLICY, 'server') && target.name === server;
}

/** Undefined where a limit or a client cannot be read, so that the controller does not take the policy in. */
function readLimits(object: KubeObject, settings: LinkerdSettings): RateLimit | undefined {
  const { spec } = object;
  const [total, each] = [readLimit(spec.at('total')), readLimit(spec.at('identity'))];
  const overrides = readOverrides(object, settings);
  if (total === undefined || each === undefined || overrides === undefined) return undefined;
  const name = named(object);
  return {
    // The total is asked first, then the client's override or else what holds for each identity; clients without one share theirs (linkerd2-proxy,
    // linkerd/proxy/server-policy/src/local_rate_limit.rs: `check`). A limit of 0 is none.
    remarks: (identity) => {
      const override = identity.tag === 'mutual-tls' ? overrides.get(identity.name) : undefined;
      const shared = identity.tag === 'plain-text' ? 'all clients without an identity together' : 'each client';
      return [
        ...(total === 0 ? [] : [`${name}: each proxy lets in at most ${total} requests a second.`]),
        ...(override === undefined ? [] : [`${name}: an override lets this client make at most ${override} requests a second to a proxy.`]),
        ...(override !== undefined || each === 0 ? [] : [`${name}: ${shared} may make at most ${each} requests a second to a proxy.`]),
      ];
    },
  };
}

/** Zero where there is none. */
function readLimit(field: Field): number | undefined {
  if (!field.exists) return 0;
  const limit = field.at('requestsPerSecond').number;
  return limit !== undefined && Number.isInteger(limit) && limit >= 0 ? limit : undefined;
}

/** The limits that hold for single identities; the last of several. */
function readOverrides({ spec, namespace }: KubeObject, settings: LinkerdSettings): ReadonlyMap<string, number> | undefined {
  const limits = new Map<string, number>();
  for (const field of spec.at('overrides').items) {
    const [limit, accounts] = [readLimit(field), readReferences(field.at('clientRefs'))];
    if (limit === undefined || accounts === undefined) return undefined;
    for (const account of accounts) {
      if (!refersTo(account, 'core', 'serviceaccount')) return undefined;
      if (limit > 0) limits.set(accountIdentity(settings, account.namespace ?? namespace, account.name), limit);
    }
  }
  return limits;
}
