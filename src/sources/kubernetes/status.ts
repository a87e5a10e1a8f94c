import type { MeshError } from '../../lib/errors.ts';
import type { KeptKind } from '../../mesh/kept.ts';
import { KINDS } from './kinds.ts';
import type { Refusal } from './outcome.ts';
import { rbacText } from './rbac.ts';

/** What is going on with one kind. */
export type KindStatus =
  /** Nothing has been heard yet. */
  | { readonly tag: 'starting' }
  /** A list is on its way; what was told before stays as it is until the list is whole. */
  | { readonly tag: 'listing' }
  /** What was told is complete, and changes arrive as they happen while the window lasts. */
  | { readonly tag: 'live' }
  /** After a failure, until a time of day (milliseconds since 1970). `why` is a predicate of the API: `is throttling us (429)`. */
  | { readonly tag: 'waiting'; readonly untilMs: number; readonly why: string }
  /** We may not read it; `namespaces` where it is so in these alone. */
  | { readonly tag: 'forbidden'; readonly namespaces?: readonly string[] }
  /** The cluster does not serve it: there are no such objects. */
  | { readonly tag: 'absent' }
  /** Nothing that waiting would mend. */
  | { readonly tag: 'failed'; readonly why: string };

/** Figures since the reflection began. */
export interface Counters {
  readonly requests: number;
  /** Events that watches told, bookmarks among them. */
  readonly events: number;
  /** Of bodies, of all answers. */
  readonly bytes: number;
  /** Requests that were refused or got no answer, and events that were none of ours. */
  readonly errors: number;
}

/** What is going on with all of them. */
export interface KubernetesStatus {
  /** Every kind that is read. */
  readonly kinds: Readonly<Partial<Record<KeptKind, KindStatus>>>;
  /** Each required kind has been live, and none of them is waiting or refused now: what was told can be shown as the cluster's state. */
  readonly synced: boolean;
  /** No kind is still on the way to its first state: each has been live, is refused or absent, or keeps failing. Whoever shows it now shows all there is. */
  readonly settled: boolean;
  /** The API calls itself a demo. */
  readonly demo: boolean;
  /** Objects that were left out: `Service shop/web: spec.ports is not an array`. */
  readonly warnings: readonly string[];
  /** How many more there are. */
  readonly omittedWarnings: number;
  readonly counters: Counters;
  /** Why what is required cannot be read now, for a caller; undefined while all is well or merely on its way. */
  readonly error: MeshError | undefined;
}

/** The gravest first: what one says of a namespace, a reader must know of the kind. */
const GRAVITY: readonly KindStatus['tag'][] = ['failed', 'forbidden', 'waiting', 'listing', 'starting', 'live', 'absent'];

/** The status of a kind that is read in several namespaces; `namespace` is undefined where it is read in the whole cluster. */
export function mergeStatuses(parts: readonly { readonly namespace: string | undefined; readonly status: KindStatus }[]): KindStatus {
  const gravest = GRAVITY.flatMap((tag) => parts.find(({ status }) => status.tag === tag) ?? [])[0];
  if (gravest === undefined) return { tag: 'absent' };
  const alike = parts.filter(({ status }) => status.tag === gravest.status.tag);
  if (gravest.status.tag !== 'forbidden' || alike.length === parts.length) return gravest.status;
  return { tag: 'forbidden', namespaces: alike.flatMap(({ namespace }) => namespace ?? []) };
}

/** What a refusal says of the Kubernetes API: a predicate in words of our own. */
export function predicateOf(refusal: Refusal): string {
  switch (refusal.tag) {
    case 'unreachable':
      return 'cannot be reached';
    case 'timeout':
      return 'did not answer in time';
    case 'host-forbids':
      return 'may not be called from this host';
    case 'unauthorized':
      return 'does not accept the token (401)';
    case 'forbidden':
      return 'forbids it (403)';
    case 'missing':
      return 'does not serve it (404)';
    case 'expired':
      return 'kept losing its place in a long list (410)';
    case 'throttled':
      return 'is throttling us (429)';
    case 'failing':
    case 'redirected':
    case 'refused':
      return `answers ${refusal.status}`;
    case 'too-large':
      return 'answers with more than can be read';
    case 'not-http':
    case 'not-kubernetes':
      return 'does not answer as Kubernetes does';
  }
}

/** What a reader of the graph should know about kinds that are not read: a sentence each, in the order of the table of kinds. */
export function notesOf({ kinds }: Pick<KubernetesStatus, 'kinds'>): readonly string[] {
  return kindNames(kinds).flatMap((name) => {
    const status = kinds[name];
    const kind = KINDS[name];
    const resource = kind.group === '' ? kind.resource : `${kind.resource}.${kind.group}`;
    const lack = kind.without === '' ? '' : `: ${kind.without}`;
    if (status?.tag === 'forbidden') {
      const where = status.namespaces === undefined ? '' : ` in ${status.namespaces.join(', ')}`;
      return [`${resource} may not be read${where} (the rule ${rbacText([kind])} is missing)${lack}.`];
    }
    if (status?.tag === 'failed') return [`${resource} cannot be read, because the Kubernetes API ${status.why}${lack}.`];
    return [];
  });
}

function kindNames(kinds: KubernetesStatus['kinds']): readonly KeptKind[] {
  return (Object.keys(KINDS) as KeptKind[]).filter((name) => name in kinds); // Object.keys forgets the literal key type.
}
