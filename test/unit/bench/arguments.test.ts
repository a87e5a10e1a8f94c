import { describe, expect, it } from 'vitest';
import { helpText, parseArguments } from '../../../bench/arguments.ts';

const NAMES = ['one', 'two', 'three'];

describe('the arguments of npm run bench', () => {
  it('measure every server in full without any', () => {
    const parsed = parseArguments([], NAMES);
    expect(parsed).toMatchObject({ tag: 'run', only: NAMES, full: true });
    expect(parsed.tag === 'run' && parsed.pace.rounds).toBeGreaterThan(1);
  });

  it('are quick on request, and then nothing is kept', () => {
    const [quick, full] = [parseArguments(['--quick'], NAMES), parseArguments([], NAMES)];
    if (quick.tag !== 'run' || full.tag !== 'run') throw new Error('neither is wrong');
    expect(quick.full).toBe(false);
    expect(quick.pace.rounds * quick.pace.durationMs).toBeLessThan(full.pace.rounds * full.pace.durationMs);
  });

  it('choose servers, in the order of the table', () => {
    expect(parseArguments(['--only', 'three', '--only', 'one'], NAMES)).toMatchObject({ tag: 'run', only: ['one', 'three'], full: false });
  });

  it.each([
    [['--only', 'four'], 'four'],
    [['--only'], '--only'],
    [['--fast'], '--fast'],
    [['one'], 'one'],
    [['scale', 'one'], 'one'],
    [['scale', 'scale'], 'scale'],
    [['scale', '--only', 'one'], '--only'],
  ])('refuse %j', (args, named) => {
    const parsed = parseArguments(args, NAMES);
    expect(parsed.tag === 'wrong' && parsed.problem).toContain(named);
  });

  it('choose the scale part alone, and keep its figures unless they are quick', () => {
    expect(parseArguments(['scale'], NAMES)).toEqual({ tag: 'scale', full: true });
    expect(parseArguments(['scale', '--quick'], NAMES)).toEqual({ tag: 'scale', full: false });
  });

  it('ask for help, which names the servers', () => {
    expect(parseArguments(['--help'], NAMES)).toEqual({ tag: 'help' });
    expect(helpText(NAMES)).toContain('one, two, three');
  });
});
