import { describe, expect, it } from 'vitest';
import { HELP, parseArguments } from '../../../src/entry/host/arguments.ts';

const DEFAULTS = {
  port: 8000,
  host: '127.0.0.1',
  engine: 'quickjs',
  store: { tag: 'memory' },
  cluster: { tag: 'options' },
  prometheus: undefined,
  collect: true,
  writes: false,
  stdio: false,
  watch: false,
  quiet: false,
};

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
    expect(parseArguments(['--writes'], {})).toEqual({ tag: 'start', arguments: { ...DEFAULTS, writes: true } });
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

  it('takes the store from its flag, else from STORE', () => {
    const url = (text: string) => new URL(text);
    expect(parseArguments([], { STORE: 'nats://localhost:4222' })).toMatchObject({
      arguments: { store: { tag: 'nats', url: url('nats://localhost:4222') } },
    });
    expect(parseArguments(['--store', 'redis://:pass@host/1'], { STORE: 'nats://localhost:4222' })).toMatchObject({
      arguments: { store: { tag: 'redis', url: url('redis://:pass@host/1') } },
    });
    expect(parseArguments(['--store', 'memory'], { STORE: 'nonsense' })).toMatchObject({ arguments: { store: { tag: 'memory' } } });
    expect(parseArguments([], { STORE: '' })).toMatchObject({ arguments: { store: { tag: 'memory' } } });
  });

  it('refuses another store by naming the known ones, and does not repeat a password', () => {
    for (const parsed of [parseArguments(['--store', 'redis://:hush@host/x'], {}), parseArguments([], { STORE: 'mysql://u:hush@host' })]) {
      if (parsed.tag !== 'wrong') throw new Error('it was taken');
      expect(parsed.problem).toContain('memory, redis://');
      expect(parsed.problem).not.toContain('hush');
    }
  });

  it('finds the cluster by a kubeconfig, by a token file, or not at all', () => {
    const clusterOf = (args: readonly string[], env = {}) => {
      const parsed = parseArguments(args, env);
      return parsed.tag === 'start' ? parsed.arguments.cluster : parsed;
    };
    expect(clusterOf(['--context', 'home'])).toEqual({ tag: 'kubeconfig', context: 'home', file: undefined });
    expect(clusterOf(['--kubeconfig', '/f'])).toEqual({ tag: 'kubeconfig', context: undefined, file: '/f' });
    expect(clusterOf(['--context=home', '--kubeconfig=/f'], { KUBERNETES_URL: 'https://k', KUBERNETES_TOKEN_FILE: '/t' })).toEqual({
      tag: 'kubeconfig',
      context: 'home',
      file: '/f',
    });
    const env = { KUBERNETES_URL: 'https://k' };
    expect(clusterOf(['--kubernetes-token-file', '/t'], env)).toEqual({ tag: 'token-file', file: '/t' });
    expect(clusterOf([], { ...env, KUBERNETES_TOKEN_FILE: '/e' })).toEqual({ tag: 'token-file', file: '/e' });
    expect(clusterOf(['--kubernetes-token-file', '/t'], { ...env, KUBERNETES_TOKEN_FILE: '/e' })).toEqual({
      tag: 'token-file',
      file: '/t',
    });
    expect(clusterOf([], env)).toEqual({ tag: 'options' });
  });

  it.each([
    [['--kubernetes-token-file', '/t'], 'wants KUBERNETES_URL'],
    [['--kubernetes-token-file', '/t', '--context', 'home'], 'its own credentials'],
    [['--context='], 'want a value'],
    [['--kubeconfig', ''], 'want a value'],
  ])('refuses %j', (args, problem) => {
    expect(parseArguments(args, {})).toEqual({ tag: 'wrong', problem: expect.stringContaining(problem) });
  });

  it('takes a Prometheus, and leaves the collector out', () => {
    expect(parseArguments(['--prometheus', 'http://localhost:9090', '--no-collect'], {})).toEqual({
      tag: 'start',
      arguments: { ...DEFAULTS, prometheus: 'http://localhost:9090', collect: false },
    });
  });

  it('explains every flag in its help', () => {
    const parsed = parseArguments(['--unknown'], {});
    if (parsed.tag !== 'wrong') throw new Error('an unknown flag was taken');
    expect(parsed.problem).toContain('--kubernetes-token-file');
    for (const flag of parsed.problem.match(/--[a-z-]+(?= |$)/g) ?? []) if (flag !== '--unknown') expect(HELP).toContain(flag);
  });
});
