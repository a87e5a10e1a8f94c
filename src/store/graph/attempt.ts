import type { Ports } from '../../ports/ports.ts';
import { WriteBuffer } from './batches.ts';
import { collectGarbage, sweep } from './garbage.ts';
import type { Head, Mark } from './head.ts';
import type { RestartReason } from './publication.ts';
import { readState, type StoreState } from './state.ts';
import {
  hashIn,
  joinRefs,
  listRefs,
  nameOf,
  type Piece,
  type Place,
  pieceValue,
  placeIn,
  placeOf,
  type Refs,
  refOf,
  shardKey,
} from './stored.ts';
import { generationOf, takeTurn } from './turn.ts';

/** What a writer started from no longer holds. */
export class Restart extends Error {
  readonly why: RestartReason;

  constructor(why: RestartReason) {
    super(why);
    this.why = why;
  }
}

/** What a writer started from. */
export interface Origin {
  readonly epoch: string;
  /** Of what lay under the head's key. */
  readonly mark: Mark | undefined;
  /** The head that lay there, also one that did not hold. */
  readonly written: Head | undefined;
  /** The head that held; undefined: the writer started with nothing. */
  readonly head: Head | undefined;
}

/** What to do besides publishing. */
export interface Duties {
  /** Delete what was retired long enough ago. */
  readonly collect: boolean;
  /** Look through the whole store for leftovers. */
  readonly sweep: boolean;
}

/** One publication in so many looks for what was left behind without a trace. */
const SWEEP_EVERY = 256;

/**
 * Begins a publication with the first thing that must be written: looks whether the store is as the writer knows it, takes a turn, and
 * cleans up before anything is added, so that a collector that dies again and again in the middle does not fill the store. `named` are the
 * names of all that the origin's head names. Throws `Restart`, and `MeshError` when the store does not answer.
 */
export function beginAttempt(
  { keyvalue, clock, random }: Pick<Ports, 'keyvalue' | 'clock' | 'random'>,
  origin: Origin,
  named: ReadonlySet<string>,
  ring: number,
  duties: Duties,
): Attempt {
  checkUnchanged(origin, readState(keyvalue));
  const { head, written } = origin;
  const at = clock.now();
  const turn = takeTurn(keyvalue);
  // Where the counter has begun anew, so have the records.
  const from = Math.min(written?.retiredFrom ?? turn, turn);
  const collected = head !== undefined && duties.collect ? collectGarbage(keyvalue, at, named, from, turn) : undefined;
  // Another turn was taken and no head came of it: somebody died on the way, or is on the way, or was overwritten.
  const leftovers = turn !== (written?.turn ?? 0) + 1;
  const sweeps = duties.sweep || leftovers || head === undefined || random.fraction() * SWEEP_EVERY < 1;
  const left = sweeps ? sweep(keyvalue, named, from, turn, ring) : [];
  return new Attempt(keyvalue, origin, named, {
    at,
    turn,
    generation: generationOf(turn, written?.generation, at),
    sequence: (written?.sequence ?? 0) + 1,
    retiredFrom: collected?.retiredFrom ?? from,
    retired: [...(collected?.postponed ?? []), ...left],
  });
}

/** What a publication begins with. */
interface Beginning {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly turn: number;
  readonly generation: number;
  readonly sequence: number;
  readonly retiredFrom: number;
  /** To be retired with what the publication itself retires. */
  readonly retired: readonly Place[];
}

/** One publication on its way. */
export class Attempt {
  readonly beginning: Omit<Beginning, 'retired'>;
  readonly buffer: WriteBuffer;
  readonly #keyvalue: Ports['keyvalue'];
  readonly #origin: Origin;
  readonly #named: ReadonlySet<string>;
  readonly #retired: Set<Place>;
  #places = 0;

  constructor(keyvalue: Ports['keyvalue'], origin: Origin, named: ReadonlySet<string>, { retired, ...beginning }: Beginning) {
    this.beginning = beginning;
    this.buffer = new WriteBuffer(keyvalue);
    this.#keyvalue = keyvalue;
    this.#origin = origin;
    this.#named = named;
    this.#retired = new Set(retired);
  }

  /**
   * Writes what is to stand in the place of what lies under these refs, now or with the next batch. A piece that is there already stays
   * where it is; what is no longer named is retired. Throws `MeshError` when the store does not answer.
   */
  replace(before: Refs, pieces: readonly Piece[]): Refs {
    const old = listRefs(before) ?? [];
    const list = pieces.map((piece, place) => {
      const there = old[place];
      if (there !== undefined && hashIn(there) === piece.hash) return there;
      const fresh = this.#nextPlace();
      this.buffer.add(shardKey(fresh), pieceValue(piece));
      return refOf(fresh, piece);
    });
    for (const ref of old) if (!list.includes(ref)) this.#retired.add(placeIn(ref));
    return joinRefs(list);
  }

  get retired(): readonly Place[] {
    return [...this.#retired];
  }

  /** Throws `Restart` when another head came in between. */
  checkAgain(): void {
    checkUnchanged(this.#origin, readState(this.#keyvalue));
  }

  #nextPlace(): Place {
    for (;;) {
      const place = placeOf(this.beginning.turn, this.#places++);
      // Names come round: a value of long ago may still be named.
      if (!this.#named.has(nameOf(place))) return place;
    }
  }
}

function checkUnchanged({ epoch, mark, head }: Origin, state: StoreState): void {
  if (state.epoch !== epoch) throw new Restart('wiped');
  if (state.mark !== mark) throw new Restart('overtaken');
  if (head !== undefined && state.damaged) throw new Restart('damaged');
}
