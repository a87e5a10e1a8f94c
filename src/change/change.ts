import { type Principal, permits } from '../access/principal.ts';
import type { Config } from '../config.ts';
import { MeshError } from '../lib/errors.ts';
import type { JsonObject } from '../lib/json.ts';
import { namespaceWord, nameWord } from '../mesh/words.ts';
import type { Ports } from '../ports/ports.ts';
import {
  applyObject,
  deleteObject,
  type ObjectAnswer,
  type ObjectApi,
  type Precondition,
  readObject,
} from '../sources/kubernetes/object-api.ts';
import { type ChangeRecord, canBeKept, type Operation, type Previous, recordIntent, recordOutcome } from './change-log.ts';
import { issueToken, lookUpToken, type Redeemable } from './confirmations.ts';
import { canonicalJson, type Diff, diffLines, diffObjects, meaningOf, sameJson, stateFingerprint } from './diff.ts';
import { changeApi, doing, type Found, findLive, sameState, stateOf } from './find.ts';
import { type EffectOf, foresee } from './foresee.ts';
import { gatewayImpacts } from './gateways.ts';
import { type Foreseen, type Impact, impactsOf, isVisible, requireRight, type Sees, unaccepted } from './impact.ts';
import { type Target, targetText } from './manifest.ts';
import { appliedConfig } from './ownership.ts';
import { answerError, isOpen, movedError } from './refused.ts';
import { reachOfRoute, requireReach } from './route-reach.ts';
import { fingerprint } from './stored.ts';
import { ROUTE_KINDS } from './writable.ts';

/** What changing the mesh needs of the world. */
export interface ChangeContext {
  readonly ports: Ports;
  readonly config: Config;
  readonly principal: Principal;
  readonly effectOf: EffectOf;
}

/** A change that a tool was asked for. */
export interface ChangeRequest {
  readonly tool: string;
  /** The tool's arguments without `confirm`: what a token is bound to. */
  readonly arguments: JsonObject;
  /** Without a version: the newest that the cluster serves. */
  readonly place: Omit<Target, 'version'> & { readonly version?: string | undefined };
  /** What to do with the object as it is now, for a caller who sees these namespaces; may throw `MeshError`. Must give the same for the same object. */
  readonly decide: (found: Found, api: ObjectApi, sees: Sees) => Decision;
  /** Takes fields from other managers. */
  readonly force: boolean;
  readonly acceptImpact: readonly string[];
  /** The change that this one takes back. */
  readonly reverts?: number | undefined;
  /** Of an earlier call. */
  readonly confirm: string | undefined;
}

/** What is to become of an object. */
export type Decision = ({ readonly tag: 'apply'; readonly config: JsonObject } | { readonly tag: 'delete' }) & {
  /** What a reader should know of it. A sentence each. */
  readonly notes?: readonly string[];
  /** What it cuts beside observed traffic. */
  readonly impacts?: readonly Impact[];
};

/**
 *  - `unchanged`: the object is already so.
 *  - `blocked`: it would cut something that was not accepted.
 *  - `planned`: it was only tried; the token makes it.
 *  - `made`: it is done. `unknown`: no answer came, and looking did not tell.
 */
export const CHANGE_STATUSES = ['unchanged', 'blocked', 'planned', 'made', 'unknown'] as const;
export type ChangeStatus = (typeof CHANGE_STATUSES)[number];

export interface ChangeReport {
  readonly status: ChangeStatus;
  readonly target: Target;
  readonly operation: Operation;
  readonly diff: Diff;
  readonly foreseen: Foreseen;
  readonly impacts: readonly Impact[];
  /** Those of them that nobody accepted. */
  readonly open: readonly Impact[];
  readonly notes: readonly string[];
  readonly token?: string;
  /** Milliseconds since 1970. */
  readonly expiresAt?: number;
  /** The number of the change in the log. */
  readonly change?: number;
  readonly demo: boolean;
}

/**
 * Makes a change in two calls. The first tries it on the API server (`dryRun=All`) and says what it would do, with a token; the second, with the same arguments and that
 * token, does it all again and then makes it, if it is still the same: the same caller, object, state, outcome. Between the two the caller, or whoever watches over it,
 * can read the diff.
 *
 * Throws `MeshError`; then nothing was changed, except where it says that this is not known.
 */
export function change(context: ChangeContext, request: ChangeRequest): ChangeReport {
  const { ports, config, principal, effectOf } = context;
  const { namespace, name } = request.place;
  // Both become parts of a path, where some servers read an escaped slash as a slash: another name would be another object, or a part of one.
  if (namespaceWord(namespace) === undefined || nameWord(name) === undefined) {
    throw new MeshError('invalid', 'namespace and name must be valid names: lower-case letters, digits, hyphens, and dots in a name.');
  }
  if (!permits(principal, 'operator', namespace)) {
    throw new MeshError('denied', `Changes in namespace ${namespace} are for its operators; ask somebody who has that role there.`);
  }
  const bound = { principal, arguments: fingerprint(canonicalJson({ tool: request.tool, arguments: request.arguments })) };
  const token = request.confirm === undefined ? undefined : lookUpToken(ports, request.confirm, bound);
  const api = changeApi(ports, config, principal);
  const found = findLive(api, request.place);
  if (token !== undefined && !sameState(token.only, found.only)) throw movedError(found.target);

  const sees = (each: string | undefined) => permits(principal, 'viewer', each);
  const decision = request.decide(found, api, sees);
  const after = tryChange(api, found, decision, request.force);
  const reach = reachOfRoute(found.target, [found.object, after]);
  requireReach(principal, found.target, reach);
  const diff = diffObjects(found.object, after);
  const operation: Operation = decision.tag === 'delete' ? 'delete' : found.object === undefined ? 'create' : 'update';
  const outcome = `${operation} ${stateFingerprint(after)}`;
  const foreseen = foresee(ports, config, effectOf, found.target, after);
  const impacts = [
    ...impactsOf(found.target, foreseen, { config, sees, reach }),
    ...gatewayImpacts(found.target, found.object, after),
    ...(decision.impacts ?? []),
  ];
  const previous = previousOf(found);
  const told = {
    target: found.target,
    operation,
    diff,
    foreseen: visiblePart(foreseen, sees),
    impacts,
    open: unaccepted(impacts, request.acceptImpact),
    notes: [
      ...(decision.notes ?? []),
      ...(ROUTE_KINDS.some((kind) => kind === found.target.kind) ? [ROUTE_NOTE] : []),
      ...(canBeKept(previous) ? [] : ['The object is too large to be kept, so revert_change will not be able to take this back.']),
    ],
    demo: found.demo,
  };
  if (operation === 'update' && diff.differences.length === 0) return { ...told, status: 'unchanged' };
  if (told.open.length > 0) {
    if (token === undefined) return { ...told, status: 'blocked' };
    throw new MeshError(
      'conflict',
      'Meanwhile the change would cut more than was accepted. Nothing was done; call the tool without `confirm` to see what.',
    );
  }
  requireRight(principal, found.target, impacts);
  if (token === undefined) {
    const issued = issueToken(ports, { ...bound, only: found.only, outcome });
    return { ...told, status: 'planned', token: issued.token, expiresAt: issued.expiresAt };
  }
  if (token.outcome !== outcome) {
    throw new MeshError(
      'conflict',
      'The API server would now do something else than what was shown. Nothing was done; call the tool without `confirm` to see what.',
    );
  }
  const made = make(context, request, { found, api, decision, operation, diff, previous, impacts, token, after });
  return { ...told, ...made, notes: [...told.notes, ...made.notes] };
}

/** What is foreseen without the edges of which somebody may not view an end. */
function visiblePart(foreseen: Foreseen, sees: Sees): Foreseen {
  if (foreseen.tag === 'unknown') return foreseen;
  const { effect } = foreseen;
  const edges = effect.edges.filter((edge) => isVisible(edge, sees));
  const hidden = effect.edges.length - edges.length;
  const notes = hidden === 0 ? [] : [`${hidden} more edges change, of namespaces that you may not view.`];
  return { tag: 'effect', effect: { ...effect, edges, notes: [...effect.notes, ...notes] } };
}

/** The object after the change, from the API server's own dry run; undefined where it would be gone. */
function tryChange(api: ObjectApi, found: Found, decision: Decision, force: boolean): JsonObject | undefined {
  const { target, only } = found;
  if (decision.tag === 'delete') {
    if (only === 'absent') throw answerError({ tag: 'absent', demo: found.demo }, doing(api, target, 'delete'));
    const answer = deleteObject(api, target, only, true);
    if (answer.tag === 'deleted') return undefined;
    throw errorOf(answer, api, target, 'delete');
  }
  const answer = applyObject(api, target, decision.config, { dryRun: true, force, only });
  if (answer.tag === 'object') return answer.object;
  throw errorOf(answer, api, target, 'patch');
}

function errorOf(answer: ObjectAnswer, api: ObjectApi, target: Target, verb: 'patch' | 'delete'): MeshError {
  if (answer.tag === 'object' || answer.tag === 'deleted') {
    return new MeshError('unavailable', 'The Kubernetes API answered with something else than was asked for.');
  }
  // What is gone by now has moved.
  return verb === 'delete' && answer.tag === 'absent' ? movedError(target) : answerError(answer, doing(api, target, verb));
}

function previousOf({ object }: Found): Previous {
  return object === undefined ? { tag: 'absent' } : { tag: 'object', object: meaningOf(object), applied: appliedConfig(object) };
}

/** Of a route, what cannot be judged. */
const ROUTE_NOTE = 'Only who may call whom was judged; where calls would go, and how they would be carried, the diff says.';

/** So many are written down. */
const MAX_ACCEPTED = 50;

/** What is ready to be made. */
interface Ready {
  readonly found: Found;
  readonly api: ObjectApi;
  readonly decision: Decision;
  readonly operation: Operation;
  readonly diff: Diff;
  readonly previous: Previous;
  /** All of them accepted. */
  readonly impacts: readonly Impact[];
  readonly token: Redeemable;
  readonly after: JsonObject | undefined;
}

type Made = Pick<ChangeReport, 'status' | 'notes'> & { readonly change: number };

function make({ ports, principal }: ChangeContext, request: ChangeRequest, ready: Ready): Made {
  const { found, api, decision, operation, diff, previous, impacts, token } = ready;
  token.use();
  const record = recordIntent(ports, {
    principal,
    tool: request.tool,
    operation,
    target: found.target,
    summary: diffLines(diff),
    force: request.force,
    accepted: impacts.slice(0, MAX_ACCEPTED).map(({ id }) => id),
    reverts: request.reverts,
    previous,
  });
  const answer = write(api, found, decision, request.force);
  if (answer.tag === 'object' || answer.tag === 'deleted') {
    return done(ports, record, answer.tag === 'object' ? stateFingerprint(answer.object) : undefined, []);
  }
  if (isOpen(answer)) return lookBack(ports, api, ready, record);
  recordOutcome(ports, record, 'refused');
  throw errorOf(answer, api, found.target, decision.tag === 'delete' ? 'delete' : 'patch');
}

function write(api: ObjectApi, { target, only }: Found, decision: Decision, force: boolean): ObjectAnswer {
  if (decision.tag === 'apply') return applyObject(api, target, decision.config, { dryRun: false, force, only });
  return only === 'absent' ? { tag: 'absent', demo: false } : deleteObject(api, target, only, false);
}

type LogPorts = Parameters<typeof recordOutcome>[0];

function done(ports: LogPorts, record: ChangeRecord, state: string | undefined, notes: readonly string[]): Made {
  const recorded = recordOutcome(ports, record, 'made', state);
  const unrecorded = 'The store did not take the record of the outcome: the change log shows this change as begun.';
  return { status: 'made', change: record.id, notes: recorded ? notes : [...notes, unrecorded] };
}

/**
 * No answer came, or one of a server that failed on its way: the change may have been made, may still be on its way, or may never come. What the object looks like now is
 * all that can be known.
 */
function lookBack(ports: LogPorts, api: ObjectApi, { found, decision, after }: Ready, record: ChangeRecord): Made {
  const { target, only } = found;
  const now = readObject(api, target);
  const what = targetText(target);
  if (now.tag === 'absent' && decision.tag === 'delete') {
    return done(ports, record, undefined, [`The API did not answer the change, but ${what} is gone.`]);
  }
  if (now.tag === 'object' && decision.tag === 'apply' && sameJson(meaningOf(now.object), meaningOf(after))) {
    return done(ports, record, stateFingerprint(now.object), [`The API did not answer the change, but ${what} is as it was to become.`]);
  }
  recordOutcome(ports, record, 'unknown');
  return { status: 'unknown', change: record.id, notes: [unknownText(what, only, now)] };
}

function unknownText(what: string, only: Precondition | 'absent', now: ObjectAnswer): string {
  const begin = 'The Kubernetes API did not answer the change, so whether it was made is not known.';
  const state = now.tag === 'object' ? stateOf(now.object) : now.tag === 'absent' ? 'absent' : undefined;
  if (state === undefined) return `${begin} ${what} cannot be read at the moment either. Look at it before you try again.`;
  return sameState(only, state)
    ? `${begin} When looked at right after, ${what} was still as before; the change may yet come. Look again before you try again.`
    : `${begin} ${what} has changed since, but into something else than was planned. Look at it before you try again.`;
}
