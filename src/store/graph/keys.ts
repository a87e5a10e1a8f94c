/** The one key that decides what the graph is: it is written last, so whatever it names has been written. */
export const HEAD_KEY = 'mesh/head';
/**
 * A random text, written when a collector finds the store without one: a head that carries another was written for a store that is gone.
 */
export const EPOCH_KEY = 'mesh/epoch';
/** Left by a reader that found a value of the head missing. */
export const DAMAGED_KEY = 'mesh/damaged';
/** Counts attempts to publish; only ever incremented. */
export const TURN_KEY = 'mesh/turn';
export const RESUME_KEY = 'mesh/resume';
export const SNAPSHOT_KEY = 'mesh/snapshot';
export const LEADER_KEY = 'mcp/leader';

export const SHARD_PREFIX = 'mesh/shard/';
export const DELTA_PREFIX = 'mesh/delta/';
export const RETIRED_PREFIX = 'mesh/retired/';
export const STANDBY_PREFIX = 'mcp/standby/';

/**
 * Names come round again: a publication names its values by its turn modulo this and a running number. On NATS a deleted key leaves a mark
 * in its bucket for ever (nats.rs, `kv::Store::delete`: "sets a `DELETE` marker"; wasmCloud's buckets have no age limit), so a bucket of
 * names that are used once would grow without end.
 */
export const NAME_CLASSES = 256;

/** A publication is over before as many others have begun. */
export const TURNS_AT_ONCE = 64;

/** How many records of retired values there are at most: more than publications within `GRACE_MS`. */
export const RETIRED_RECORDS = 256;

/** How far the clocks of two hosts may be apart. */
export const MAX_SKEW_MS = 60_000;

/** A value that no head names stays for a minute, on any of the clocks: whoever took the head before may still read it. */
export const GRACE_MS = 60_000 + MAX_SKEW_MS;

/** Stores take 256 KiB; the rest is for what envelopes a part. */
export const MAX_VALUE_BYTES = 240 * 1024;
