import { isObject, type JsonObject } from '../../lib/json.ts';
import type { KeptKind, KeptObject } from '../../mesh/kept.ts';
import { Malformed, objectAt } from './decode/fields.ts';
import { controllerOf, decodeIdentity, type Identity } from './decode/metadata.ts';
import { keepAnnotations, keepLabels } from './keep/labels.ts';
import { keepPolicy } from './keep/policy.ts';
import { keepService } from './keep/service.ts';
import { keepCronJob, keepDaemonSet, keepJob, keepReplicated } from './keep/workload.ts';
import { KINDS } from './kinds.ts';

type Members = Record<string, unknown>;

/** What is kept of a kind's spec and status. Throws `Malformed`. */
type Cut = (item: Members) => { readonly spec?: JsonObject; readonly status?: JsonObject };

/** Kinds that are read as metadata keep no more than that, also from a server that sends the whole object. */
const BUILT_IN_CUTS: { readonly [Name in KeptKind]?: Cut } = {
  services: keepService,
  deployments: keepReplicated,
  statefulSets: keepReplicated,
  daemonSets: keepDaemonSet,
  jobs: keepJob,
  cronJobs: keepCronJob,
};

function cutOf(kind: KeptKind): Cut | undefined {
  return KINDS[kind].mesh === 'kubernetes' ? BUILT_IN_CUTS[kind] : keepPolicy;
}

/** What becomes of one object from the API. */
export type Kept =
  | { readonly tag: 'kept'; readonly object: KeptObject }
  /** It is there, but counts for nothing: a pod on its way out. */
  | { readonly tag: 'dropped'; readonly namespace: string; readonly name: string }
  /** `identity` is absent where not even that could be read. `problem` is text of our own. */
  | { readonly tag: 'malformed'; readonly identity: Identity | undefined; readonly problem: string };

/** Cuts one object of a list or a watch down. Takes anything; never throws. */
export function keepItem(kind: KeptKind, item: unknown): Kept {
  let identity: Identity | undefined;
  try {
    if (!isObject(item)) throw new Malformed('it', 'an object');
    identity = identityOf(kind, item);
    const object = keepAs(kind, identity, item);
    return object === undefined ? { tag: 'dropped', ...identity } : { tag: 'kept', object };
  } catch (error) {
    if (error instanceof Malformed) return { tag: 'malformed', identity, problem: error.message };
    throw error;
  }
}

/** What is kept of an object, or undefined for one that counts for nothing. Throws `Malformed`. */
export function keep(kind: KeptKind, item: Members): KeptObject | undefined {
  return keepAs(kind, identityOf(kind, item), item);
}

/** What an object is called before a reader: `namespace/name`, or the name alone outside namespaces. */
export function shownName(kind: KeptKind, { namespace, name }: Identity): string {
  return KINDS[kind].namespaced ? `${namespace}/${name}` : name;
}

/** Which object it is, or undefined where that cannot be read: of a deleted object nothing else matters. Takes anything; never throws. */
export function identityOfItem(kind: KeptKind, item: unknown): Identity | undefined {
  try {
    return isObject(item) ? identityOf(kind, item) : undefined;
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

/** Namespace and name, a Namespace standing in itself. */
function identityOf(kind: KeptKind, item: Members): Identity {
  const { namespaced } = KINDS[kind];
  const { namespace, name } = decodeIdentity(item, namespaced);
  return { namespace: namespaced ? namespace : name, name };
}

function keepAs(kind: KeptKind, { namespace, name }: Identity, item: Members): KeptObject | undefined {
  const metadata = objectAt(item, 'metadata', 'metadata');
  // It has been told to go and lives on for its grace period only: no Service sends to it any more.
  if (kind === 'pods' && typeof metadata.deletionTimestamp === 'string') return undefined;
  const owner = controllerOf(metadata);
  const created = createdAt(metadata);
  return {
    kind,
    namespace,
    name,
    ...(created === undefined ? {} : { created }),
    labels: keepLabels(metadata, 'labels', 'metadata.labels'),
    annotations: keepAnnotations(metadata, 'annotations', 'metadata.annotations'),
    ...(owner === undefined ? {} : { owner }),
    ...cutOf(kind)?.(item),
  };
}

// kubernetes, apimachinery pkg/apis/meta/v1, Time: RFC 3339 in UTC, whole seconds.
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

/** Age decides between policies, between routes, and which of a workload's pods is its newest. */
function createdAt({ creationTimestamp }: Members): number | undefined {
  if (typeof creationTimestamp !== 'string' || !TIMESTAMP.test(creationTimestamp)) return undefined;
  const created = Date.parse(creationTimestamp);
  return Number.isNaN(created) ? undefined : created;
}
