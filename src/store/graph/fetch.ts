import type { Ports } from '../../ports/ports.ts';
import { readAll } from './batches.ts';
import { join, keyOf, listRefs, type Refs } from './stored.ts';

/** A value that the head names is missing, is another by now, or cannot be read. */
export class MissingValue extends Error {}

/** A text to be read, and what becomes of it; false: it is not what it should be. */
export interface Wanted {
  readonly refs: Refs;
  readonly take: (text: string) => boolean;
}

// A replica of the store may be a little behind the one that took the head (NATS answers reads from any of them).
const REPLICA_PAUSES_MS = [50, 200];

/** Reads texts in one batch. Throws `MissingValue`, and `MeshError` when the store does not answer. */
export function fetchTexts({ keyvalue, clock }: Pick<Ports, 'keyvalue' | 'clock'>, wanted: readonly Wanted[]): void {
  let missing = fetchOnce(keyvalue, wanted);
  for (const pause of REPLICA_PAUSES_MS) {
    if (missing.length === 0) return;
    clock.sleep(pause);
    missing = fetchOnce(keyvalue, missing);
  }
  if (missing.length > 0) throw new MissingValue();
}

/** What was not there. */
function fetchOnce(keyvalue: Ports['keyvalue'], wanted: readonly Wanted[]): readonly Wanted[] {
  const lists = wanted.map(({ refs }) => listRefs(refs));
  const values = readAll(
    keyvalue,
    lists.flatMap((list) => list?.map(keyOf) ?? []),
  );
  let at = 0;
  return wanted.filter(({ take }, place) => {
    const list = lists[place];
    if (list === undefined) return true;
    const text = join(list, values.slice(at, at + list.length));
    at += list.length;
    return text === undefined || !take(text);
  });
}
