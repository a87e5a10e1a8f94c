import { MeshError } from '../../lib/errors.ts';
import type { Missing } from './answers.ts';
import type { Connection } from './connection.ts';
import type { Refusal } from './outcome.ts';
import { type QueryName, queryOf } from './queries.ts';

/** What a caller is advised to wait where Prometheus does not say. */
const RETRY_MS = 15_000;

/** The gravest first: what would have made all others fail as well. */
const GRAVITY: readonly Refusal['tag'][] = [
  'host-forbids',
  'unreachable',
  'not-http',
  'redirected',
  'missing',
  'not-prometheus',
  'unauthorized',
  'forbidden',
  'rejected',
  'throttled',
  'failing',
  'timeout',
  'too-large',
  'budget',
];

/**
 * The error for a reading that got nothing: what is wrong and what to do about it. What Prometheus itself said of a query is quoted as its words; nothing else in the
 * message comes from it but a status code.
 */
export function refusalError(missing: readonly [Missing, ...Missing[]], connection: Connection): MeshError {
  const rank = ({ refusal }: Missing) => GRAVITY.indexOf(refusal.tag);
  const gravest = missing.reduce((worst, other) => (rank(other) < rank(worst) ? other : worst));
  const cause = new Error(missing.map(({ name, refusal }) => `${name}: ${logged(refusal)}`).join('; '));
  return errorOf(gravest.refusal, connection, cause);
}

function errorOf(refusal: Refusal, connection: Connection, cause: Error): MeshError {
  const at = `Prometheus at ${connection.baseUrl}`;
  switch (refusal.tag) {
    case 'host-forbids':
      return new MeshError(
        'denied',
        `The host that runs this server does not let it call ${connection.baseUrl}. Add that host and port to the workload's allowedHosts (wasmCloud: localResources.allowedHosts).`,
        { cause },
      );
    case 'unreachable':
      return new MeshError('unavailable', `${at} cannot be reached. Check that PROMETHEUS_URL is right and that Prometheus runs.`, {
        cause,
        retryAfterMs: RETRY_MS,
      });
    case 'timeout':
      return new MeshError('unavailable', `${at} did not answer in time. If it stays slow, raise UPSTREAM_TIMEOUT_MS.`, {
        cause,
        retryAfterMs: RETRY_MS,
      });
    case 'redirected':
      return new MeshError(
        'unavailable',
        `What answers at ${connection.baseUrl} redirects (${refusal.status}), which is not followed: that is often a page to log in. Set PROMETHEUS_URL to the API itself, and PROMETHEUS_TOKEN, or PROMETHEUS_USER and PROMETHEUS_PASSWORD, where it wants them.`,
        { cause },
      );
    case 'missing':
      return new MeshError('unavailable', `${notPrometheus(connection)} (it answers 404). ${PATHS}`, { cause });
    case 'not-http':
    case 'not-prometheus':
      return new MeshError('unavailable', `${notPrometheus(connection)}. ${PATHS}`, { cause });
    case 'unauthorized':
      return new MeshError('denied', `${at} ${unauthorized(connection)}`, { cause });
    case 'forbidden':
      return new MeshError(
        'denied',
        `${at} knows who this server is and forbids it to query (403). Give it that right${connection.tenant === '' ? '' : ', for the tenant in PROMETHEUS_TENANT too'}, or set another PROMETHEUS_TOKEN.`,
        { cause },
      );
    case 'rejected':
      return new MeshError('invalid', `${at} rejects the queries (${refusal.status}).${quote(refusal.words)}${tenantHint(connection)}`, {
        cause,
      });
    case 'throttled':
      return new MeshError('unavailable', `${at} is throttling our queries (429).${quote(refusal.words)}`, {
        cause,
        retryAfterMs: refusal.retryAfterMs ?? RETRY_MS,
      });
    case 'failing':
      return new MeshError('unavailable', `${at} fails (${refusal.status}).${quote(refusal.words)}`, {
        cause,
        retryAfterMs: refusal.retryAfterMs ?? RETRY_MS,
      });
    case 'too-large':
      return new MeshError(
        'unavailable',
        `${at} holds more than can be read at once, even for a single namespace.${quote(refusal.words)} Set NAMESPACES to those that matter.`,
        { cause },
      );
    case 'budget':
      return new MeshError('unavailable', `${at} would need more queries than one reading may make. Set NAMESPACES to those that matter.`, {
        cause,
      });
  }
}

const PATHS = 'Mimir and Cortex serve it under /prometheus, kubectl proxy under a Service’s proxy path.';

function notPrometheus(connection: Connection): string {
  return `What answers at ${connection.baseUrl} is not a Prometheus API. Set PROMETHEUS_URL to the URL below which /api/v1/query is`;
}

function unauthorized(connection: Connection): string {
  switch (connection.credentials.tag) {
    case 'none':
      return `wants to know who asks (401). Set PROMETHEUS_TOKEN, or PROMETHEUS_USER and PROMETHEUS_PASSWORD; Mimir and Cortex also want PROMETHEUS_TENANT.`;
    case 'bearer':
      return `does not accept the token (401). Set PROMETHEUS_TOKEN to a valid one: it may have expired.${tenantHint(connection)}`;
    case 'basic':
      return `does not accept user and password (401). Check PROMETHEUS_USER and PROMETHEUS_PASSWORD.${tenantHint(connection)}`;
  }
}

function tenantHint({ tenant }: Connection): string {
  return tenant === '' ? '' : ' The tenant in PROMETHEUS_TENANT may also be wrong.';
}

function quote(words: string): string {
  return words === '' ? '' : ` Prometheus says: “${words}”`;
}

/** A sentence for each query of which something is missing: what it is about, and why. */
export function missingNotes(missing: readonly Missing[]): readonly string[] {
  const byName = new Map<QueryName, Missing[]>();
  for (const one of missing) byName.set(one.name, [...(byName.get(one.name) ?? []), one]);
  return [...byName].map(([name, all]) => {
    const [first] = all;
    return `Missing: ${queryOf(name).about}${first === undefined ? '' : `: ${reason(first.refusal)}`}`;
  });
}

function reason(refusal: Refusal): string {
  switch (refusal.tag) {
    case 'unreachable':
      return 'Prometheus could not be reached.';
    case 'timeout':
      return 'Prometheus did not answer in time.';
    case 'host-forbids':
      return 'the host that runs this server does not allow the call.';
    case 'not-http':
    case 'not-prometheus':
    case 'missing':
      return 'the answer was not Prometheus’.';
    case 'redirected':
      return `Prometheus redirected (${refusal.status}).`;
    case 'unauthorized':
      return 'Prometheus did not accept who we are (401).';
    case 'forbidden':
      return 'Prometheus forbade it (403).';
    case 'throttled':
      return `Prometheus throttled it (429).${quote(refusal.words)}`;
    case 'failing':
      return `Prometheus failed (${refusal.status}).${quote(refusal.words)}`;
    case 'rejected':
      return `Prometheus rejected it (${refusal.status}).${quote(refusal.words)}`;
    case 'too-large':
      return `the answer is too large, even for a single namespace.${quote(refusal.words)}`;
    case 'budget':
      return 'this reading had asked enough.';
  }
}

function logged(refusal: Refusal): string {
  if ('detail' in refusal) return `${refusal.tag}, ${refusal.detail}`;
  return 'status' in refusal ? `${refusal.tag}, ${refusal.status}` : refusal.tag;
}
