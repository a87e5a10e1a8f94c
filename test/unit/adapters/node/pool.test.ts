import { once } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { CompiledComponent } from '../../../../src/adapters/node/component.ts';
import { askInProcess } from '../../../../src/adapters/node/in-process.ts';
import { memoryStore } from '../../../../src/adapters/node/memory-store.ts';
import { InstancePool, type PoolLimits } from '../../../../src/adapters/node/pool.ts';
import { serveOverHttp } from '../../../e2e/support/serve.ts';
import { soon } from '../../../e2e/support/soon.ts';
import { ask, dial } from '../../../e2e/support/wire.ts';

vi.setConfig({ testTimeout: 30_000 });

const FAKE: CompiledComponent = { module: new URL('./fake-component.js', import.meta.url).href, cores: new Map() };

let close: () => Promise<void> = async () => {};
afterEach(() => close());

async function start(limits: Partial<PoolLimits> = {}) {
  let log = '';
  const store = memoryStore();
  const pool = await InstancePool.start({
    component: FAKE,
    config: new Map(),
    store,
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
  const get = (path: string) => ask(server.url + path);
  return {
    pool,
    url: server.url,
    get,
    log: () => log,
    /** A request of the host's own. */
    behind: (path: string) =>
      askInProcess(
        (request, sink) => pool.runInBackground(request, sink),
        { method: 'GET', path, host: 'localhost', headers: [], body: '' },
        new AbortController().signal,
      ),
    /** That many requests that run until they are released. Those that are cut off at a test's end fail, which is nobody's concern. */
    hold: (count: number) => {
      const requests = Array.from({ length: count }, () => get('/until?go'));
      const answers = Promise.all(requests);
      answers.catch(() => {});
      return {
        answers,
        release: async () => (await store.open('')).set('go', new Uint8Array(1)),
      };
    },
  };
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
    await soon(log).toContain('to the log\n');
    await soon(log).toContain('and this');
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
    const { pool, get, hold } = await start({ maximum: 3, idleMs: 100 });
    expect(pool.size.workers).toBe(1);
    const { answers, release } = hold(6);
    await soon(() => pool.size).toEqual({ workers: 3, running: 3, waiting: 3 });
    await release();
    expect((await answers).map(({ text }) => text)).toEqual(Array(6).fill('released'));
    await soon(() => pool.size.workers).toBe(1);
    expect((await get('/served')).text).toBe('1');
  });

  it('lets short requests by while long ones wait', async () => {
    const { pool, get, hold } = await start({ maximum: 4 });
    const { answers, release } = hold(3);
    for (let i = 0; i < 20; i++) expect((await get('/served')).status).toBe(200);
    await soon(() => pool.size.running).toBe(3);
    await release();
    expect((await answers).map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  it('answers 503 when too many wait', async () => {
    const { pool, get, hold } = await start({ maximum: 1, queue: 2 });
    const { answers, release } = hold(3);
    await soon(() => pool.size).toEqual({ workers: 1, running: 1, waiting: 2 });
    const { status, headers, text } = await get('/served');
    expect(status).toBe(503);
    expect(headers['retry-after']).toBe('1');
    expect(JSON.parse(text)).toMatchObject({ error: { code: 'unavailable' } });
    await release();
    expect((await answers).map((answer) => answer.status)).toEqual([200, 200, 200]);
  });

  it('answers 503 when the wait becomes too long', async () => {
    const { pool, get, hold } = await start({ maximum: 1, queueMs: 100 });
    const { answers, release } = hold(1);
    await soon(() => pool.size.running).toBe(1);
    expect((await get('/served')).status).toBe(503);
    await release();
    expect((await answers)[0]?.status).toBe(200);
  });

  it('forgets a waiting request whose client has left', async () => {
    const { pool, url, hold } = await start({ maximum: 1 });
    const { answers, release } = hold(1);
    await soon(() => pool.size.running).toBe(1);
    const socket = await dial(url);
    socket.write('GET /served HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await soon(() => pool.size.waiting).toBe(1);
    socket.resetAndDestroy();
    await soon(() => pool.size.waiting).toBe(0);
    await release();
    await answers;
  });

  it('calls nothing lost whose answer is out, and tells of what had none', async () => {
    const { pool, get, log } = await start();
    expect((await get('/linger')).text).toBe('answered');
    expect(pool.size.running).toBe(1);
    await pool.close();
    expect(log()).not.toContain('lost');

    const again = await start();
    const cut = again.get('/wait?60000');
    await soon(() => again.pool.size.running).toBe(1);
    await again.pool.close();
    expect((await cut).status).toBe(500);
    expect(again.log()).toContain('a component instance was lost');
  });

  it('settles when all are answered, and answers what it cuts off', async () => {
    const { pool, get, hold } = await start();
    const { answers, release } = hold(1);
    await soon(() => pool.size.running).toBe(1);
    const settled = pool.settle(60_000);
    await release();
    await settled;
    expect((await answers)[0]?.text).toBe('released');

    const cut = get('/wait?60000');
    await soon(() => pool.size.running).toBe(1);
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

describe('a request in the background', () => {
  it('takes no place: as many others run as without it', async () => {
    const { pool, get, behind, hold } = await start({ maximum: 2 });
    const long = behind('/until?go');
    await soon(() => pool.size.running).toBe(1);
    const { answers, release } = hold(2);
    await soon(() => pool.size.running).toBe(3);
    const third = get('/served');
    await soon(() => pool.size.waiting).toBe(1);
    expect(pool.size.workers).toBe(3);
    await release();
    expect((await third).status).toBe(200);
    expect((await answers).map(({ status }) => status)).toEqual([200, 200]);
    expect(await long).toEqual({ status: 200, text: 'released' });
  });

  it('leaves a worker standing ready for others', async () => {
    const { pool, behind, hold } = await start({ minimum: 1, maximum: 1 });
    const long = behind('/until?go');
    await soon(() => pool.size).toEqual({ workers: 2, running: 1, waiting: 0 });
    await hold(0).release();
    expect((await long).text).toBe('released');
  });

  it('has a place of its own when all others are taken', async () => {
    const { pool, behind, hold } = await start({ maximum: 1 });
    const { answers, release } = hold(2);
    await soon(() => pool.size).toEqual({ workers: 1, running: 1, waiting: 1 });
    expect((await behind('/served')).text).toBe('1');
    expect(pool.size.waiting).toBe(1);
    await release();
    expect((await answers).map(({ text }) => text)).toEqual(['released', 'released']);
  });

  it('leaves no worker too many behind', async () => {
    const { pool, behind, hold } = await start({ minimum: 1, idleMs: 100 });
    const long = behind('/until?go');
    await soon(() => pool.size.workers).toBe(2);
    await hold(0).release();
    await long;
    await soon(() => pool.size.workers).toBe(1);
  });

  it('is nothing to wait for at the end, and no loss', async () => {
    const { pool, behind, log } = await start();
    const long = behind('/wait?60000');
    await soon(() => pool.size.running).toBe(1);
    await pool.settle(60_000);
    await pool.close();
    expect((await long).status).toBe(500);
    expect(log()).not.toContain('lost');
  });
});

describe('an option', () => {
  it('that is changed is so for every request from then on, in old workers and new', async () => {
    const { pool, get, hold } = await start({ minimum: 1, maximum: 2 });
    expect((await get('/option?NAME')).text).toBe('none');
    pool.reconfigure(new Map([['NAME', 'first']]));
    expect((await get('/option?NAME')).text).toBe('first');
    const { answers, release } = hold(1);
    await soon(() => pool.size.running).toBe(1);
    expect((await get('/option?NAME')).text).toBe('first');
    pool.reconfigure(new Map([['OTHER', 'second']]));
    expect((await get('/option?NAME')).text).toBe('none');
    await release();
    await answers;
    for (let i = 0; i < 4; i++) expect((await get('/option?OTHER')).text).toBe('second');
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
