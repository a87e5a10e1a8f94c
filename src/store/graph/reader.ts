import { MeshError } from '../../lib/errors.ts';
import type { Ports } from '../../ports/ports.ts';
import { MissingValue } from './fetch.ts';
import type { GraphReader } from './graph-reader.ts';
import { headReader } from './head-reader.ts';
import { LEADER_KEY } from './keys.ts';
import { decodeLeader, LEASE_MS, type Leader } from './lease.ts';
import { readSnapshot } from './snapshot.ts';
import { snapshotReader } from './snapshot-reader.ts';
import { readState, reportMissing } from './state.ts';

export type { GraphReader };

/** More than this many publications do not overtake one answer. */
const TRIES = 4;

/** There is no graph in the store. */
export class GraphAbsent extends MeshError {
  /** A collector is at work, and the graph will be there in a moment. */
  readonly collecting: boolean;

  constructor(collecting: boolean) {
    super(
      'unavailable',
      collecting
        ? 'The mesh graph is being made; try again in a moment. If this lasts, the collector cannot read the cluster, and its log says why.'
        : 'There is no mesh graph in the store yet. The collector fills it within a few seconds of its first run: if this lasts, check the ticker that calls /v1/collect, and its token.',
      { retryAfterMs: collecting ? 1000 : 5000 },
    );
    this.collecting = collecting;
  }
}

/** Why the head is of no use. */
type Trouble = 'absent' | 'damaged' | 'overtaken';

/**
 * Answers from the graph, from one generation of it: `use` runs again where a value that it wants is gone because another generation took
 * its place. Where the store lacks a value that its head names, says so in the store, and the next run of a collector writes everything
 * anew; until then a snapshot answers, if there is one. Throws `GraphAbsent` where there is no graph, `MeshError('unavailable')` where it
 * cannot be read or the store does not answer, and what `use` throws.
 */
export function withGraph<Answer>(ports: Pick<Ports, 'keyvalue' | 'clock'>, use: (reader: GraphReader) => Answer): Answer {
  let trouble: Trouble = 'overtaken';
  let collecting = false;
  for (let attempt = 1; attempt <= TRIES && trouble === 'overtaken'; attempt++) {
    const { stored, damaged, others } = readState(ports.keyvalue, [LEADER_KEY]);
    if (stored === undefined || damaged) {
      trouble = damaged ? 'damaged' : 'absent';
      collecting = isAlive(decodeLeader(others[0]), ports.clock.now());
      break;
    }
    try {
      return use(headReader(ports, stored, decodeLeader(others[0])));
    } catch (error) {
      if (!(error instanceof MissingValue)) throw error;
      trouble = reportMissing(ports.keyvalue, stored);
    }
  }
  const snapshot = readSnapshot(ports.keyvalue, ports.clock.now());
  if (snapshot === undefined) throw trouble === 'absent' ? new GraphAbsent(collecting) : unavailable(trouble);
  return use(snapshotReader(snapshot, WHY_SNAPSHOT[trouble]));
}

const WHY_SNAPSHOT: Readonly<Record<Trouble, string>> = {
  absent: 'The store lost the mesh graph; this is a snapshot, until the collector has written it anew.',
  damaged: 'The store lost a part of the mesh graph; this is a snapshot, until the collector has written it anew.',
  overtaken: 'The mesh graph changes faster than it can be read; this is a snapshot.',
};

function isAlive(leader: Leader | undefined, now: number): boolean {
  return leader !== undefined && Math.abs(now - leader.renewedAt) < LEASE_MS;
}

function unavailable(trouble: Exclude<Trouble, 'absent'>): MeshError {
  return trouble === 'damaged'
    ? new MeshError(
        'unavailable',
        'The store lost a part of the mesh graph. The next run of the collector writes it anew; try again in a few seconds.',
        {
          retryAfterMs: 5000,
        },
      )
    : new MeshError('unavailable', 'The mesh graph changed while it was being read; try again.', { retryAfterMs: 1000 });
}
