import type { Name } from '../../../bench/contestants.ts';
import type { LoadReport } from '../../../bench/load.ts';
import { LEVELS, OPERATIONS } from '../../../bench/operations.ts';
import { type Cell, cellKey, type Outcome, type Outcomes } from '../../../bench/results.ts';

/** A report of the load tool with so many requests per second. */
export function reportOf(requestsPerSecond: number): LoadReport {
  return {
    requests: requestsPerSecond,
    errors: 0,
    errorSamples: null,
    seconds: 1,
    requestsPerSecond,
    latencyMs: { p50: 1000 / requestsPerSecond, p95: 2000 / requestsPerSecond, p99: 3000 / requestsPerSecond, max: 9 },
    dials: 1,
    fullReads: 1,
    bodyBytes: 100,
  };
}

/** Outcomes in which each server has the same figures everywhere. */
export function outcomesOf(figures: Partial<Record<Name, { readonly requestsPerSecond: number; readonly p50: number }>>): Outcomes {
  return new Map(
    Object.entries(figures).map(([name, { requestsPerSecond, p50 }]): [Name, Outcome] => {
      const cell: Cell = { requestsPerSecond, p50, p95: 2 * p50, p99: 3 * p50, spread: 0.25, bodyBytes: 30_000 };
      const cells = new Map(OPERATIONS.flatMap((operation) => LEVELS.map((level) => [cellKey(operation, level), cell] as const)));
      // The keys are those of the record.
      return [name as Name, { tag: 'measured', cells }];
    }),
  );
}
