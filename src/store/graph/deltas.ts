import type { Operation } from '../../graph/diff.ts';
import { isObject } from '../../lib/json.ts';
import { encodeUtf8 } from '../../lib/utf8.ts';
import type { KeyValue } from '../../ports/keyvalue.ts';
import { decodeAll, isCount, isText, parseStoredBytes } from './fields.ts';
import type { Mark, StoredHead } from './head.ts';
import { DELTA_PREFIX, MAX_VALUE_BYTES } from './keys.ts';

/** How the public graph changed from one generation to the next. */
export interface Delta {
  readonly previous: number;
  readonly generation: number;
  /** When the generation was published, milliseconds since 1970. */
  readonly at: number;
  readonly operations: readonly Operation[];
}

/**
 * The changes in order; or a gap, which only reading the graph anew bridges: that generation is none that led to this one (the store was
 * wiped, or another collector's was overwritten), it fell out of the ring, or so much changed that reading the graph costs less.
 */
export type Deltas =
  | { readonly tag: 'deltas'; readonly deltas: readonly Delta[] }
  | { readonly tag: 'gap'; readonly why: 'unknown-generation' | 'too-old' | 'too-large' };

/** A delta with the heads that it leads from and to. Without operations it says only that there were too many. */
interface StoredDelta extends Omit<Delta, 'operations'> {
  readonly head: Mark;
  readonly previousHead: Mark;
  readonly operations: readonly Operation[] | undefined;
}

/** A longer patch is not kept. */
export const MAX_PATCH_LENGTH = 200 * 1024;
/** A longer chain is not read. */
const MAX_CHAIN_BYTES = 2 * 1024 * 1024;

// Read backwards, so that a reader that is a little behind reads little.
const FIRST_BATCH = 8;
const MAX_BATCH = 64;

const VERSION = 1;

/** Deltas lie in a ring, by the sequence of their publication. */
export function deltaKey(sequence: number, ring: number): string {
  return DELTA_PREFIX + (sequence % ring).toString(36);
}

/** The operations of a delta as they come; it stops keeping them once they are too many to be told. */
export class PatchText {
  readonly #texts: string[] = [];
  #length = 0;

  get isFull(): boolean {
    return this.#length > MAX_PATCH_LENGTH;
  }

  add(operations: readonly Operation[]): void {
    for (const operation of operations) {
      if (this.isFull) return;
      const text = JSON.stringify(operation);
      this.#length += text.length + 1;
      this.#texts.push(text);
    }
    if (this.isFull) this.#texts.length = 0;
  }

  /** As a member of a delta; undefined where it is too large. */
  get json(): string | undefined {
    return this.isFull ? undefined : `[${this.#texts.join(',')}]`;
  }
}

/** The value of a delta between two heads. */
export function encodeDelta(from: StoredHead, to: StoredHead, patch: PatchText): Uint8Array {
  const ends = JSON.stringify({
    version: VERSION,
    previous: from.head.generation,
    previousHead: from.mark,
    generation: to.head.generation,
    head: to.mark,
    at: to.head.at,
  }).slice(0, -1);
  const told = patch.json === undefined ? undefined : encodeUtf8(`${ends},"patch":${patch.json}}`);
  // Longer than its characters where they are not ASCII.
  return told !== undefined && told.length <= MAX_VALUE_BYTES ? told : encodeUtf8(`${ends},"full":true}`);
}

/**
 * All changes from a generation to the head, oldest first; none where it is the head's own. The chain is followed backwards from the head,
 * each delta by the heads that it joins: what another collector wrote for a head that was overwritten, and what is left of a store that was
 * wiped, is no part of it. Throws `MeshError` when the store does not answer.
 */
export function readDeltas(keyvalue: KeyValue, from: number, { head, mark }: StoredHead): Deltas {
  const deltas: Delta[] = [];
  let next = { generation: head.generation, mark, sequence: head.sequence };
  let bytes = 0;
  let batch = FIRST_BATCH;
  while (next.generation > from) {
    const length = Math.min(batch, head.ring - deltas.length, next.sequence);
    if (length === 0) return { tag: 'gap', why: 'too-old' };
    const { sequence } = next;
    for (const value of keyvalue.getMany(Array.from({ length }, (_, back) => deltaKey(sequence - back, head.ring)))) {
      const delta = decodeDelta(value);
      if (delta === undefined || delta.head !== next.mark || delta.generation !== next.generation) return { tag: 'gap', why: 'too-old' };
      const { head: _, previousHead, operations, ...rest } = delta;
      bytes += value?.length ?? 0;
      if (operations === undefined || bytes > MAX_CHAIN_BYTES) return { tag: 'gap', why: 'too-large' };
      deltas.push({ ...rest, operations });
      next = { generation: delta.previous, mark: previousHead, sequence: next.sequence - 1 };
      if (next.generation <= from) break;
    }
    batch = Math.min(batch * 2, MAX_BATCH);
  }
  return next.generation === from ? { tag: 'deltas', deltas: deltas.reverse() } : { tag: 'gap', why: 'unknown-generation' };
}

function decodeDelta(value: Uint8Array | undefined): StoredDelta | undefined {
  const members = parseStoredBytes(value, VERSION);
  if (members === undefined) return undefined;
  const { previous, previousHead, generation, head, at, patch, full } = members;
  if (!isCount(previous) || !isText(previousHead) || !isCount(generation) || !isText(head) || !isCount(at)) return undefined;
  const ends = { previous, previousHead, generation, head, at };
  if (full === true) return { ...ends, operations: undefined };
  const operations = decodeAll(patch, decodeOperation);
  return operations && { ...ends, operations };
}

function decodeOperation(value: unknown): Operation | undefined {
  if (!isObject(value) || !isText(value.path)) return undefined;
  const { op, path } = value;
  if (op === 'remove') return { op, path };
  if (!Object.hasOwn(value, 'value')) return undefined;
  if (op === 'add') return { op, path, value: value.value };
  if (op !== 'replace') return undefined;
  return { op, path, value: value.value, ...(Object.hasOwn(value, 'was') ? { was: value.was } : {}) };
}
