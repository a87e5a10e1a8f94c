/** Time. */
export interface Clock {
  /** Wall time, milliseconds since 1970-01-01T00:00:00Z. */
  now(): number;
  /** A time that never goes back, in milliseconds, for durations and deadlines. */
  monotonic(): number;
  /** Blocks for a while, in milliseconds. */
  sleep(ms: number): void;
}
