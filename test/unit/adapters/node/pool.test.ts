import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import type { CompiledComponent } from '../../../../src/adapters/node/component.ts';
import { memoryStore } from '../../../../src/adapters/node/memory-store.ts';
import { InstancePool, type PoolLimits } from '../../../../src/adapters/node/pool.ts';
import { serveOverHttp } from '../../../e2e/support/serve.ts';
import { ask, dial } from '../../../e2e/support/wire.ts';

const FAKE: CompiledComponent = { module: new URL('./fake-component.js', import.meta.url).href, cores: new Map() };

let close: () => Promise<void> = async () => {};
afterEach(() => close());

async function start(limits: Partial<PoolLimits> = {}) {
  let log = '';
  const pool = await InstancePool.start({
    component: FAKE,
    config: new Map(),
    store: memoryStore(),
    print: (bytes) => {
      log += Buffer.from(bytes).toString();
    },
    say: (line) => {
      log += `${line}\n`;
    },
    limits: { minimum: 1, maximum: 2, ...limits },
  });
  const server = await serveOverHttp(pool);
  close = () => server.close();
  return { pool, url: server.url, get: (path: string) => ask(server.url + path), log: () => log };
}

describe('an instance', () => {
  it('serves one request and is replaced', async () => {
    const { get } = await start();
    for (let i = 0; i < 5; i++) expect((await get('/served')).text).toBe('1');
  });

  it('sees nothing of this process', async () => {
    const { get } = await start();
    expect(JSON.parse((await get('/environment')).text)).toEqual({ environment: [], arguments: [], process: [] });
  });

  it('may go on after its answer, and keeps nobody waiting for that', async () => {
    const { get } = await start({ maximum: 1 });
    expect((await get('/after')).text).toBe('answered');
    expect((await get('/read?after')).text).toBe('done');
  });

  it('writes to the log, whichever way it prints', async () => {
    const { get, log } = await start();
    await get('/print');
    await expect.poll(log).toContain('to the log\n');
    await expect.poll(log).toContain('and this');
  });
});

describe('an instance that fails', () => {
  it.each([
    ['traps', '/trap', 'on purpose'],
    ['exits', '/exit', 'called exit'],
    ['ends its whole thread', '/die', 'its thread ended'],
  ])('when it %s, is answered for with a 500, and the next request is served', async (_how, path, reason) => {
    const { get, log } = await start();
    const { status, headers, text } = await get(path);
    expect(status).toBe(500);
    expect(headers['content-type']).toBe('application/json');
    expect(JSON.parse(text)).toEqual({ error: { code: 'internal', message: expect.stringContaining('without an answer') } });
    expect(text).not.toContain(reason);
    expect(log()).toContain(reason);
    expect((await get('/served')).text).toBe('1');
  });

  it('when it ends without an answer, is answered for with a 500', async () => {
    const { get } = await start();
    expect((await get('/nothing')).status).toBe(500);
    expect((await get('/refuse')).status).toBe(500);
  });

  it('when it computes for ever, is ended, and its request answered', async () => {
    const { get, log } = await start({ computeMs: 300 });
    const hung = get('/hang');
    expect((await get('/served')).status).toBe(200);
    expect((await hung).status).toBe(500);
    expect(log()).toContain('computed for 300 ms');
    expect((await get('/served')).status).toBe(200);
  });

  it('when it waits too long in all, is ended, but not for waiting as such', async () => {
    const { get, log } = await start({ computeMs: 300, requestMs: 1000 });
    expect((await get('/wait?600')).text).toBe('waited');
    expect((await get('/wait?60000')).status).toBe(500);
    expect(log()).toContain('ran for 1000 ms');
  });

  it.each(['/trap-in-the-middle', '/drop-in-the-middle', '/too-short'])(
    'in the middle of its answer, breaks the connection: %s',
    async (path) => {
      const { get } = await start();
      await expect(get(path)).rejects.toThrow();
      expect((await get('/served')).status).toBe(200);
    },
  );
});

describe('a pool', () => {
  it('grows for long requests up to its maximum, and shrinks when they are over', async () => {
    const { pool, get } = await start({ maximum: 3, idleMs: 100 });
    expect(pool.size.workers).toBe(1);
    const long = Promise.all(Array.from({ length: 6 }, () => get('/wait?400')));
    await expect.poll(() => pool.size.workers, { timeout: 10_000 }).toBe(3);
    expect((await long).map(({ text }) => text)).toEqual(Array(6).fill('waited'));
    await expect.poll(() => pool.size.workers, { timeout: 10_000 }).toBe(1);
    expect((await get('/served')).text).toBe('1');
  });

  it('lets short requests by while long ones wait', async () => {
    const { get } = await start({ maximum: 4 });
    let over = false;
    const long = Promise.all([get('/wait?3000'), get('/wait?3000'), get('/wait?3000')]).finally(() => {
      over = true;
    });
    for (let i = 0; i < 20; i++) expect((await get('/served')).status).toBe(200);
    expect(over).toBe(false);
    await long;
  });

  it('answers 503 when too many wait', async () => {
    const { get } = await start({ maximum: 1, queue: 2 });
    const answers = await Promise.all(Array.from({ length: 6 }, () => get('/wait?300')));
    const refused = answers.filter(({ status }) => status === 503);
    expect(answers.filter(({ status }) => status === 200).length).toBe(3);
    expect(refused).toHaveLength(3);
    expect(refused[0]?.headers['retry-after']).toBe('1');
    expect(JSON.parse(refused[0]?.text ?? '')).toMatchObject({ error: { code: 'unavailable' } });
  });

  it('answers 503 when the wait becomes too long', async () => {
    const { get } = await start({ maximum: 1, queueMs: 100 });
    const long = get('/wait?1500');
    const waiting = await get('/served');
    expect(waiting.status).toBe(503);
    expect((await long).status).toBe(200);
  });

  it('forgets a waiting request whose client has left', async () => {
    const { pool, url, get } = await start({ maximum: 1 });
    const long = get('/wait?700');
    await expect.poll(() => pool.size.running).toBe(1);
    const socket = await dial(url);
    socket.write('GET /served HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await expect.poll(() => pool.size.waiting).toBe(1);
    socket.resetAndDestroy();
    await expect.poll(() => pool.size.waiting).toBe(0);
    await long;
  });

  it('settles when all are answered, and answers what it cuts off', async () => {
    const { pool, get } = await start();
    const quick = get('/wait?300');
    await expect.poll(() => pool.size.running).toBe(1);
    await pool.settle(10_000);
    expect((await quick).text).toBe('waited');

    const cut = get('/wait?60000');
    await expect.poll(() => pool.size.running).toBe(1);
    await pool.settle(50);
    await pool.close();
    expect((await cut).status).toBe(500);
    expect((await get('/served')).status).toBe(503);
  });

  it('does not start with a component that cannot be instantiated', async () => {
    const broken: CompiledComponent = {
      module: 'data:text/javascript,export const instantiate = () => { throw new Error("broken build") }',
      cores: new Map(),
    };
    const options = { component: broken, config: new Map(), store: memoryStore(), print: () => {}, say: () => {} };
    await expect(InstancePool.start(options)).rejects.toThrow('broken build');
  });
});

it('a request over an upgraded connection is answered like any other', async () => {
  const { url } = await start();
  const socket = await dial(url);
  socket.write('GET /served HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
  const [data] = await once(socket, 'data');
  expect(String(data)).toMatch(/^HTTP\/1\.1 200 /);
  socket.destroy();
});
