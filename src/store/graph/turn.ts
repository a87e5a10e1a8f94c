import type { KeyValue } from '../../ports/keyvalue.ts';
import { MAX_SKEW_MS, TURN_KEY } from './keys.ts';

/**
 * NATS answers an increment that met another with an error (wasmCloud, wasi_keyvalue/nats.rs: read, then update by revision); few meet more
 * than once.
 */
const TRIES = 8;

/** Generations of as many publications at once are told apart. */
const AT_ONCE = 8;

/**
 * A number that no other publication has, where the host's counter is atomic; those of publications at the same time lie close together.
 * Throws `MeshError` when the store does not answer.
 */
export function takeTurn(keyvalue: KeyValue): number {
  for (let attempt = 1; attempt < TRIES; attempt++) {
    try {
      return keyvalue.increment(TURN_KEY, 1);
    } catch {
      // Another came first, or the store is gone: the last attempt tells.
    }
  }
  return keyvalue.increment(TURN_KEY, 1);
}

/**
 * The generation of a publication: more than the one before it; at least the time in seconds, so that generations do not run backwards over
 * a store that was wiped, or that came back as it was some minutes ago (Redis, from its last dump), and a client that asks for what changed
 * since a generation gets no other history; and another than that of any publication at the same time. Without one before it, a minute
 * ahead: who wrote to the wiped store may have had a faster clock.
 */
export function generationOf(turn: number, previous: number | undefined, now: number): number {
  const seconds = Math.floor(now / 1000);
  const least = previous === undefined ? seconds + MAX_SKEW_MS / 1000 + AT_ONCE : Math.max(previous + 1, seconds);
  return least + ((((turn - least) % AT_ONCE) + AT_ONCE) % AT_ONCE);
}
