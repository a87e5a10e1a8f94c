import type { NodeId } from '../graph/model.ts';
import type { KeptObject, ObjectKey } from '../mesh/kept.ts';
import type { AccessAnswer } from '../policy/access/model.ts';

/** A change of one object, made or only thought of. */
export type ObjectChange = { readonly tag: 'put'; readonly object: KeptObject } | { readonly tag: 'delete'; readonly key: ObjectKey };

/** An observed edge that a change decides otherwise. */
export interface EdgeEffect {
  readonly source: NodeId;
  readonly destination: NodeId;
  readonly port?: number;
  /** Requests a second, or for TCP nothing. */
  readonly rps?: number;
  /** A call of which this is said, where it is not the same for all calls of the edge: `GET /orders`. Metrics do not tell how many of them there are. */
  readonly example?: string;
  readonly before: AccessAnswer;
  readonly after: AccessAnswer;
  /** Some of its calls are let in before and not after, even where both verdicts, which are those of the whole edge, are the same. */
  readonly cut?: boolean;
}

/** What a change would do to the traffic that was observed. */
export interface Effect {
  /** Edges whose verdict changes; those that are cut first, the busiest first. */
  readonly edges: readonly EdgeEffect[];
  /** How many observed edges were judged in all. */
  readonly judged: number;
  /** How many more were observed, with less traffic, and not judged, because there are too many; undefined is none. */
  readonly unjudged?: number;
  /** Requests a second that were let in before and are not after: all of an edge's where that is so for some of its calls. */
  readonly cutRps: number;
  /** Requests a second that were turned away before and are let in after, of edges where that is so for all of their calls. */
  readonly openedRps: number;
  /** What this does not know: edges whose caller has no name, paths that metrics do not tell, traffic that is stale. A sentence each. */
  readonly notes: readonly string[];
}
