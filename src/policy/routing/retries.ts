import type { View } from '../analyze/view.ts';
import type { Field } from '../objects/field.ts';
import type { Retries } from './answer.ts';
import { parseDuration } from './duration.ts';
import { meshConfig } from './mesh-config.ts';

/** What Istio does where nobody says anything (istio, pilot/pkg/networking/core/route/retry: `DefaultPolicy`). */
const DEFAULT_ATTEMPTS = 2;
const DEFAULT_CONDITIONS = ['connect-failure', 'refused-stream', 'unavailable', 'cancelled', 'retriable-status-codes'] as const;

/** The condition under which Envoy looks at a list of statuses. */
const BY_STATUS = 'retriable-status-codes';

/**
 * The retries of a route: its own, else the mesh's, else Istio's default. A policy without attempts switches them off (istio,
 * pilot/pkg/networking/core/route/retry: `ConvertPolicy`).
 */
export function readRetries(own: Field | undefined, view: View): Retries | undefined {
  if (own?.exists) return read(own, 'route');
  const mesh = meshConfig('defaultHttpRetryPolicy', view);
  if (mesh.exists) return read(mesh, 'mesh');
  return { attempts: DEFAULT_ATTEMPTS, perTryTimeoutMs: undefined, retryOn: DEFAULT_CONDITIONS, statuses: [], from: 'default' };
}

function read(policy: Field, from: 'route' | 'mesh'): Retries | undefined {
  const attempts = policy.at('attempts').number ?? 0;
  if (!(attempts > 0)) return undefined;
  const perTry = policy.at('perTryTimeout').text;
  const written = policy.at('retryOn').text;
  const named = written?.split(',').flatMap((each) => each.trim() || []);
  const statuses = (named ?? []).filter(isStatus).map(Number);
  const conditions = named?.filter((each) => !isStatus(each)) ?? [...DEFAULT_CONDITIONS];
  return {
    attempts,
    perTryTimeoutMs: perTry === undefined ? undefined : parseDuration(perTry),
    retryOn: statuses.length > 0 && !conditions.includes(BY_STATUS) ? [...conditions, BY_STATUS] : conditions,
    statuses,
    from,
  };
}

function isStatus(text: string): boolean {
  return /^[1-5]\d\d$/.test(text);
}
