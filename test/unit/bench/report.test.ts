import { describe, expect, it } from 'vitest';
import { failureSection, figureSections, ratioSection, resultsFile, table } from '../../../bench/report.ts';
import { outcomesOf } from './figures.ts';

const OUTCOMES = outcomesOf({ quickjs: { requestsPerSecond: 2000, p50: 0.5 }, 'node-sdk-v1': { requestsPerSecond: 500, p50: 2 } });

describe('the report', () => {
  it('pads its tables', () => {
    expect(table(['a', 'figure'], [['first', '1']])).toBe('| a     | figure |\n| ----- | -----: |\n| first |      1 |\n');
  });

  it('has a line for each server in each table', () => {
    const lines = figureSections(OUTCOMES).split('\n');
    expect(lines.filter((line) => line.startsWith('| Node, SDK v1'))).toHaveLength(4);
    expect(lines.find((line) => line.startsWith('| mesh-mcp, QuickJS'))).toMatch(
      /\| +2,000 \| +0\.50 \| +1\.00 \| +1\.50 \| +2,000 \| .* x 1\.0 \| +25 % \|$/,
    );
  });

  it('compares with ours, and has nothing to compare without', () => {
    expect(ratioSection(OUTCOMES)).toMatch(/\| Node, SDK v1 .*\| +x 4\.00 \| +x 4\.00 \| +x 4\.00 \| +x 4\.00 \|/);
    expect(ratioSection(outcomesOf({ 'go-sdk': { requestsPerSecond: 1, p50: 1 } }))).toBe('');
  });

  it('says why a server is not in the tables', () => {
    expect(failureSection(OUTCOMES)).toBe('');
    expect(failureSection(new Map([['go-sdk', { tag: 'failed', problem: 'tools/list: 3 tools, not 20' }]]))).toContain('3 tools, not 20');
  });

  it('is one file with figures, aims, method and machine', () => {
    const text = resultsFile(OUTCOMES, [['Processor', 'a fast one']], { rounds: 3, warmUpMs: 700, durationMs: 2000 });
    for (const part of ['## Aims', '## tools/list', '## Ratios', '0.7 s of warm-up, then 2 s', '(30.0 kB with ours)', 'a fast one']) {
      expect(text).toContain(part);
    }
    expect(text).not.toMatch(/\n{3}|undefined|NaN/);
  });
});
