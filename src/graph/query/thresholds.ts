/** How a figure is: `fair` is between good and a warning; `unknown` where there is none. */
export const LEVELS = ['critical', 'warning', 'fair', 'good', 'unknown'] as const;
export type Level = (typeof LEVELS)[number];

export const SIGNALS = ['success', 'p50', 'p99', 'meshed'] as const;
export type SignalName = (typeof SIGNALS)[number];

/**
 * Where each level begins. What should be high is good from `good`, a warning from `warning` and critical below; what should be low is good up to `good`, fair
 * below `warning`, a warning below `critical` and critical from there. Shares are 0 to 1, times are milliseconds.
 */
export const THRESHOLDS = {
  success: { better: 'high', good: 0.999, warning: 0.99 },
  p50: { better: 'low', good: 10, warning: 50, critical: 100 },
  p99: { better: 'low', good: 100, warning: 500, critical: 1000 },
  meshed: { better: 'high', good: 1, warning: 0.9 },
} as const satisfies Record<SignalName, Threshold>;

type Threshold =
  | { readonly better: 'high'; readonly good: number; readonly warning: number }
  | { readonly better: 'low'; readonly good: number; readonly warning: number; readonly critical: number };

/** The level of a signal's value. */
export function levelOf(signal: SignalName, value: number | undefined): Level {
  if (value === undefined) return 'unknown';
  const threshold: Threshold = THRESHOLDS[signal];
  if (threshold.better === 'high') return value >= threshold.good ? 'good' : value >= threshold.warning ? 'warning' : 'critical';
  if (value <= threshold.good) return 'good';
  return value < threshold.warning ? 'fair' : value < threshold.critical ? 'warning' : 'critical';
}

/** The worst of several levels; `unknown` only where there is no other. */
export function worstOf(levels: readonly Level[]): Level {
  return LEVELS.find((level) => levels.includes(level)) ?? 'unknown';
}

/** From this share on, an edge counts as carried by mutual TLS: what is less than half a percent is a rest of the change to it. */
export const SECURED = 0.995;
