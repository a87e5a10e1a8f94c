import { impersonation } from '../access/impersonation.ts';
import type { Principal } from '../access/principal.ts';
import type { Config } from '../config.ts';
import { isObject, type JsonObject } from '../lib/json.ts';
import type { Ports } from '../ports/ports.ts';
import { KINDS } from '../sources/kubernetes/kinds.ts';
import { type ObjectApi, type Precondition, readObject } from '../sources/kubernetes/object-api.ts';
import type { Target } from './manifest.ts';
import { answerError, type Doing } from './refused.ts';

/** A live object, or the place where there is none. */
export interface Found {
  readonly target: Target;
  readonly object: JsonObject | undefined;
  readonly only: Precondition | 'absent';
  /** The API calls itself a demo. */
  readonly demo: boolean;
}

/** The Kubernetes API for changes: as this server, or as the caller where IMPERSONATE says so. Throws `MeshError('denied')` where there is nobody to impersonate. */
export function changeApi(ports: Ports, config: Config, principal: Principal): ObjectApi {
  return {
    http: ports.http,
    clock: ports.clock,
    connection: { baseUrl: config.kubernetesUrl, token: config.kubernetesToken },
    headers: impersonation(principal, config),
    timeoutMs: config.upstreamTimeoutMs,
  };
}

export function doing(api: ObjectApi, target: Target, verb: Doing['verb']): Doing {
  return { target, verb, connection: api.connection, asCaller: api.headers.length > 0 };
}

/**
 * Reads an object in the version given, or else in the newest that the cluster serves. Throws `MeshError` where that cannot be done; an object that is not there is no
 * error.
 */
export function findLive(api: ObjectApi, place: Omit<Target, 'version'> & { readonly version?: string | undefined }): Found {
  const versions = place.version === undefined ? KINDS[place.kind].versions : [place.version];
  let last: Target | undefined;
  for (const version of versions) {
    const target: Target = { kind: place.kind, namespace: place.namespace, name: place.name, version };
    last = target;
    const answer = readObject(api, target);
    if (answer.tag === 'object') {
      const only = stateOf(answer.object);
      // The API server takes an empty precondition for none.
      if (only.resourceVersion === '') throw answerError({ tag: 'refused', refusal: NO_STATE }, doing(api, target, 'get'));
      return { target, object: answer.object, only, demo: answer.demo };
    }
    if (answer.tag === 'absent') return { target, object: undefined, only: 'absent', demo: answer.demo };
    if (answer.tag !== 'not-served' && answer.tag !== 'deleted') throw answerError(answer, doing(api, target, 'get'));
  }
  const target = last ?? { ...place, version: KINDS[place.kind].versions[0] };
  throw answerError({ tag: 'not-served' }, doing(api, target, 'get'));
}

const NO_STATE = { tag: 'not-kubernetes', detail: 'the object has no resourceVersion' } as const;

/** Which state of an object this is. */
export function stateOf(object: JsonObject): Precondition {
  const { uid, resourceVersion } = isObject(object.metadata) ? object.metadata : {};
  return { uid: typeof uid === 'string' ? uid : '', resourceVersion: typeof resourceVersion === 'string' ? resourceVersion : '' };
}

/** Whether two states are one. */
export function sameState(a: Precondition | 'absent', b: Precondition | 'absent'): boolean {
  if (a === 'absent' || b === 'absent') return a === b;
  return a.uid === b.uid && a.resourceVersion === b.resourceVersion;
}
