import { now as monotonicNow, subscribeDuration } from 'wasi:clocks/monotonic-clock@0.2.12';
import { now as wallNow } from 'wasi:clocks/wall-clock@0.2.12';
import type { Clock } from '../../ports/clock.ts';
import { dispose, fromU64, toU64 } from './resource.ts';

export const NANOSECONDS_PER_MS = 1_000_000;

/** The host's clocks. */
export const wasiClock: Clock = {
  now: () => {
    const { seconds, nanoseconds } = wallNow();
    return fromU64(seconds) * 1000 + Math.floor(nanoseconds / NANOSECONDS_PER_MS);
  },
  monotonic: () => fromU64(monotonicNow()) / NANOSECONDS_PER_MS,
  sleep: (ms) => {
    const pollable = subscribeDuration(toU64(ms * NANOSECONDS_PER_MS));
    pollable.block();
    dispose(pollable);
  },
};
