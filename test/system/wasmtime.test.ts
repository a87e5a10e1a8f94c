import { createServer } from 'node:net';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { componentPath, ENGINES } from '../../scripts/build.ts';
import { describeServer } from '../e2e/suite.ts';
import { callTool } from './support/mcp.ts';
import { freePort } from './support/ports.ts';
import { useServers } from './support/servers.ts';
import { startWasmtime, type Wasmtime } from './support/wasmtime.ts';

/** A server that takes connections and says nothing. Resolves to its URL and to the moment of the first connection. */
async function startSilence(): Promise<{ readonly url: string; readonly called: Promise<void> }> {
  const server = createServer();
  const called = new Promise<void>((resolve) => server.once('connection', () => resolve()));
  server.on('connection', (socket) => socket.on('error', () => {}).resume());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the test server has no port');
  return { url: `http://127.0.0.1:${address.port}`, called };
}

const post = (url: string, body: object, signal?: AbortSignal): Promise<Response> =>
  fetch(`${url}/v1/mcp`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, ...body }),
    ...(signal === undefined ? {} : { signal }),
  });

/** What wasmtime itself writes: where it listens, and that a client has left. */
const WASMTIME_LINE = /^Serving HTTP on |^error: hyper::Error\(IncompleteMessage\)$/;

/** The component's own lines, which are JSON: a trap or a panic would show as another one. */
function ownLines(server: Wasmtime): readonly Record<string, unknown>[] {
  const lines = server.log().split('\n');
  return lines.filter((line) => line !== '' && !WASMTIME_LINE.test(line)).map((line) => JSON.parse(line));
}

for (const engine of ENGINES) {
  const servers = useServers();
  describeServer(`wasmtime serve, ${engine}`, {
    start: async (options) => {
      const server = await startWasmtime(servers, componentPath(engine), { env: options });
      return { url: server.url, close: server.stop };
    },
    keepsStore: false,
  });
}

describe.each(ENGINES)('the component on %s under wasmtime serve', (engine) => {
  const servers = useServers();
  let server: Wasmtime;

  beforeAll(async () => {
    server = await startWasmtime(servers, componentPath(engine));
  });

  it('runs with nothing set but the bucket', async () => {
    const response = await fetch(`${server.url}/healthz`);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ status: 'ok' });
  });

  it('has a store that answers', async () => {
    const { checks } = (await (await fetch(`${server.url}/ready`)).json()) as { checks: readonly object[] };
    expect(checks).toContainEqual({ name: 'store', ok: true });
  });

  it('takes options from wasi:config before the environment, and from the environment where wasi:config has none', async () => {
    const [configured, inherited] = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`];
    const env = { KUBERNETES_URL: inherited };
    const both = await startWasmtime(servers, componentPath(engine), { config: { KUBERNETES_URL: configured }, env });
    expect((await callTool(both.url, 'list_services')).text).toContain(configured);
    const environment = await startWasmtime(servers, componentPath(engine), { env });
    expect((await callTool(environment.url, 'list_services')).text).toContain(inherited);
  });

  it('answers many at once, each its own', async () => {
    const ids = Array.from({ length: 64 }, (_, index) => `request ${index}`);
    const answers = await Promise.all(ids.map(async (id) => (await post(server.url, { id, method: 'ping' })).text()));
    for (const [index, answer] of answers.entries()) expect(answer).toContain(`"id":${JSON.stringify(ids[index])}`);
  });

  it('lets nobody wait for another one’s slow call', async () => {
    const silence = await startSilence();
    const waiting = await startWasmtime(servers, componentPath(engine), {
      config: { KUBERNETES_URL: silence.url, UPSTREAM_TIMEOUT_MS: '20000' },
    });
    const leave = new AbortController();
    let ended = false;
    const slow = post(waiting.url, { method: 'tools/call', params: { name: 'list_services', arguments: {} } }, leave.signal)
      .catch(() => {})
      .finally(() => {
        ended = true;
      });
    await silence.called;
    expect((await fetch(`${waiting.url}/healthz`)).status).toBe(200);
    expect(ended).toBe(false);

    // A client that leaves in the middle of a call costs nobody else anything.
    leave.abort();
    await slow;
    expect((await fetch(`${waiting.url}/healthz`)).status).toBe(200);
    ownLines(waiting);
  });

  it('has trapped nowhere, and written nothing but JSON lines', () => {
    expect(ownLines(server).length).toBeGreaterThan(64);
    for (const line of ownLines(server)) expect(line).toMatchObject({ time: expect.any(String), level: expect.any(String) });
  });
});
