import { encodeUtf8 } from '../../lib/utf8.ts';
import type { KeyValue } from '../../ports/keyvalue.ts';
import { deleteAll, readAll, slices } from './batches.ts';
import { isCount, isTexts, parseStoredBytes } from './fields.ts';
import { DELTA_PREFIX, GRACE_MS, RETIRED_PREFIX, RETIRED_RECORDS, SHARD_PREFIX } from './keys.ts';
import { latestPlaceOf, mayBeInUse, nameOf, type Place, shardKey } from './stored.ts';

/** What one attempt to publish took out of the graph, or found that was left behind. */
interface Retired {
  /** The attempt's. */
  readonly turn: number;
  readonly at: number;
  readonly places: readonly Place[];
}

/** More than this does not fit into a record; the rest is left for a sweep. */
const MAX_PLACES = 16_000;

const RECORDS_IN_BATCH = 32;

const VERSION = 1;

/** Records lie in a ring, by the turn of their attempt. */
export function retiredKey(turn: number): string {
  return RETIRED_PREFIX + (turn % RETIRED_RECORDS).toString(36);
}

export function encodeRetired({ turn, at, places }: Retired): Uint8Array {
  return encodeUtf8(JSON.stringify({ version: VERSION, turn, at, places: places.slice(0, MAX_PLACES) }));
}

/** What is left to do after a collection. */
export interface Collected {
  /** The turn from which on records are left. */
  readonly retiredFrom: number;
  /** What is to be retired once more, because another publication may be about to use its name. */
  readonly postponed: readonly Place[];
}

/**
 * Deletes what was retired longer than `GRACE_MS` ago, by attempts from `retiredFrom` until before `turn`, and is not named again. `named`
 * are the names of all values that the head in the store names. Throws `MeshError` when the store does not answer.
 */
export function collectGarbage(keyvalue: KeyValue, now: number, named: ReadonlySet<string>, retiredFrom: number, turn: number): Collected {
  const places = new Set<Place>();
  const records: string[] = [];
  let from = pendingTurns(retiredFrom, turn)[0] ?? turn;
  for (const batch of slices(pendingTurns(retiredFrom, turn), RECORDS_IN_BATCH)) {
    const due = dueRecords(keyvalue, now, batch);
    for (const retired of due) {
      if (retired === undefined) continue;
      records.push(retiredKey(retired.turn));
      for (const place of retired.places) if (!named.has(nameOf(place))) places.add(place);
    }
    from += due.length;
    if (due.length < batch.length) break;
  }
  const postponed = [...places].filter((place) => mayBeInUse(place, turn));
  // Records go last, so that whoever dies in between leaves them to the next; what is postponed stays in its record until it is in another.
  deleteAll(keyvalue, [...places].filter((place) => !mayBeInUse(place, turn)).map(shardKey));
  if (postponed.length === 0) deleteAll(keyvalue, records);
  return { retiredFrom: from, postponed };
}

/** The records of these turns up to the first that is not due; undefined where there is none. */
function dueRecords(keyvalue: KeyValue, now: number, turns: readonly number[]): readonly (Retired | undefined)[] {
  const values = readAll(keyvalue, turns.map(retiredKey));
  const records = turns.map((turn, place) => decodeRetired(values[place], turn));
  // A time that lies further ahead than clocks may be apart says nothing.
  const waiting = records.findIndex((retired) => retired !== undefined && Math.abs(now - retired.at) <= GRACE_MS);
  return waiting === -1 ? records : records.slice(0, waiting);
}

/**
 * The values that neither the head nor a record names: what collectors left behind that died in the middle of a publication, or that had
 * their head overwritten by another's. They are not deleted here but given back, to be retired like any other: another collector may be
 * about to name them. Costs the size of the bucket. Throws `MeshError` when the store does not answer.
 */
export function sweep(keyvalue: KeyValue, named: ReadonlySet<string>, retiredFrom: number, turn: number, ring: number): readonly Place[] {
  const keys = keyvalue.keys();
  const pending = pendingTurns(retiredFrom, turn);
  const values = readAll(keyvalue, pending.map(retiredKey));
  const known = new Set(named);
  for (const [place, ofTurn] of pending.entries())
    for (const retired of decodeRetired(values[place], ofTurn)?.places ?? []) known.add(nameOf(retired));
  // A ring that was larger once.
  deleteAll(
    keyvalue,
    keys.filter((key) => key.startsWith(DELTA_PREFIX) && !(Number.parseInt(key.slice(DELTA_PREFIX.length), 36) < ring)),
  );
  return keys
    .filter((key) => key.startsWith(SHARD_PREFIX))
    .map((key) => key.slice(SHARD_PREFIX.length))
    .filter((name) => !known.has(name))
    .map((name) => latestPlaceOf(name, turn));
}

/** The attempts before this turn whose records may be left, oldest first. */
function pendingTurns(retiredFrom: number, turn: number): readonly number[] {
  const from = Math.max(retiredFrom, turn - RETIRED_RECORDS + 1);
  return Array.from({ length: Math.max(0, turn - from) }, (_, place) => from + place);
}

function decodeRetired(value: Uint8Array | undefined, ofTurn: number): Retired | undefined {
  const members = parseStoredBytes(value, VERSION);
  if (members === undefined) return undefined;
  const { turn, at, places } = members;
  return turn === ofTurn && isCount(at) && isTexts(places) ? { turn, at, places } : undefined;
}
