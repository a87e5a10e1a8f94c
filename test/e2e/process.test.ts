import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { build } from '../../scripts/build.ts';
import { ROOT } from '../../scripts/wit.ts';
import { runProgram } from './support/programs.ts';
import { soon } from './support/soon.ts';
import { startUpstreams } from './support/upstreams.ts';
import { callRpc } from './support/wire.ts';

const HOST = path.join(ROOT, 'src/entry/host.ts');

beforeAll(() => build({ engines: ['quickjs'], typeCheck: false, say: () => {} }), 120_000);

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** The program behind `npm start`, with nothing in its environment but what is given. */
function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [HOST, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let out = '';
  let err = '';
  child.stdout.on('data', (piece) => {
    out += piece;
  });
  child.stderr.on('data', (piece) => {
    err += piece;
  });
  // `close` comes after the last of both outputs.
  const closed = once(child, 'close').then(([code]) => ({ code, out, err }));
  return {
    child,
    closed,
    ready: async () => {
      const url = () => /is ready: (http:\S+)\/v1\/mcp/.exec(out)?.[1];
      // The first start after a build translates the component.
      await expect.poll(() => url() ?? err, { timeout: 50_000 }).toMatch(/^http:/);
      return { url: url() ?? '', lines: out.trimEnd().split('\n') };
    },
    err: () => err,
  };
}

describe('npm start', { timeout: 60_000 }, () => {
  it('says where it is ready, with which demos, and a curl line that works', async () => {
    const { ready, child, closed } = run(['--port', '0']);
    const { lines } = await ready();
    expect(lines[0]).toMatch(/ \(demo Petstore, demo cluster, demo Prometheus\)$/);
    expect(lines).toHaveLength(2);
    expect(await runProgram('sh', ['-c', lines[1] ?? ''])).toContain('get_pet_find_by_status');
    // A terminal's Ctrl-C comes twice: from the terminal, and from npm.
    child.kill('SIGINT');
    child.kill('SIGINT');
    expect((await closed).code).toBe(0);
  });

  it('on SIGTERM lets a running request come to its end, takes no more, and ends with 0', async () => {
    const upstreams = await startUpstreams();
    const { reached, release } = upstreams.hold();
    const { ready, child, closed } = run(['--port', '0', '--quiet', '--no-collect'], upstreams.options);
    const { url, lines } = await ready();
    expect(lines[0]).not.toContain('demo');
    const call = callRpc(url, 'tools/call', { name: 'get_store_inventory', arguments: {} });
    await reached;
    child.kill('SIGTERM');
    await soon(() =>
      fetch(`${url}/healthz`).then(
        () => 'served',
        () => 'refused',
      ),
    ).toBe('refused');
    release();
    expect((await call).message).toMatchObject({ result: { structuredContent: expect.anything() } });
    expect(await closed).toMatchObject({ code: 0, err: expect.not.stringContaining('lost') });
    await upstreams.close();
  });

  it('reads PORT, and says clearly when that port is in use', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    const { port } = blocker.address() as AddressInfo;
    const { code, err } = await run([], { PORT: String(port) }).closed;
    expect(code).toBe(1);
    expect(err).toContain(`port ${port} is in use`);
    blocker.close();
  });

  it('names every option of the component that is wrong', async () => {
    const { code, err } = await run(['--port', '0'], { PETSTORE_URL: 'nonsense', MAX_BATCH: '0' }).closed;
    expect(code).toBe(1);
    expect(err).toContain('PETSTORE_URL must be');
    expect(err).toContain('MAX_BATCH must be');
  });

  it('warns when it can be reached from other machines', async () => {
    const { ready, err } = run(['--port', '0', '--host', '0.0.0.0']);
    await ready();
    expect(err()).toContain('Warning: 0.0.0.0');
    expect(err()).toContain('ANONYMOUS_ROLE');
  });
});
