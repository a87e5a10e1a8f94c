import { describe, expect, it } from 'vitest';
import { scaleSection, scaleSectionOf, withScaleSection } from '../../../../bench/scale/report.ts';
import {
  cpuBetween,
  isUpkeep,
  judgeScale,
  type MatrixFigures,
  median,
  peakMemory,
  type ScaleFigures,
} from '../../../../bench/scale/results.ts';

const MIB = 2 ** 20;

function figures(
  namespaces: number,
  change: Partial<{ cpuMs: number; churnMs: number; memory: number; wrote: readonly string[] }> = {},
): ScaleFigures {
  const { cpuMs = 10, churnMs = 49, memory = 511 * MIB, wrote = [] } = change;
  const store = { reads: 3, readBytes: 1000, writes: 2, writtenBytes: 300 };
  const run = { cpuMs: 40, memoryBytes: 7 * MIB, requests: 37, bytes: 30_000, store };
  const question = { cpuMs, answerBytes: 5000, reads: 3, readBytes: 14_000 };
  return {
    namespaces,
    build: { cpuMs: 1000, memoryBytes: 100 * MIB },
    first: { ...run, memoryBytes: memory },
    trafficWhole: true,
    quiet: run,
    quietWrote: wrote,
    churn: { ...run, cpuMs: churnMs },
    spread: run,
    questions: {
      'get_mesh_graph, one namespace': question,
      get_service: question,
      'list_services, one namespace': question,
      'check_access, one caller': question,
      'check_access, all callers': question,
      'get_mesh_graph, overview': question,
    },
    stored: { keys: 77, bytes: 560_000 },
  };
}

const tables = (istioMs: number): MatrixFigures => {
  const question = { answerBytes: 20_000, reads: 3, readBytes: 200_000 };
  return { linkerd: { ...question, cpuMs: 80 }, istio: { ...question, cpuMs: istioMs } };
};
const verdicts = (sizes: readonly ScaleFigures[], matrix: MatrixFigures | undefined = tables(99.9)) =>
  judgeScale(sizes, matrix).map(({ verdict }) => verdict);

describe('the aims of scale', () => {
  it('are met on the line', () => {
    expect(verdicts([figures(10), figures(1000, { cpuMs: 13 })])).toEqual(Array(10).fill('met'));
  });

  it.each([
    ['a namespace', { cpuMs: 13.1 }, [0, 1, 2, 3, 4]],
    ['a quiet run', { wrote: ['mesh/head'] }, [5]],
    ['churn', { churnMs: 50 }, [6]],
    ['memory', { memory: 512 * MIB }, [7]],
  ])('are missed just beyond: %s', (_what, change, missed) => {
    const found = verdicts([figures(10), figures(1000, change)]);
    expect(found.flatMap((verdict, place) => (verdict === 'missed' ? [place] : []))).toEqual(missed);
  });

  it('are missed where a table of very many callers takes too long', () => {
    expect(verdicts([figures(10), figures(1000)], tables(100)).slice(-2)).toEqual(['met', 'missed']);
  });

  it('are open where a size was not measured', () => {
    expect(verdicts([figures(10), figures(100)])).toEqual([
      'not measured',
      'not measured',
      'not measured',
      'not measured',
      'not measured',
      'met',
      'not measured',
      'not measured',
      'met',
      'met',
    ]);
    expect(judgeScale([], undefined).map(({ verdict }) => verdict)).toEqual(Array(10).fill('not measured'));
  });
});

describe('figures', () => {
  const marks = [
    { doing: 'begin', cpuMs: 5, memoryBytes: 1 },
    { doing: 'prometheus', cpuMs: 9, memoryBytes: 7 },
    { doing: 'end', cpuMs: 12, memoryBytes: 3 },
  ] as const;

  it('are differences of marks, and the largest memory', () => {
    expect(cpuBetween(marks)).toBe(7);
    expect(cpuBetween(marks, marks[1])).toBe(4);
    expect(cpuBetween([])).toBe(0);
    expect(peakMemory(marks)).toBe(7);
  });

  it('take the one in the middle', () => {
    expect(median([9, 1, 3])).toBe(3);
    expect(median([2, 1])).toBe(2);
    expect(() => median([])).toThrow('median');
  });

  it('count the lease and the counters of /metrics as what every run writes', () => {
    expect(['mcp/leader', 'metrics/collector/runs/ok', 'mesh/head', 'mesh/resume'].filter(isUpkeep)).toEqual([
      'mcp/leader',
      'metrics/collector/runs/ok',
    ]);
  });
});

describe('the section in bench/results.md', () => {
  const section = scaleSection([figures(10), { ...figures(1000), trafficWhole: false }], tables(90), 'Quiet.');
  const FILE = '# Benchmark results\n\n## Aims\n\na\n\n## How it was measured\n\nb\n';

  it('has aims, runs, tools and store', () => {
    expect(section).toMatch(/^## Scale\n/);
    for (const part of ['met', '| quiet ', 'cut off', '| get_service ', 'x 1.00', '77']) expect(section).toContain(part);
    expect(section).not.toMatch(/undefined|NaN/);
  });

  it('stands before the method, and takes the place of an older one', () => {
    const once = withScaleSection(FILE, section);
    expect(once).toBe(FILE.replace('## How it was measured', () => `${section.trimEnd()}\n\n## How it was measured`));
    expect(scaleSectionOf(once).trimEnd()).toBe(section.trimEnd());
    expect(withScaleSection(once, section)).toBe(once);
    expect(withScaleSection(once, '## Scale\n\nother\n')).toBe(
      FILE.replace('## How it was measured', '## Scale\n\nother\n\n## How it was measured'),
    );
    expect(scaleSectionOf(FILE)).toBe('');
  });

  it('is put at the end of a file without a method', () => {
    const once = withScaleSection('# Benchmark results\n', section);
    expect(withScaleSection(once, section)).toBe(once);
  });
});
