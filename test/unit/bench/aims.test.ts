import { describe, expect, it } from 'vitest';
import { judge } from '../../../bench/aims.ts';
import { outcomesOf } from './figures.ts';

const AT_THE_LINE = {
  quickjs: { requestsPerSecond: 1000, p50: 1 },
  'quickjs-tuned': { requestsPerSecond: 5000, p50: 0.3 },
  'node-sdk-v1': { requestsPerSecond: 1000, p50: 1 },
  'usual-component': { requestsPerSecond: 100, p50: 20 },
  'go-sdk': { requestsPerSecond: 5000, p50: 0.2 },
};

const verdicts = (figures: Parameters<typeof outcomesOf>[0]) => judge(outcomesOf(figures)).map(({ verdict }) => verdict);

describe('the aims', () => {
  it('are all met on the line', () => {
    expect(verdicts(AT_THE_LINE)).toEqual(Array(7).fill('met'));
  });

  it.each([
    ['the time alone', { quickjs: { requestsPerSecond: 1000, p50: 1.01 } }, [0, 1]],
    ['the Node server', { 'node-sdk-v1': { requestsPerSecond: 1001, p50: 1 } }, [2, 3]],
    ['ten times the usual component', { 'usual-component': { requestsPerSecond: 100.1, p50: 1 } }, [4, 5]],
    ['the Go server', { 'go-sdk': { requestsPerSecond: 5001, p50: 1 } }, [6]],
  ])('are missed just beyond: %s', (_what, change, missed) => {
    const found = verdicts({ ...AT_THE_LINE, ...change });
    expect(found.flatMap((verdict, index) => (verdict === 'missed' ? [index] : []))).toEqual(missed);
  });

  it('are open where nothing was measured', () => {
    expect(verdicts({ 'go-sdk': { requestsPerSecond: 1, p50: 1 } })).toEqual(Array(7).fill('not measured'));
  });
});
