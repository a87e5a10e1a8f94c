import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { beforeAll, describe, expect, it } from 'vitest';
import { componentPath } from '../../scripts/build.ts';
import { OPTIONS, parseConfig } from '../../src/config.ts';
import { demoCurl } from '../e2e/support/programs.ts';
import { startUpstreams, type Upstreams } from '../e2e/support/upstreams.ts';
import { ask, callRpc, dial, messageIn, wirePost } from '../e2e/support/wire.ts';
import { DEFAULT_ROUTE_TIMEOUT_MS, type Ingress, startIngress } from './support/envoy.ts';
import { type LocalHostProcess, startHostProcess } from './support/local-host.ts';
import { useServers } from './support/servers.ts';
import { until } from './support/wait.ts';
import { startWasmtime, type Wasmtime } from './support/wasmtime.ts';

const HOST = 'petstore-mcp.localhost.cosmonic.sh';
/** A route to the same component, whose ingress gives up before the component does. */
const HASTY_HOST = 'hasty.localhost.cosmonic.sh';
/** A component that gives up before its ingress does. */
const CAREFUL_HOST = 'careful.localhost.cosmonic.sh';
const HASTY_MS = 500;
/** Far above what one write hands over, so that an answer of this size takes both sides of the ingress many turns. */
const LARGE_CHARACTERS = 400_000;

const FIND_AVAILABLE = { name: 'get_pet_find_by_status', arguments: { status: 'available' } };

/** A tool call through the ingress at `url`, addressed to `host`. */
const callTool = (url: string, host: string, params: object) => callRpc(url, 'tools/call', params, { host });

/** What wasmtime itself writes: where it listens, and that a client has left. */
const WASMTIME_LINE = /^Serving HTTP on |^error: hyper::Error\(IncompleteMessage\)$/;

/** The component's own lines, which are JSON: a trap or a panic would show as another one. */
function ownLines(server: Wasmtime): readonly Record<string, unknown>[] {
  const lines = server.log().split('\n');
  return lines.filter((line) => line !== '' && !WASMTIME_LINE.test(line)).map((line) => JSON.parse(line));
}

describe('client, ingress, component and Petstore', () => {
  const servers = useServers();
  let upstreams: Upstreams;
  let petstore: string;
  let component: Wasmtime;
  let ingress: Ingress;

  beforeAll(async () => {
    upstreams = await startUpstreams();
    servers.add({ name: 'upstreams', log: () => '', stop: () => upstreams.close() });
    petstore = String(upstreams.options.PETSTORE_URL);
    const options = { ...upstreams.options, MAX_ANSWER_CHARACTERS: '1000000' };
    component = await startWasmtime(servers, componentPath('quickjs'), { env: { ...options, UPSTREAM_TIMEOUT_MS: '30000' } });
    const careful = await startWasmtime(servers, componentPath('quickjs'), { env: { ...options, UPSTREAM_TIMEOUT_MS: '300' } });
    ingress = await startIngress(servers, [
      { host: HOST, upstream: component.url },
      { host: HASTY_HOST, upstream: component.url, timeoutMs: HASTY_MS },
      { host: CAREFUL_HOST, upstream: careful.url },
    ]);
  });

  /** A path that works: what every test that breaks something ends with. */
  async function expectPets(host = HOST): Promise<void> {
    const { status, message } = await callTool(ingress.url, host, FIND_AVAILABLE);
    expect(status).toBe(200);
    expect(message).toMatchObject({ id: 1, result: { structuredContent: expect.objectContaining({}) } });
    expect(message).not.toMatchObject({ result: { isError: true } });
    expect(JSON.stringify(message)).toContain('available');
  }

  it('the demo’s curl lists the tools by the Host header alone', async () => {
    const text = await demoCurl(ingress.url, { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} });
    expect(text).toMatch(/^event: message\ndata: \{/);
    expect(messageIn(text)).toMatchObject({
      result: { tools: expect.arrayContaining([expect.objectContaining({ name: 'get_pet_find_by_status' })]) },
    });
  });

  it('the demo’s curl finds the available pets, as a server-sent event', async () => {
    const text = await demoCurl(ingress.url, { jsonrpc: '2.0', id: 2, method: 'tools/call', params: FIND_AVAILABLE });
    expect(text).toMatch(/^event: message\ndata: \{.*\}\n\n$/);
    expect(JSON.stringify(messageIn(text))).toContain('available');
  });

  it('answers JSON to a client that takes nothing else', async () => {
    const { headers, message } = await callRpc(ingress.url, 'tools/list', {}, { host: HOST, accept: 'application/json' });
    expect(headers['content-type']).toContain('application/json');
    expect(message).toMatchObject({ id: 1, result: { tools: expect.any(Array) } });
  });

  it('takes the name with a port too, as a client on another port than 80 sends it', async () => {
    await expectPets(`${HOST}:8080`);
  });

  it('never hands a request for another name to the component', async () => {
    const handedOn = `cluster.${HOST}.upstream_rq_total`;
    const before = await ingress.counter(handedOn);
    for (const host of ['echo.localhost.cosmonic.sh', 'localhost', '127.0.0.1']) {
      const { status } = await callRpc(ingress.url, 'ping', {}, { host });
      expect(status, host).toBe(404);
    }
    expect(await ingress.counter(handedOn)).toBe(before);
  });

  it('hands the name on unchanged: the component refuses one that is not its own', async () => {
    const { status } = await ask(`${component.url}/v1/mcp`, { method: 'POST', headers: { host: 'evil.example.com' }, body: '{}' });
    expect(status).toBe(403);
    await expectPets();
  });

  it('serves many clients at once, each its own', async () => {
    const ids = Array.from({ length: 32 }, (_, index) => `request ${index}`);
    const answers = await Promise.all(
      ids.map((id) =>
        ask(`${ingress.url}/v1/mcp`, {
          method: 'POST',
          headers: { host: HOST, 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
          body: JSON.stringify({ jsonrpc: '2.0', id, method: 'ping' }),
        }),
      ),
    );
    for (const [index, { text }] of answers.entries()) expect(text).toContain(`"id":${JSON.stringify(ids[index])}`);
  });

  it('carries a long answer whole', async () => {
    const pet = { id: 4711, name: 'x'.repeat(LARGE_CHARACTERS), photoUrls: [], status: 'sold' };
    const headers = { 'content-type': 'application/json' };
    const { status: stored } = await ask(`${petstore}/pet`, { method: 'POST', headers, body: JSON.stringify(pet) });
    expect(stored).toBe(200);
    const { status, message } = await callTool(ingress.url, HOST, { name: 'get_pet_pet_id', arguments: { petId: pet.id } });
    expect(status).toBe(200);
    expect(message).toMatchObject({ result: { structuredContent: { name: pet.name } } });
  });

  it('a client that leaves in the middle of a call costs nobody else anything', async () => {
    const before = await ingress.counter('http.ingress.downstream_cx_destroy_remote_active_rq');
    const held = upstreams.hold();
    const socket = await dial(ingress.url);
    socket.write(
      wirePost(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: FIND_AVAILABLE })).replace('localhost', HOST),
    );
    await held.reached;
    socket.destroy();
    await until('the ingress has noticed', async () => {
      return (await ingress.counter('http.ingress.downstream_cx_destroy_remote_active_rq')) > before || undefined;
    });
    // Its call still waits for the Petstore; another one's does not wait for it.
    expect((await callRpc(ingress.url, 'ping', {}, { host: HOST })).status).toBe(200);
    held.release();
    await expectPets();
  });

  it('an ingress that gives up first answers 504 with words of its own, and the next call works', async () => {
    const held = upstreams.hold();
    const { status, text } = await callTool(ingress.url, HASTY_HOST, FIND_AVAILABLE);
    held.release();
    // No JSON-RPC: an agent sees a broken transport, not a tool that failed.
    expect([status, text]).toEqual([504, 'upstream request timeout']);
    expect(await ingress.counter(`cluster.${HASTY_HOST}.upstream_rq_timeout`)).toBe(1);
    await expectPets(HASTY_HOST);
  });

  it('a component that gives up first answers as a tool that may be called again', async () => {
    const held = upstreams.hold();
    const { status, message } = await callTool(ingress.url, CAREFUL_HOST, FIND_AVAILABLE);
    held.release();
    expect(status).toBe(200);
    expect(message).toMatchObject({ result: { isError: true, _meta: { 'mesh-mcp/error': { code: 'unavailable' } } } });
    await expectPets(CAREFUL_HOST);
  });

  it('which is what happens with the options as they are shipped', () => {
    const { upstreamTimeoutMs } = parseConfig({ get: () => undefined });
    expect(OPTIONS).toHaveProperty('upstreamTimeoutMs');
    expect(upstreamTimeoutMs).toBeLessThan(DEFAULT_ROUTE_TIMEOUT_MS);
  });

  it('nothing of all this has trapped the component', () => {
    expect(ownLines(component).length).toBeGreaterThan(30);
    for (const line of ownLines(component)) expect(line).toMatchObject({ time: expect.any(String), level: expect.any(String) });
  });
});

/** wasmtime keeps a store for one request only, so there is no graph to watch: here the same component runs on the local host, with the demo cluster. */
describe('an answer that streams, through the ingress', () => {
  const servers = useServers();
  let host: LocalHostProcess;
  let ingress: Ingress;

  beforeAll(async () => {
    host = await startHostProcess(servers, []);
    ingress = await startIngress(servers, [
      { host: HOST, upstream: host.url },
      { host: HASTY_HOST, upstream: host.url, timeoutMs: 2_000 },
    ]);
  });

  /** Starts to watch the graph. Resolves with the answer as soon as its head is there. */
  async function watch(host: string, seconds: number): Promise<IncomingMessage> {
    const request = httpRequest(`${ingress.url}/v1/mcp`, {
      method: 'POST',
      agent: false,
      headers: { host, 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    });
    const answered = once(request, 'response');
    const params = { name: 'watch_mesh_graph', arguments: { seconds }, _meta: { progressToken: 'watch' } };
    request.end(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }));
    const [response]: IncomingMessage[] = await answered;
    if (response === undefined) throw new Error('no response');
    return response.setEncoding('utf8');
  }

  it('arrives piece by piece, before it is complete', { timeout: 90_000 }, async () => {
    const response = await watch(HOST, 7);
    expect(response.headers['content-type']).toContain('text/event-stream');
    let text = '';
    let first: string | undefined;
    for await (const piece of response) {
      text += piece;
      first ??= text;
    }
    // A change or, after five seconds without one, a heartbeat; the result came later.
    expect(first).toContain('notifications/progress');
    expect(first).not.toContain('"result"');
    expect(messageIn(text)).toMatchObject({ id: 1, result: { structuredContent: { generation: expect.any(Number) } } });
  });

  it('ends on both sides when its reader leaves', { timeout: 90_000 }, async () => {
    const response = await watch(HOST, 60);
    const running = `cluster.${HOST}.upstream_rq_active`;
    expect(await ingress.counter(running)).toBe(1);
    response.destroy();
    await until('the ingress has let go of the host', async () => (await ingress.counter(running)) === 0 || undefined);
    // The host notices with what it sends next, a heartbeat at the latest: long before the watch would be over.
    await until(
      'the host has ended the watch',
      async () => /"tool":"watch_mesh_graph".*"outcome":"(?!ok)/.test(host.log()) || undefined,
      30_000,
    );
  });

  it('is cut where it takes longer than the route may', { timeout: 90_000 }, async () => {
    const response = await watch(HASTY_HOST, 30);
    let text = '';
    const read = async (): Promise<string> => {
      for await (const piece of response) text += piece;
      return 'complete';
    };
    const end = await read().catch(() => 'broken off');
    // What the ingress can still do depends on whether something has happened in the mesh: before the first piece it answers, later it only breaks off.
    expect(['504 complete', '200 broken off']).toContain(`${response.statusCode} ${end}`);
    expect(text).not.toContain('"result"');
    expect((await callRpc(ingress.url, 'ping', {}, { host: HASTY_HOST })).status).toBe(200);
  });
});
