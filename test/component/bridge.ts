import { once } from 'node:events';
import { createServer, request as httpRequest, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createSocketServer, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Artifact, build, componentPath, type Engine } from '../../scripts/build.ts';
import { describeStreams } from './bridge-streams.ts';

/** The component of `bridge-component.ts`. */
export const BRIDGE: Artifact = { name: 'bridge', entry: 'test/component/bridge-component.ts' };

/** A host that runs the bridge component. */
export interface BridgeHost {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** What the component wrote to standard error so far. */
  readonly log: () => string;
  /** A bucket that the host has. */
  readonly bucket: string;
  /** Whether what one request writes is there for the next. */
  readonly keepsValues: boolean;
  close(): Promise<void>;
}

/** Builds the bridge component where that is needed, and says where it lies. */
export async function bridgeComponent(engine: Engine): Promise<string> {
  await build({ artifact: BRIDGE, engines: [engine], typeCheck: false, say: () => {} });
  return componentPath(engine, BRIDGE);
}

interface SendReport {
  readonly ms: number;
  readonly results: readonly {
    readonly status?: number;
    readonly failure?: string;
    readonly length?: number;
    readonly text?: string;
    readonly truncated?: boolean;
    readonly headers?: readonly [string, string][];
  }[];
}

interface WorldReport {
  readonly now: number;
  readonly slept: number;
  readonly fractions: readonly number[];
  readonly bytes: readonly number[];
  readonly config: string | null;
}

/** What every host must give the adapters of `src/adapters/wasi`, seen from outside. */
export function describeBridge(name: string, start: () => Promise<BridgeHost>): void {
  describe(`the bridge on ${name}`, () => {
    let host: BridgeHost;
    let upstream: Upstream;

    beforeAll(async () => {
      [host, upstream] = await Promise.all([start(), startUpstream()]);
    }, 300_000);

    afterAll(async () => {
      await Promise.all([host?.close(), upstream?.close()]);
    });

    const get = (path: string, init?: RequestInit) => fetch(`${host.url}${path}`, init);
    // What the component of this suite answers is known to this suite; each caller names the shape.
    const json = async <Shape>(response: Response): Promise<Shape> => (await response.json()) as Shape;
    const send = async (calls: readonly object[]) => json<SendReport>(await get('/send', { method: 'POST', body: JSON.stringify(calls) }));

    describe('an incoming request', () => {
      it('arrives with method, path, query and headers as sent', async () => {
        const sent = { method: 'PATCH', headers: { 'x-one': 'ä' } };
        const seen = await json<{ headers: [string, string][] }>(await get('/request?a=%20b&c', sent));
        expect(seen).toMatchObject({ method: 'PATCH', path: '/request', query: 'a=%20b&c' });
        const headers = new Map<string, string>(seen.headers);
        expect(headers.get('host')).toBe(new URL(host.url).host);
        expect(headers.has('x-one')).toBe(true);
      });

      it.each([0, 1, 65_535, 65_536, 65_537, 1_048_576, 5_000_000])('comes back whole with a body of %i bytes', async (size) => {
        const sent = Buffer.from(Array.from({ length: size }, (_, index) => (index * 31 + (index >> 8)) & 0xff));
        const echoed = Buffer.from(await (await get('/echo', { method: 'POST', body: sent })).arrayBuffer());
        expect(echoed.equals(sent)).toBe(true);
      });

      it('may come in chunks without a length', async () => {
        const request = httpRequest(`${host.url}/echo`, { method: 'POST' });
        const answered = once(request, 'response');
        for (let i = 0; i < 5; i++) request.write(`chunk ${i};`);
        request.end();
        const [response] = await answered;
        let text = '';
        for await (const piece of response) text += piece;
        expect(text).toBe('chunk 0;chunk 1;chunk 2;chunk 3;chunk 4;');
      });

      it.each([
        ['announced', 100_000],
        ['announced, by one byte', 1001],
      ])('is refused when larger than the limit: %s', async (_how, size) => {
        expect(await (await get('/limited', { method: 'POST', body: 'x'.repeat(size) })).json()).toEqual({ read: 'too-large' });
      });

      it('is refused when larger than the limit without saying so before', async () => {
        const request = httpRequest(`${host.url}/limited`, { method: 'POST' });
        const answered = once(request, 'response');
        request.write('x'.repeat(600));
        request.end('y'.repeat(600));
        const [response] = await answered;
        let text = '';
        for await (const piece of response) text += piece;
        expect(JSON.parse(text)).toEqual({ read: 'too-large' });
      });

      it('is taken at exactly the limit', async () => {
        expect(await (await get('/limited', { method: 'POST', body: 'x'.repeat(1000) })).json()).toEqual({ read: 1000 });
      });

      it('that breaks off in its middle harms nobody else', async () => {
        const socket = await dial(host.url);
        socket.write('POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\nonly this');
        socket.resetAndDestroy();
        expect((await get('/request')).status).toBe(200);
      });
    });

    describe('an answer', () => {
      it.each([200, 204, 304, 404, 503])('has status %i without a body', async (status) => {
        const response = await get(`/status?${status}`);
        expect(response.status).toBe(status);
        expect(await response.text()).toBe('');
      });

      it.each([1, 65_536, 65_537, 3_000_000])('of %i bytes arrives whole', async (size) => {
        expect((await (await get(`/big?${size}`)).arrayBuffer()).byteLength).toBe(size);
      });

      it('made of a view into a larger buffer is sent from where the view begins', async () => {
        expect(await (await get('/view')).text()).toBe('right');
      });

      it('streams: its pieces arrive as they are written', async () => {
        const response = await get('/stream?4,150');
        const arrivals: number[] = [];
        let text = '';
        for await (const piece of response.body ?? []) {
          arrivals.push(performance.now());
          text += Buffer.from(piece).toString();
        }
        expect(text).toBe('data: 0\n\ndata: 1\n\ndata: 2\n\ndata: 3\n\n');
        expect((arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0)).toBeGreaterThan(200);
      });

      it('is a 500 of ours when the code throws, and the instance does not trap', async () => {
        const response = await get('/throw');
        expect(response.status).toBe(500);
        expect(await response.json()).toEqual({ error: 'on purpose' });
      });

      it('stops being written when its client leaves', async () => {
        const leaving = new AbortController();
        const response = await get('/until-gone', { signal: leaving.signal });
        await response.body?.getReader().read();
        leaving.abort();
        expect((await get('/request')).status).toBe(200);
        if (!host.keepsValues) return;
        const gone = async () => (await json<{ value?: string }>(await get('/read?gone'))).value;
        await expect.poll(gone, { timeout: 15_000 }).toBeTypeOf('string');
        expect(Number(await gone())).toBeLessThan(2000);
      });
    });

    describe('outgoing calls', () => {
      it('bring status, headers and body', async () => {
        const { results } = await send([{ url: `${upstream.url}/hello?x=1`, headers: [['x-sent', 'yes']] }]);
        expect(results[0]).toMatchObject({ status: 201, text: 'GET /hello?x=1 yes', truncated: false });
        expect(new Map(results[0]?.headers).get('x-upstream')).toBe('here');
      });

      it('send bodies of any size', async () => {
        const sizes = [0, 1, 65_537, 3_000_000];
        const { results } = await send(sizes.map((size) => ({ url: `${upstream.url}/count`, method: 'PUT', size })));
        expect(results.map((result) => result.text)).toEqual(sizes.map(String));
      });

      it('run at the same time', async () => {
        const { ms, results } = await send(Array.from({ length: 6 }, () => ({ url: `${upstream.url}/slow` })));
        expect(results.map((result) => result.status)).toEqual(Array(6).fill(200));
        expect(ms).toBeLessThan(6 * SLOW_MS);
      });

      it('cut an answer at its limit and say so', async () => {
        const { results } = await send([{ url: `${upstream.url}/large`, maxBodyBytes: 1000 }]);
        expect(results[0]).toMatchObject({ status: 200, length: 1000, truncated: true });
      });

      it('take an answer that comes before the body was read', async () => {
        const { results } = await send([{ url: `${upstream.url}/refuse`, method: 'POST', size: 3_000_000 }]);
        expect([413, undefined]).toContain(results[0]?.status);
        if (results[0]?.status === undefined) expect(results[0]?.failure).toBe('unreachable');
      });

      it.each([
        ['never comes', '/silence'],
        ['stops in its middle', '/stall'],
        ['trickles for ever', '/trickle'],
      ])('end in time when the answer %s', async (_how, path) => {
        const { ms, results } = await send([{ url: `${upstream.url}${path}`, timeoutMs: 400 }]);
        expect(results[0]?.failure).toBe('timeout');
        expect(ms).toBeGreaterThan(350);
        expect(ms).toBeLessThan(4000);
      });

      it('say why there is no answer', async () => {
        const { results } = await send([
          { url: `http://127.0.0.1:${upstream.closedPort}/` },
          { url: 'http://no-such-host.invalid/' },
          { url: `${upstream.url}/cut` },
          { url: 'not a url' },
        ]);
        expect(results.slice(0, 3).map((result) => result.failure)).toEqual(['unreachable', 'unreachable', 'unreachable']);
        expect(results[3]?.failure).toBe('protocol');
      });

      it('do not spoil one another', async () => {
        const { results } = await send([
          { url: `${upstream.url}/silence`, timeoutMs: 300 },
          { url: `${upstream.url}/hello` },
          { url: `${upstream.url}/cut` },
        ]);
        expect(results.map((result) => result.status ?? result.failure)).toEqual(['timeout', 201, 'unreachable']);
      });

      it('follow no redirect', async () => {
        const { results } = await send([{ url: `${upstream.url}/redirect` }]);
        expect(results[0]?.status).toBe(302);
      });
    });

    describeStreams(() => host.url);

    describe('text', () => {
      const through = async (bytes: Uint8Array, query = '') =>
        Buffer.from(await (await get(`/utf8?${query}`, { method: 'POST', body: Buffer.from(bytes) })).arrayBuffer()).toString('hex');
      const expected = (bytes: Uint8Array, change = (text: string) => text) =>
        Buffer.from(new TextEncoder().encode(change(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)))).toString('hex');

      it('goes through whole, in any script, malformed bytes as the standard says', async () => {
        const samples = [
          ...[
            '',
            'plain ASCII, with "quotes" \\ and \u0000',
            'äöü ÿ',
            '€ ẞ 中文 русский',
            '😀👩‍💻',
            '\ufeffmark',
            'a'.repeat(70_000),
            'é😀'.repeat(9000),
          ].map((text) => new TextEncoder().encode(text)),
          ...fc.sample(fc.uint8Array({ maxLength: 200 }), { seed: 1, numRuns: 40 }),
          ...fc
            .sample(fc.string({ unit: 'binary', maxLength: 200 }), { seed: 2, numRuns: 40 })
            .map((text) => new TextEncoder().encode(text)),
        ];
        for (const bytes of samples) expect(await through(bytes)).toBe(expected(bytes));
      });

      it('is read from base64 as strictly as everywhere', async () => {
        const post = (text: string) => get('/base64', { method: 'POST', body: text });
        for (const bytes of [new Uint8Array(0), ...fc.sample(fc.uint8Array({ maxLength: 300 }), { seed: 3, numRuns: 30 })]) {
          const response = await post(Buffer.from(bytes).toString('base64'));
          expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true);
        }
        for (const wrong of [
          'A',
          'AA',
          'AAA',
          'AB==',
          'AAB=',
          'AA A',
          'AAA\n',
          'AA-_',
          'A===',
          '====',
          'AA==AAAA',
          'AAAäAAA',
          'AAAA AAA',
        ]) {
          expect((await post(wrong)).status, wrong).toBe(422);
        }
      });

      it('has U+FFFD for a lone surrogate', async () => {
        const bytes = new TextEncoder().encode('ä');
        expect(await through(bytes, 'lone')).toBe(expected(bytes, (text) => `${text}\ud800${text}\udc00`));
      });
    });

    it('keeps keys and counters', async () => {
      expect(await (await get(`/keyvalue?${host.bucket}`)).json()).toEqual({
        first: 2,
        second: 5,
        many: ['1', null, 'ä', ''],
        exists: [false, true],
        keys: ['a/b', 'count', 'empty'],
        gone: true,
      });
    });

    it('has clocks, randomness, configuration and a log', async () => {
      const before = Date.now();
      const first = await json<WorldReport>(await get('/world'));
      const second = await json<WorldReport>(await get('/world'));
      expect(Math.abs(first.now - before)).toBeLessThan(60_000);
      expect(first.slept).toBeGreaterThanOrEqual(19);
      expect(first.config).toBe('from the host');
      expect(first.bytes).toHaveLength(5);
      for (const fraction of [...first.fractions, ...second.fractions]) {
        expect(fraction).toBeGreaterThanOrEqual(0);
        expect(fraction).toBeLessThan(1);
      }
      expect(new Set([...first.fractions, ...second.fractions]).size).toBe(4);
      await expect.poll(() => host.log(), { timeout: 5000 }).toContain('"bridge log line ✓","n":1}');
      expect(host.log()).not.toContain('this is below the level');
    });

    it('serves on after all of that', async () => {
      expect((await get('/request')).status).toBe(200);
    });
  });
}

const SLOW_MS = 300;

interface Upstream {
  readonly url: string;
  /** Nothing listens there. */
  readonly closedPort: number;
  close(): Promise<void>;
}

/** A server with good and bad manners. */
async function startUpstream(): Promise<Upstream> {
  const timers = new Set<NodeJS.Timeout>();
  const server: Server = createServer((request, response) => {
    const path = request.url ?? '';
    const later = (ms: number, run: () => void) => timers.add(setTimeout(run, ms));
    if (path.startsWith('/hello'))
      response.writeHead(201, { 'x-upstream': 'here' }).end(`${request.method} ${path} ${request.headers['x-sent'] ?? 'no'}`);
    else if (path === '/slow') later(SLOW_MS, () => response.end('late'));
    else if (path === '/large') response.end('x'.repeat(2_000_000));
    else if (path === '/refuse') response.writeHead(413, { connection: 'close' }).end('no');
    else if (path === '/stall') response.writeHead(200, { 'content-length': '100' }).write('half');
    else if (path === '/cut') response.writeHead(200, { 'content-length': '100' }).write('half', () => request.socket.destroy());
    else if (path === '/redirect') response.writeHead(302, { location: '/hello' }).end();
    else if (path === '/trickle') {
      response.writeHead(200);
      timers.add(setInterval(() => response.write('.'), 50));
    } else if (path === '/count') {
      let size = 0;
      request.on('data', (piece: Buffer) => {
        size += piece.length;
      });
      request.on('end', () => response.end(String(size)));
    }
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    closedPort: await closedPort(),
    close: async () => {
      for (const timer of timers) clearInterval(timer);
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A port that the system gave out and that is closed again. */
async function closedPort(): Promise<number> {
  const server = createSocketServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function dial(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  return socket;
}
