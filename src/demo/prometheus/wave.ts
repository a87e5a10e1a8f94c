import { hashText } from '../../lib/hash.ts';
import { momentAt } from '../kubernetes/lively.ts';
import type { DemoCall } from './traffic.ts';

/** Traffic that swells and ebbs: how much there was up to a time, in seconds' worth of its mean. Never goes down. Milliseconds since 1970 in. */
export type Wave = (ms: number) => number;

/** How the demo's traffic moves. */
export interface Motion {
  /** How far traffic swells above its mean and ebbs below it: 0 is not at all, 1 to nothing and to twice as much. */
  readonly amplitude: number;
  /** When the demo cluster began to change (`demo/kubernetes/lively.ts`); absent where it stands still. */
  readonly livelySinceMs?: number;
}

/** When all counters began. */
const BEGINNING_MS = Date.parse('2020-01-01T00:00:00Z');

const PERIOD_S = 600;

/** A wave of its own phase for each name, always the same one. */
export function waveOf(name: string, { amplitude }: Motion): Wave {
  const phase = (Number.parseInt(hashText(name).slice(0, 8), 16) / 2 ** 32) * 2 * Math.PI;
  const omega = (2 * Math.PI) / PERIOD_S;
  return (ms) => {
    const seconds = Math.max(0, ms - BEGINNING_MS) / 1000;
    return seconds + (amplitude / omega) * (Math.cos(phase) - Math.cos(omega * seconds + phase));
  };
}

/** The wave of a call, which is a part of itself where a route splits it: then it follows the route's weights, and does not swell. */
export function callWave(name: string, part: DemoCall['part'], motion: Motion): Wave {
  if (part === undefined) return waveOf(name, motion);
  const canary = canarySeconds(motion.livelySinceMs);
  if (part === 'canary') return canary;
  return (ms) => Math.max(0, ms - BEGINNING_MS) / 1000 - canary(ms);
}

/** The weights come round after so long, and change at whole seconds. */
const WEIGHTS_S = 80;

/** The share of the canary in each second of a round, and what it has come to before that second. */
const CANARY_SHARES = Array.from({ length: WEIGHTS_S }, (_, second) => momentAt(second * 1000).canaryPercent / 100);
const CANARY_SUMS = Array.from({ length: WEIGHTS_S + 1 }, (_, second) =>
  CANARY_SHARES.slice(0, second).reduce((sum, share) => sum + share, 0),
);

/** The share of the canary, summed over time. */
function canarySeconds(sinceMs: number | undefined): Wave {
  const [initially = 0] = CANARY_SHARES;
  const round = CANARY_SUMS.at(-1) ?? 0;
  return (ms) => {
    const start = sinceMs ?? ms;
    const before = (Math.max(0, Math.min(ms, start) - BEGINNING_MS) / 1000) * initially;
    const since = Math.max(0, ms - start) / 1000;
    const second = Math.floor(since) % WEIGHTS_S;
    const within = (CANARY_SUMS[second] ?? 0) + (CANARY_SHARES[second] ?? 0) * (since - Math.floor(since));
    return before + Math.floor(since / WEIGHTS_S) * round + within;
  };
}
