/** What the project wants to reach, as a table that a run is held against. */
import type { Name } from './contestants.ts';
import type { OperationName } from './operations.ts';
import { cellOf, type Outcomes, ratio } from './results.ts';

export interface Aim {
  readonly text: string;
  /** The measured figure, in words; undefined where it was not measured. */
  readonly found: string | undefined;
  readonly verdict: 'met' | 'missed' | 'not measured';
}

const LOCAL: readonly OperationName[] = ['tools/list', 'tools/call, local'];
const MAX_P50_MS = 1;
const TIMES_USUAL = 10;

/** Holds the figures against every aim. */
export function judge(outcomes: Outcomes): readonly Aim[] {
  return [
    ...LOCAL.map((operation) => quick(outcomes, operation)),
    ...LOCAL.map((operation) => atLeast(outcomes, 'quickjs', 'node-sdk-v1', operation, 1, 'the plain Node server')),
    ...LOCAL.map((operation) => atLeast(outcomes, 'quickjs', 'usual-component', operation, TIMES_USUAL, 'the usual component')),
    atLeast(outcomes, 'quickjs-tuned', 'go-sdk', 'tools/list', 1, 'the Go server', ', resident memory tuned'),
  ];
}

function quick(outcomes: Outcomes, operation: OperationName): Aim {
  const p50 = cellOf(outcomes, 'quickjs', operation, 'alone')?.p50;
  return {
    text: `${operation}: p50 at most ${MAX_P50_MS} ms alone`,
    found: p50 === undefined ? undefined : `${p50.toFixed(2)} ms`,
    verdict: p50 === undefined ? 'not measured' : p50 <= MAX_P50_MS ? 'met' : 'missed',
  };
}

function atLeast(outcomes: Outcomes, name: Name, other: Name, operation: OperationName, times: number, whose: string, how = ''): Aim {
  const found = ratio(outcomes, name, other, operation, 'busy');
  const factor = times === 1 ? '' : `${times} times `;
  return {
    text: `${operation}${how}: at least ${factor}${whose}'s requests per second`,
    found: found === undefined ? undefined : `${found.toFixed(2)} times`,
    verdict: found === undefined ? 'not measured' : found >= times ? 'met' : 'missed',
  };
}
