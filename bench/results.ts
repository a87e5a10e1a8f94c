/** What a run found, and the arithmetic on it. */
import type { Name } from './contestants.ts';
import type { LoadReport } from './load.ts';
import type { Level, OperationName } from './operations.ts';

/** One figure of the tables: the round whose requests per second are the median, and how far the rounds lie apart. */
export interface Cell {
  readonly requestsPerSecond: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** (best - worst) / median of the requests per second over the rounds; 0 with one round. */
  readonly spread: number;
  readonly bodyBytes: number;
}

export type Cells = ReadonlyMap<string, Cell>;

/** A server's figures, or what was wrong with its answers. */
export type Outcome = { readonly tag: 'measured'; readonly cells: Cells } | { readonly tag: 'failed'; readonly problem: string };
export type Outcomes = ReadonlyMap<Name, Outcome>;

export function cellKey(operation: OperationName, level: Level): string {
  return `${operation} ${level}`;
}

/** The figure of a server; undefined where it was not measured. */
export function cellOf(outcomes: Outcomes, name: Name, operation: OperationName, level: Level): Cell | undefined {
  const outcome = outcomes.get(name);
  return outcome?.tag === 'measured' ? outcome.cells.get(cellKey(operation, level)) : undefined;
}

/** Puts the rounds of one measurement together. Throws on none. */
export function medianRound(rounds: readonly LoadReport[]): Cell {
  const sorted = rounds.toSorted((a, b) => a.requestsPerSecond - b.requestsPerSecond);
  // Of an even number the slower one of the two in the middle: a round that was really measured, with times that belong together.
  const median = sorted[Math.ceil(sorted.length / 2) - 1];
  const [worst, best] = [sorted[0], sorted.at(-1)];
  if (median === undefined || worst === undefined || best === undefined) throw new Error('there is no median of no rounds');
  const { p50, p95, p99 } = median.latencyMs;
  return {
    requestsPerSecond: median.requestsPerSecond,
    p50,
    p95,
    p99,
    spread: (best.requestsPerSecond - worst.requestsPerSecond) / median.requestsPerSecond,
    bodyBytes: median.bodyBytes,
  };
}

/** How many times as many requests a second; undefined where one of the two was not measured. */
export function ratio(outcomes: Outcomes, name: Name, other: Name, operation: OperationName, level: Level): number | undefined {
  const [one, two] = [cellOf(outcomes, name, operation, level), cellOf(outcomes, other, operation, level)];
  return one === undefined || two === undefined || two.requestsPerSecond === 0 ? undefined : one.requestsPerSecond / two.requestsPerSecond;
}
