import { MeshError } from '../../lib/errors.ts';
import type { KeptKind } from '../../mesh/kept.ts';
import { KINDS } from './kinds.ts';
import type { Refusal } from './outcome.ts';
import { rbacText } from './rbac.ts';
import type { Connection, Scope } from './requests.ts';

/** What a caller is advised to wait where the API does not say. */
const RETRY_MS = 5_000;

/** A kind that could not be read, and why. */
export interface KindRefusal {
  readonly kind: KeptKind;
  readonly refusal: Refusal;
}

/**
 * The error for a reading that failed: says what is wrong and what to do about it. Nothing in it comes from the upstream except a
 * status code. The first of the `fatal` refusals that is no lack of rights speaks, otherwise one message names every right that is missing
 * among `all` refusals.
 */
export function refusalError(
  fatal: readonly [KindRefusal, ...KindRefusal[]],
  all: readonly KindRefusal[],
  connection: Connection,
  scope: Scope,
): MeshError {
  const gravest = fatal.find(({ refusal }) => refusal.tag !== 'forbidden') ?? fatal[0];
  const forbidden = all.filter(({ refusal }) => refusal.tag === 'forbidden');
  const cause = new Error(all.map(({ kind, refusal }) => `${KINDS[kind].resource}: ${logged(refusal)}`).join('; '));
  const api = `The Kubernetes API at ${connection.baseUrl}`;
  const { refusal } = gravest;
  switch (refusal.tag) {
    case 'unreachable':
      return new MeshError(
        'unavailable',
        `${api} cannot be reached. Check that KUBERNETES_URL is right and that the API (or the kubectl proxy before it) runs; a host that does not trust the API's certificate authority fails in the same way.`,
        { cause },
      );
    case 'timeout':
      return new MeshError('unavailable', `${api} did not answer in time. Try again; if it stays slow, raise UPSTREAM_TIMEOUT_MS.`, {
        cause,
      });
    case 'host-forbids':
      return new MeshError(
        'denied',
        `The host that runs this server does not let it call ${connection.baseUrl}. Add that host and port to the workload's allowedHosts (wasmCloud: localResources.allowedHosts).`,
        { cause },
      );
    case 'unauthorized':
      return connection.token === ''
        ? new MeshError('denied', `${api} wants a token (401) and none is set. Set KUBERNETES_TOKEN to a ServiceAccount's token.`, {
            cause,
          })
        : new MeshError('denied', `${api} does not accept the token (401). Set KUBERNETES_TOKEN to a valid one: it may have expired.`, {
            cause,
          });
    case 'forbidden':
      return new MeshError('denied', `${api} forbids us to read (403). ${missingRights(forbidden, connection, scope)}`, { cause });
    case 'throttled':
    case 'failing': {
      const what = refusal.tag === 'throttled' ? 'is throttling our requests (429)' : `fails (${refusal.status})`;
      return new MeshError('unavailable', `${api} ${what}.`, { cause, retryAfterMs: refusal.retryAfterMs ?? RETRY_MS });
    }
    case 'expired':
      return new MeshError(
        'unavailable',
        `${api} kept losing its place in a long list (410). Try again, or set NAMESPACES to read only some.`,
        {
          cause,
        },
      );
    case 'too-large':
      return new MeshError(
        'unavailable',
        `${api} answered with a page that is too large to read: some ${KINDS[gravest.kind].resource} carry very large annotations. Set NAMESPACES to read only others.`,
        { cause },
      );
    case 'missing':
    case 'redirected':
    case 'refused':
      return new MeshError('unavailable', `${notKubernetes(connection)} (it answers ${'status' in refusal ? refusal.status : 404}).`, {
        cause,
      });
    case 'not-http':
    case 'not-kubernetes':
      return new MeshError('unavailable', `${notKubernetes(connection)}.`, { cause });
  }
}

function notKubernetes(connection: Connection): string {
  return `What answers at ${connection.baseUrl} is not a Kubernetes API. Set KUBERNETES_URL to the API's base URL`;
}

/** `Give … a ClusterRole with {apiGroups: [""], resources: ["pods"], verbs: ["list", "watch"]}.` */
function missingRights(forbidden: readonly KindRefusal[], connection: Connection, scope: Scope): string {
  const kinds = forbidden.map(({ kind }) => KINDS[kind]);
  const who = connection.token === '' ? "the proxy's user (no KUBERNETES_TOKEN is set)" : "this server's ServiceAccount";
  const where =
    scope.tag === 'cluster'
      ? 'a ClusterRole (or set NAMESPACES, if its rights are limited to some)'
      : `a ClusterRole, or a Role in ${scope.namespace},`;
  return `Give ${who} ${where} with the rule ${rbacText(kinds)}.`;
}

function logged(refusal: Refusal): string {
  if ('detail' in refusal) return `${refusal.tag}, ${refusal.detail}`;
  return 'status' in refusal ? `${refusal.tag}, ${refusal.status}` : refusal.tag;
}
