import { describe, expect, it } from 'vitest';
import { cellOf, medianRound, ratio } from '../../../bench/results.ts';
import { outcomesOf, reportOf } from './figures.ts';

describe('medianRound', () => {
  it('takes the round in the middle with its own times', () => {
    const cell = medianRound([reportOf(400), reportOf(100), reportOf(200)]);
    expect(cell).toMatchObject({ requestsPerSecond: 200, p50: 5, p95: 10, p99: 15, bodyBytes: 100 });
    expect(cell.spread).toBeCloseTo((400 - 100) / 200);
  });

  it('takes the slower one of two', () => {
    expect(medianRound([reportOf(300), reportOf(200)]).requestsPerSecond).toBe(200);
  });

  it('has no spread with one round, and no median of none', () => {
    expect(medianRound([reportOf(50)])).toMatchObject({ requestsPerSecond: 50, spread: 0 });
    expect(() => medianRound([])).toThrow('no rounds');
  });
});

describe('ratio', () => {
  const outcomes = outcomesOf({ quickjs: { requestsPerSecond: 300, p50: 1 }, 'go-sdk': { requestsPerSecond: 200, p50: 1 } });

  it('divides requests per second', () => {
    expect(ratio(outcomes, 'quickjs', 'go-sdk', 'tools/list', 'busy')).toBe(1.5);
  });

  it('is undefined where one was not measured or failed', () => {
    expect(ratio(outcomes, 'quickjs', 'node-sdk-v1', 'tools/list', 'busy')).toBeUndefined();
    const failed = new Map([...outcomes, ['go-sdk', { tag: 'failed', problem: 'no' }] as const]);
    expect(ratio(failed, 'quickjs', 'go-sdk', 'tools/list', 'busy')).toBeUndefined();
    expect(cellOf(failed, 'go-sdk', 'tools/list', 'busy')).toBeUndefined();
  });
});
