import { setTimeout as pause } from 'node:timers/promises';

/** How long a server may take to start, to answer that it is ready, or to end, on a busy machine. */
export const PATIENCE_MS = 60_000;
/** Between two looks: short beside any start, long beside the cost of one. */
const STEP_MS = 25;

/**
 * Asks until there is an answer other than undefined. Throws after `limitMs` with `what` and the last error; an error of `ask` counts as no
 * answer yet, unless it is a `GiveUp`.
 */
export async function until<Answer>(what: string, ask: () => Promise<Answer | undefined>, limitMs = PATIENCE_MS): Promise<Answer> {
  const deadline = Date.now() + limitMs;
  let last: unknown;
  while (Date.now() < deadline) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
      last = undefined;
    } catch (error) {
      if (error instanceof GiveUp) throw error;
      last = error;
    }
    await pause(STEP_MS);
  }
  throw new Error(`${what}: not within ${limitMs} ms${last === undefined ? '' : `; last: ${last}`}`, { cause: last });
}

/** Thrown where asking again is pointless, such as after the process has ended. */
export class GiveUp extends Error {}
