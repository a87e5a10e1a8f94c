import { decodeUtf8, encodeUtf8 } from '../../lib/utf8.ts';
import type { KeyValue } from '../../ports/keyvalue.ts';
import { parseStoredBytes } from './fields.ts';
import { decodeHead, type Head, type Mark, markOf, type StoredHead } from './head.ts';
import { DAMAGED_KEY, EPOCH_KEY, HEAD_KEY } from './keys.ts';

/** What the store says of itself. */
export interface StoreState {
  readonly epoch: string | undefined;
  /** Of whatever lies under the head's key. */
  readonly mark: Mark | undefined;
  /** The head as far as it can be read, also one that no longer holds. */
  readonly written: Head | undefined;
  /** The head that holds: one that was written since the store was wiped last. */
  readonly stored: StoredHead | undefined;
  /** A reader found that a value of this very head is missing. */
  readonly damaged: boolean;
  /** The values of the other keys that were asked for. */
  readonly others: readonly (Uint8Array | undefined)[];
}

/** Reads the state, and other keys with it, in one batch. Throws `MeshError` when the store does not answer. */
export function readState(keyvalue: KeyValue, others: readonly string[] = []): StoreState {
  const [headValue, epochValue, damagedValue, ...values] = keyvalue.getMany([HEAD_KEY, EPOCH_KEY, DAMAGED_KEY, ...others]);
  const epoch = epochValue && decodeUtf8(epochValue);
  const mark = headValue && markOf(headValue);
  const written = decodeHead(headValue);
  const stored = mark !== undefined && written !== undefined && written.epoch === epoch ? { head: written, mark } : undefined;
  return { epoch, mark, written, stored, damaged: mark !== undefined && damagedHead(damagedValue) === mark, others: values };
}

/** What to make of a value that is missing. */
export type Missing = 'overtaken' | 'damaged';

/**
 * Why a value of this head is missing: another head holds by now, or the store lost it. Then says so in the store, which lets the next run
 * of a collector write everything anew. Throws `MeshError` when the store does not answer.
 */
export function reportMissing(keyvalue: KeyValue, { mark }: StoredHead): Missing {
  if (readState(keyvalue).stored?.mark !== mark) return 'overtaken';
  keyvalue.set(DAMAGED_KEY, encodeUtf8(JSON.stringify({ version: VERSION, head: mark })));
  return 'damaged';
}

const VERSION = 1;

function damagedHead(value: Uint8Array | undefined): unknown {
  return parseStoredBytes(value, VERSION)?.head;
}
