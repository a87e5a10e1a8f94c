import type { Principal } from '../access/principal.ts';
import { MeshError } from '../lib/errors.ts';
import { isObject, type JsonObject } from '../lib/json.ts';
import { visibleText } from '../lib/visible-text.ts';
import type { Ports } from '../ports/ports.ts';
import type { Target } from './manifest.ts';
import { counted, readStored, slotName, storedBytes } from './stored.ts';
import { WRITABLE_KINDS } from './writable.ts';

/**
 * What was changed, by whom, and what it was before: a ring in the store, and a line in the log for each. A record is written before the change and completed after it,
 * so a server that dies in between leaves one that says `begun`. Without a record nothing is changed: who may change the mesh must not be able to do it unseen.
 *
 * The state before lies beside the record, so that reading the log stays cheap. It holds what the object held; whoever may read the store could read it in the mesh graph
 * as well.
 */
const COUNTER_KEY = 'change/records';
const RECORD_PREFIX = 'change/record/';
const PREVIOUS_PREFIX = 'change/previous/';

/** So many records are kept. */
export const RECORDS = 256;
/** A state of an object that is longer as JSON is not kept, and the change cannot be taken back by `revert_change`. */
export const MAX_PREVIOUS_CHARACTERS = 100_000;
const MAX_SUMMARY_LINES = 20;
const MAX_SUMMARY_CHARACTERS = 2_000;
const PAGE = 32;

export type Operation = 'create' | 'update' | 'delete';

/**
 *  - `begun`: nobody wrote down what became of it.
 *  - `made`: the API server did it. `refused`: it did not. `unknown`: no answer came, and looking did not tell.
 */
export const OUTCOMES = ['begun', 'made', 'refused', 'unknown'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** One change. */
export interface ChangeRecord {
  readonly id: number;
  /** When it was begun, milliseconds since 1970. */
  readonly at: number;
  readonly by: string;
  readonly via: string;
  readonly tool: string;
  readonly operation: Operation;
  readonly target: Target;
  /** Lines of the diff. */
  readonly summary: readonly string[];
  readonly force: boolean;
  /** The impacts that the caller accepted. */
  readonly accepted: readonly string[];
  readonly outcome: Outcome;
  /** Which change it takes back. */
  readonly reverts?: number;
  /** Fingerprint of what the object was after it, where that is known. */
  readonly state?: string;
}

/** What an object was before a change. */
export type Previous =
  | { readonly tag: 'absent' }
  /** `object`: its meaning; `applied`: what of it this server had applied. */
  | { readonly tag: 'object'; readonly object: JsonObject; readonly applied: JsonObject }
  /** It was too large to be kept. */
  | { readonly tag: 'too-large' };

type LogPorts = Pick<Ports, 'keyvalue' | 'clock' | 'log'>;

/** What is known of a change before it is made. */
export interface Intent {
  readonly principal: Principal;
  readonly tool: string;
  readonly operation: Operation;
  readonly target: Target;
  readonly summary: readonly string[];
  readonly force: boolean;
  readonly accepted: readonly string[];
  readonly reverts: number | undefined;
  readonly previous: Previous;
}

/** Whether a state of an object can be kept. */
export function canBeKept(previous: Previous): boolean {
  return previous.tag !== 'object' || JSON.stringify(previous).length <= MAX_PREVIOUS_CHARACTERS;
}

/** Writes down that a change is about to be made. Throws `MeshError('unavailable')` when the store does not take it: then it must not be made. */
export function recordIntent(ports: LogPorts, intent: Intent): ChangeRecord {
  const { principal, previous, reverts, ...known } = intent;
  try {
    const id = ports.keyvalue.increment(COUNTER_KEY, 1);
    const record: ChangeRecord = {
      id,
      at: ports.clock.now(),
      by: shownName(principal.name),
      via: principal.via,
      ...known,
      summary: shortSummary(known.summary),
      outcome: 'begun',
      ...(reverts === undefined ? {} : { reverts }),
    };
    const kept: Previous = canBeKept(previous) ? previous : { tag: 'too-large' };
    const slot = slotName(id, RECORDS);
    ports.keyvalue.set(PREVIOUS_PREFIX + slot, storedBytes({ id, previous: { ...kept } }));
    ports.keyvalue.set(RECORD_PREFIX + slot, storedBytes(recordJson(record)));
    say(ports, record);
    return record;
  } catch (error) {
    if (!(error instanceof MeshError)) throw error;
    throw new MeshError('unavailable', 'The change was not made: it cannot be recorded, because the store does not answer.', {
      cause: error,
    });
  }
}

/** Writes down what became of it; false where the store does not take that, so that the record still says `begun`. The log has it in any case. */
export function recordOutcome(ports: LogPorts, record: ChangeRecord, outcome: Outcome, state?: string): boolean {
  const done: ChangeRecord = { ...record, outcome, ...(state === undefined ? {} : { state }) };
  say(ports, done);
  try {
    ports.keyvalue.set(RECORD_PREFIX + slotName(record.id, RECORDS), storedBytes(recordJson(done)));
    return true;
  } catch (error) {
    if (!(error instanceof MeshError)) throw error;
    return false;
  }
}

const PLAIN_NAME = /^[A-Za-z0-9][A-Za-z0-9@._:|/+=-]{0,199}$/;
const MAX_NAME_CHARACTERS = 100;

/** A name comes from a token, and may be any text: what is more than a word is quoted and cut, for it is read by models and people. */
function shownName(name: string): string {
  return PLAIN_NAME.test(name) ? name : visibleText(JSON.stringify(name.slice(0, MAX_NAME_CHARACTERS)));
}

function say({ log }: LogPorts, { id, by, via, tool, operation, target, outcome, force, reverts }: ChangeRecord): void {
  const { kind, namespace, name } = target;
  log.write('info', 'change', { change: id, by, via, tool, operation, kind, namespace, name, outcome, force, reverts });
}

function recordJson({ target, summary, accepted, ...rest }: ChangeRecord): JsonObject {
  return { ...rest, target: { ...target }, summary, accepted };
}

function shortSummary(lines: readonly string[]): readonly string[] {
  let left = MAX_SUMMARY_CHARACTERS;
  const kept: string[] = [];
  for (const line of lines.slice(0, MAX_SUMMARY_LINES)) {
    left -= line.length;
    if (left < 0) break;
    kept.push(line);
  }
  return kept.length === lines.length ? kept : [...kept, `and ${lines.length - kept.length} more`];
}

/** A part of the log, the newest first. */
export interface LogPage {
  readonly records: readonly ChangeRecord[];
  /** Where to go on: below this number. Undefined at the end. */
  readonly before: number | undefined;
}

/** Reads records that pass a filter, below a number or from the newest on. Throws `MeshError('unavailable')` when the store does not answer. */
export function readLog(
  { keyvalue }: Pick<Ports, 'keyvalue'>,
  {
    below,
    limit,
    passes,
  }: { readonly below: number | undefined; readonly limit: number; readonly passes: (record: ChangeRecord) => boolean },
): LogPage {
  const newest = counted(keyvalue.get(COUNTER_KEY));
  const oldest = Math.max(1, newest - RECORDS + 1);
  const records: ChangeRecord[] = [];
  for (let high = Math.min(newest, (below ?? newest + 1) - 1); high >= oldest; high -= PAGE) {
    const ids = Array.from({ length: Math.min(PAGE, high - oldest + 1) }, (_, place) => high - place);
    const values = keyvalue.getMany(ids.map((id) => RECORD_PREFIX + slotName(id, RECORDS)));
    for (const [place, id] of ids.entries()) {
      const record = decodeRecord(values[place]);
      // One that was overwritten while we read, or whose writer died before it was there.
      if (record?.id !== id || !passes(record)) continue;
      records.push(record);
      if (records.length === limit) return { records, before: id > oldest ? id : undefined };
    }
  }
  return { records, before: undefined };
}

/** One record with what was before it; undefined where it is not, or no longer, kept. Throws `MeshError('unavailable')` when the store does not answer. */
export function findRecord(
  { keyvalue }: Pick<Ports, 'keyvalue'>,
  id: number,
): { readonly record: ChangeRecord; readonly previous: Previous } | undefined {
  const slot = slotName(id, RECORDS);
  const [value, before] = keyvalue.getMany([RECORD_PREFIX + slot, PREVIOUS_PREFIX + slot]);
  const record = decodeRecord(value);
  const kept = readStored(before);
  if (record?.id !== id || kept?.id !== id) return undefined;
  const previous = decodePrevious(kept.previous);
  return previous === undefined ? undefined : { record, previous };
}

function decodePrevious(value: unknown): Previous | undefined {
  if (!isObject(value)) return undefined;
  if (value.tag === 'absent' || value.tag === 'too-large') return { tag: value.tag };
  const { object, applied } = value;
  // What was parsed from JSON is JSON.
  return isObject(object) && isObject(applied)
    ? { tag: 'object', object: object as JsonObject, applied: applied as JsonObject }
    : undefined;
}

function decodeRecord(value: Uint8Array | undefined): ChangeRecord | undefined {
  const stored = readStored(value);
  if (stored === undefined || !isObject(stored.target)) return undefined;
  const { id, at, by, via, tool, operation, summary, force, accepted, outcome, reverts, state } = stored;
  const { namespace, name, version } = stored.target;
  const kind = WRITABLE_KINDS.find((each) => each === (isObject(stored.target) ? stored.target.kind : undefined));
  const known = OUTCOMES.find((each) => each === outcome);
  if (typeof id !== 'number' || typeof at !== 'number' || typeof by !== 'string' || typeof via !== 'string' || typeof tool !== 'string')
    return undefined;
  if (operation !== 'create' && operation !== 'update' && operation !== 'delete') return undefined;
  if (kind === undefined || typeof namespace !== 'string' || typeof name !== 'string' || typeof version !== 'string') return undefined;
  if (known === undefined || !isTexts(summary) || !isTexts(accepted)) return undefined;
  return {
    id,
    at,
    by,
    via,
    tool,
    operation,
    target: { kind, namespace, name, version },
    summary,
    force: force === true,
    accepted,
    outcome: known,
    ...(typeof reverts === 'number' ? { reverts } : {}),
    ...(typeof state === 'string' ? { state } : {}),
  };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
