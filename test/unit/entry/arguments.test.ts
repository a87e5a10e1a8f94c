import { describe, expect, it } from 'vitest';
import { HELP, parseArguments } from '../../../src/entry/host/arguments.ts';

const DEFAULTS = { port: 8000, host: '127.0.0.1', engine: 'quickjs', stdio: false, watch: false, quiet: false };

describe('the command line', () => {
  it('needs nothing', () => {
    expect(parseArguments([], {})).toEqual({ tag: 'start', arguments: DEFAULTS });
  });

  it('wins over the environment', () => {
    const env = { PORT: '9000', HOST: '::1' };
    expect(parseArguments([], env)).toEqual({ tag: 'start', arguments: { ...DEFAULTS, port: 9000, host: '::1' } });
    expect(parseArguments(['--port=9001', '--host', 'localhost'], env)).toEqual({
      tag: 'start',
      arguments: { ...DEFAULTS, port: 9001, host: 'localhost' },
    });
  });

  it('knows its flags', () => {
    expect(parseArguments(['--engine', 'starlingmonkey', '--stdio', '--watch', '--quiet'], {})).toEqual({
      tag: 'start',
      arguments: { ...DEFAULTS, engine: 'starlingmonkey', stdio: true, watch: true, quiet: true },
    });
    expect(parseArguments(['-h'], {})).toEqual({ tag: 'help' });
  });

  it.each([[['--pot', '1']], [['serve']], [['--port']], [['--stdio=yes']]])('refuses %j and lists what it knows', (args) => {
    const parsed = parseArguments(args, {});
    expect(parsed).toEqual({ tag: 'wrong', problem: expect.stringContaining('--engine') });
  });

  it.each(['x', '-1', '65536', '1.5', ''])('refuses the port %j', (port) => {
    expect(parseArguments([`--port=${port}`], {})).toEqual({ tag: 'wrong', problem: expect.stringContaining('0 to 65535') });
  });

  it('refuses an unknown engine by naming the known ones', () => {
    expect(parseArguments(['--engine', 'v8'], {})).toEqual({ tag: 'wrong', problem: expect.stringContaining('quickjs or starlingmonkey') });
  });

  it('explains every flag in its help', () => {
    const parsed = parseArguments(['--unknown'], {});
    if (parsed.tag !== 'wrong') throw new Error('an unknown flag was taken');
    for (const flag of parsed.problem.match(/--[a-z]+(?= |$)/g) ?? []) if (flag !== '--unknown') expect(HELP).toContain(flag);
  });
});
