import { hashBytes } from '../../lib/hash.ts';
import { decodeUtf8, encodeUtf8 } from '../../lib/utf8.ts';
import { MAX_VALUE_BYTES, NAME_CLASSES, SHARD_PREFIX, TURNS_AT_ONCE } from './keys.ts';

/**
 * Which value of which publication: `7ps-c` is the thirteenth of turn 9999, both numbers to the base of 36. It lies under a name that comes
 * round again (`NAME_CLASSES`), the place does not.
 */
export type Place = string;

/**
 * Where a value lies and what is in it: `7ps-c.0123456789abcdef` is the value of that place, which begins with that hash. So a value is as
 * good as immutable, and one that was overwritten is one that is missing.
 */
export type Ref = string;

/**
 * Where a text lies: the refs of the values that it was cut into, in order, with commas between them; empty where there is no text. They
 * are taken apart when they are needed (`listRefs`): a reader of one namespace does not need most of those that it reads.
 */
export type Refs = string;

const REF = /^[0-9a-z]{1,10}-[0-9a-z]{1,6}\.[0-9a-f]{16}$/;
const HASH_LENGTH = 16;

/** A part of a text that fits into one value. */
export interface Piece {
  readonly hash: string;
  readonly bytes: Uint8Array;
}

/** A text in pieces of at most `MAX_VALUE_BYTES`; equal texts give equal pieces, an empty one gives none. */
export function cut(text: string): readonly Piece[] {
  return cutBytes(encodeUtf8(text));
}

export function cutBytes(bytes: Uint8Array): readonly Piece[] {
  return Array.from({ length: Math.ceil(bytes.length / MAX_VALUE_BYTES) }, (_, place) => {
    const piece = bytes.length <= MAX_VALUE_BYTES ? bytes : bytes.subarray(place * MAX_VALUE_BYTES, (place + 1) * MAX_VALUE_BYTES);
    return { hash: hashBytes(piece), bytes: piece };
  });
}

/** The value of a piece: its hash, then itself. */
export function pieceValue({ hash, bytes }: Piece): Uint8Array {
  const value = new Uint8Array(HASH_LENGTH + bytes.length);
  value.set(encodeUtf8(hash));
  value.set(bytes, HASH_LENGTH);
  return value;
}

export function placeOf(turn: number, nth: number): Place {
  return `${turn.toString(36)}-${nth.toString(36)}`;
}

/** The name of the value of a place: `0f-c`. */
export function nameOf(place: Place): string {
  return `${(turnOf(place) % NAME_CLASSES).toString(16).padStart(2, '0')}${place.slice(place.indexOf('-'))}`;
}

/**
 * The place of a name, supposing that it is of the latest turn that it can be of; of a later one, where the counter of turns has begun anew
 * since.
 */
export function latestPlaceOf(name: string, turn: number): Place {
  const latest = turn - classDistance(turn, Number.parseInt(name, 16));
  return `${(latest < 0 ? latest + NAME_CLASSES : latest).toString(36)}${name.slice(name.indexOf('-'))}`;
}

function turnOf(place: Place): number {
  return Number.parseInt(place, 36);
}

/** How many turns back from one the last is that has the names of another. */
function classDistance(turn: number, other: number): number {
  return (((turn - other) % NAME_CLASSES) + NAME_CLASSES) % NAME_CLASSES;
}

/**
 * Whether a publication that is on its way at this turn may be about to use the name of a place of long ago. Of what was written lately
 * nobody else does: its own publication is over, and names have not come round since.
 */
export function mayBeInUse(place: Place, turn: number): boolean {
  const age = turn - turnOf(place);
  if (age >= 0 && age <= TURNS_AT_ONCE) return false;
  const distance = classDistance(turn, turnOf(place));
  return Math.min(distance, NAME_CLASSES - distance) <= TURNS_AT_ONCE;
}

export function refOf(place: Place, { hash }: Piece): Ref {
  return `${place}.${hash}`;
}

export function placeIn(ref: Ref): Place {
  return ref.slice(0, ref.indexOf('.'));
}

export function hashIn(ref: Ref): string {
  return ref.slice(ref.indexOf('.') + 1);
}

export function shardKey(place: Place): string {
  return SHARD_PREFIX + nameOf(place);
}

export function keyOf(ref: Ref): string {
  return shardKey(placeIn(ref));
}

/** The single refs, or undefined where one of them is none. */
export function listRefs(refs: Refs): readonly Ref[] | undefined {
  if (refs === '') return [];
  const list = refs.split(',');
  return list.every((ref) => REF.test(ref)) ? list : undefined;
}

export function joinRefs(list: readonly Ref[]): Refs {
  return list.join(',');
}

/** Whether a text is stored under these refs already, piece by piece. */
export function isStored(refs: Refs, pieces: readonly Piece[]): boolean {
  const list = listRefs(refs) ?? [];
  return list.length === pieces.length && pieces.every(({ hash }, place) => hashIn(list[place] ?? '') === hash);
}

/** The text of values that stand where their refs stand, or undefined where one is missing or is another by now. */
export function join(list: readonly Ref[], values: readonly (Uint8Array | undefined)[]): string | undefined {
  const bytes = joinBytes(list, values);
  return bytes && decodeUtf8(bytes);
}

export function joinBytes(list: readonly Ref[], values: readonly (Uint8Array | undefined)[]): Uint8Array | undefined {
  const pieces: Uint8Array[] = [];
  for (const [place, ref] of list.entries()) {
    const value = values[place];
    if (value === undefined || value.length < HASH_LENGTH || decodeUtf8(value.subarray(0, HASH_LENGTH)) !== hashIn(ref)) return undefined;
    pieces.push(value.subarray(HASH_LENGTH));
  }
  const [only] = pieces;
  return pieces.length === 1 ? only : concatenate(pieces);
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
