import { Client as ClientV2, StreamableHTTPClientTransport as TransportV2 } from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PETSTORE_TOUR } from './support/petstore-tour.ts';
import { demoCurl, runProgram } from './support/programs.ts';
import { soon } from './support/soon.ts';
import { startUpstreams, type Upstreams } from './support/upstreams.ts';
import { ask, callRpc, dial, messageIn, pingOfSize, wirePost } from './support/wire.ts';

/** A server under test. */
export interface RunningServer {
  /** `http://127.0.0.1:PORT`, without a path. */
  readonly url: string;
  close(): Promise<void>;
}

export interface ServerTraits {
  /** Starts the server with these options of the component (`PETSTORE_URL` and others), for its wasi:config or its environment. */
  readonly start: (options: Readonly<Record<string, string>>) => Promise<RunningServer>;
  /** Whether what one request puts into the store is there for the next; it is not under `wasmtime serve`. */
  readonly keepsStore: boolean;
}

/** Low, so that the bodies around it are quickly sent. */
const MAX_BODY_BYTES = 2_097_152;
/** Those that work with the mesh and change nothing; `change` is off. */
const MESH_TOOLS = [
  'get_mesh_graph',
  'list_services',
  'get_service',
  'get_call_graph',
  'watch_mesh_graph',
  'check_access',
  'list_policies',
  'suggest_authorization_policy',
  'simulate_policy',
  'analyze_mesh_config',
];
const TOOL_COUNT = MESH_TOOLS.length + 19;
const INFO = { name: 'e2e', version: '1' };

/** What the product does from outside, whatever host it runs on. */
export function describeServer(name: string, { start, keepsStore }: ServerTraits): void {
  describe(`mesh-mcp on ${name}`, { timeout: 60_000 }, () => {
    let server: RunningServer;
    let upstreams: Upstreams;

    beforeAll(async () => {
      upstreams = await startUpstreams();
      server = await start({
        ...upstreams.options,
        MAX_BODY_BYTES: String(MAX_BODY_BYTES),
        UPSTREAM_TIMEOUT_MS: '30000',
      });
    }, 300_000);

    afterAll(async () => {
      await server?.close();
      await upstreams?.close();
    });

    const get = (path: string) => ask(server.url + path);
    const expectServing = async () => expect((await get('/healthz')).status).toBe(200);

    describe('the demo’s curl requests', () => {
      it('initialize is answered as an event with the version asked for', async () => {
        const text = await demoCurl(server.url, {
          jsonrpc: '2.0',
          id: 1,
          method: 'initialize',
          params: { protocolVersion: '2024-11-05', capabilities: {}, clientInfo: { name: 'curl', version: '1.0' } },
        });
        expect(text).toMatch(/^event: message\ndata: \{.*\}\n\n$/);
        expect(messageIn(text)).toMatchObject({ id: 1, result: { protocolVersion: '2024-11-05', serverInfo: { name: 'mesh-mcp' } } });
      });

      it('tools/list names all tools', async () => {
        const text = await demoCurl(server.url, { jsonrpc: '2.0', id: 2, method: 'tools/list', params: {} });
        expect(text.startsWith('event: message\ndata: ')).toBe(true);
        expect(messageIn(text)).toMatchObject({
          id: 2,
          result: { tools: expect.arrayContaining([expect.objectContaining({ name: 'get_pet_find_by_status' })]) },
        });
      });

      it('tools/call finds the available pets', async () => {
        const text = await demoCurl(server.url, {
          jsonrpc: '2.0',
          id: 3,
          method: 'tools/call',
          params: { name: 'get_pet_find_by_status', arguments: { status: 'available' } },
        });
        expect(text.startsWith('event: message\ndata: ')).toBe(true);
        expect(messageIn(text)).toMatchObject({ id: 3, result: { content: [{ type: 'text', text: expect.stringContaining('Cat 1') }] } });
      });
    });

    describe.each([
      {
        client: 'SDK v1',
        connect: async () => {
          const client = new ClientV1(INFO);
          // The transport's `sessionId` may be undefined, which exactOptionalPropertyTypes tells apart from absent.
          await client.connect(new TransportV1(new URL(`${server.url}/v1/mcp`)) as Parameters<ClientV1['connect']>[0]);
          return client;
        },
      },
      {
        client: 'SDK v2',
        connect: async () => {
          const client = new ClientV2(INFO, { versionNegotiation: { mode: 'auto' } });
          await client.connect(new TransportV2(new URL(`${server.url}/v1/mcp`)));
          return client;
        },
      },
    ])('the client of $client', ({ connect }) => {
      it('lists tools and resources and calls a tool', async () => {
        const client = await connect();
        try {
          expect((await client.listTools()).tools).toHaveLength(TOOL_COUNT);
          expect((await client.listResources()).resources.map(({ uri }) => uri)).toContain('mesh-mcp://guide');
          const called = await client.callTool({ name: 'get_pet_pet_id', arguments: { petId: 2 } });
          expect(called).toMatchObject({ structuredContent: { name: 'Cat 2' } });
        } finally {
          await client.close();
        }
      });
    });

    it('MCP Inspector’s CLI lists the tools', async () => {
      const flags = ['--cli', `${server.url}/v1/mcp`, '--transport', 'http', '-q', '--format', 'json', '--method', 'tools/list'];
      const listed: { readonly result: { readonly tools: readonly unknown[] } } = JSON.parse(await runProgram('mcp-inspector', flags));
      expect(listed.result.tools).toHaveLength(TOOL_COUNT);
    }, 60_000);

    describe('tools', () => {
      it.each(PETSTORE_TOUR)('$tool', async ({ tool, arguments: args, shows }) => {
        const { message } = await callRpc(server.url, 'tools/call', { name: tool, arguments: args });
        expect(message).toMatchObject({ result: { structuredContent: expect.anything() } });
        expect(message).not.toMatchObject({ result: { isError: true } });
        expect(JSON.stringify(message)).toContain(JSON.stringify(shows).slice(1, -1));
      });

      it('the tour visits every Petstore tool', async () => {
        const { tools }: { readonly tools: readonly { readonly name: string }[] } = JSON.parse((await get('/v1/mcp/tools')).text);
        const visited = PETSTORE_TOUR.map(({ tool }) => tool);
        expect(
          tools
            .map((tool) => tool.name)
            .filter((tool) => !MESH_TOOLS.includes(tool))
            .sort(),
        ).toEqual([...visited].sort());
      });

      it.each([
        ['an unknown pet', 'get_pet_pet_id', { petId: 99_999 }],
        ['a wrong type', 'get_pet_pet_id', { petId: 'one' }],
        ['an unknown status', 'get_pet_find_by_status', { status: 'eaten' }],
      ])('%s is an error of the tool', async (_what, tool, args) => {
        const { status, message } = await callRpc(server.url, 'tools/call', { name: tool, arguments: args });
        expect(status).toBe(200);
        expect(message).toMatchObject({ result: { isError: true } });
      });

      it.each([400, 4000, 400_000])('an upstream that nests %i levels is an error, and traps nothing', async (levels) => {
        upstreams.nest(levels);
        try {
          // No graph is there yet: the call reads the cluster.
          const { status, message } = await callRpc(server.url, 'tools/call', {
            name: 'list_services',
            arguments: {},
          });
          expect(status).toBe(200);
          expect(message).toMatchObject({
            result: { isError: true, content: [{ text: expect.stringContaining('is not a Kubernetes API') }] },
          });
        } finally {
          upstreams.nest(undefined);
        }
      });

      it.each([
        ['get_mesh_graph', {}],
        ['get_mesh_graph', { namespace: 'shop', format: 'simple' }],
        ['list_services', { namespace: 'bank' }],
        ['get_service', { namespace: 'shop', service: 'payments' }],
        ['get_call_graph', { namespace: 'shop', workload: 'web' }],
        ['watch_mesh_graph', { seconds: 0 }],
      ])('%s answers from the demo cluster, and says that it is one', async (name, args) => {
        const { message } = await callRpc(server.url, 'tools/call', { name, arguments: args });
        expect(message).not.toMatchObject({ result: { isError: true } });
        expect(message).toMatchObject({
          result: { structuredContent: expect.anything(), content: [{ text: expect.stringContaining('DEMO DATA') }] },
        });
      });
    });

    describe('routes', () => {
      it('/healthz', async () => {
        expect(JSON.parse((await get('/healthz')).text)).toMatchObject({ status: 'ok' });
      });

      it('/ready says that every upstream answers', async () => {
        const { status, text } = await get('/ready');
        expect(JSON.parse(text)).toMatchObject({ ready: true });
        expect(status).toBe(200);
      });

      it('/metrics counts requests', async () => {
        await expectServing();
        const counted = async () => {
          const { status, text } = await get('/metrics');
          expect(status).toBe(200);
          return text;
        };
        expect(await counted()).toContain('# TYPE mesh_mcp_requests_total counter');
        if (!keepsStore) return;
        // Counters are written after the answer, so the last request may not be among them yet.
        await soon(counted).toMatch(/mesh_mcp_requests_total\{route="healthz",status="2xx"\} [1-9]/);
      });

      it('/ is a page', async () => {
        const { status, headers, text } = await get('/');
        expect(status).toBe(200);
        expect(headers['content-type']).toContain('text/html');
        expect(text).toContain('/v1/mcp');
      });

      it('another path is 404', async () => {
        expect((await get('/no/such/path')).status).toBe(404);
      });

      it.each(['GET', 'DELETE', 'PUT'])('%s on the endpoint is 405 and says what to send', async (method) => {
        const { status, headers, text } = await ask(`${server.url}/v1/mcp`, { method });
        expect(status).toBe(405);
        expect(headers.allow).toContain('POST');
        expect(Object.keys(JSON.parse(text))).not.toHaveLength(0);
      });

      it('HEAD has the headers and no body', async () => {
        const { status, headers, text } = await ask(`${server.url}/healthz`, { method: 'HEAD' });
        expect(status).toBe(200);
        expect(headers['content-type']).toBe('application/json');
        expect(text).toBe('');
      });

      it('OPTIONS is 204 without a body', async () => {
        const { status, text } = await ask(`${server.url}/v1/mcp`, { method: 'OPTIONS', headers: { origin: 'http://localhost:6274' } });
        expect(status).toBe(204);
        expect(text).toBe('');
      });

      it('a notification is 202 without a body', async () => {
        const { status, text } = await ask(`${server.url}/v1/mcp`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
          body: '{"jsonrpc":"2.0","method":"notifications/initialized"}',
        });
        expect(status).toBe(202);
        expect(text).toBe('');
      });
    });

    describe('the body of a request', () => {
      const post = (body: string) =>
        ask(`${server.url}/v1/mcp`, { method: 'POST', headers: { 'content-type': 'application/json', accept: 'application/json' }, body });

      it.each(['', '{'])('%j is no message', async (body) => {
        const { status, text } = await post(body);
        expect(status).toBe(400);
        expect(JSON.parse(text)).toMatchObject({ error: { code: -32700 } });
      });

      it.each([100, 65_535, 65_536, 65_537, 1_048_576, MAX_BODY_BYTES])('of %i bytes is taken', async (bytes) => {
        const { status, text } = await post(pingOfSize(bytes));
        expect(status).toBe(200);
        expect(JSON.parse(text)).toMatchObject({ id: 1, result: {} });
      });

      it('one byte above the limit is 413', async () => {
        const { status, text } = await post(pingOfSize(MAX_BODY_BYTES + 1));
        expect(status).toBe(413);
        expect(JSON.parse(text)).toMatchObject({ error: { message: expect.stringContaining(String(MAX_BODY_BYTES)) } });
      });

      it('above the limit without saying so before is 413', async () => {
        const { status } = await ask(`${server.url}/v1/mcp`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', accept: 'application/json', 'transfer-encoding': 'chunked' },
          body: pingOfSize(MAX_BODY_BYTES + 1),
        });
        expect(status).toBe(413);
      });
    });

    describe('clients with bad manners', () => {
      const slowCall = wirePost('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_store_inventory","arguments":{}}}');

      it.each([
        ['half of the headers', 'POST /v1/mcp HTTP/1.1\r\nhost: local'],
        ['half of the body', wirePost('{"jsonrpc":"2.0"', 10_000)],
        ['no HTTP', '\u0016\u0003\u0001 hello\r\n\r\n'],
      ])('%s, and gone', async (_what, bytes) => {
        const socket = await dial(server.url);
        await new Promise((resolve) => socket.write(bytes, resolve));
        socket.resetAndDestroy();
        await expectServing();
      });

      it('a request in many small pieces is understood', async () => {
        const socket = await dial(server.url);
        let answer = '';
        socket.on('data', (piece) => {
          answer += piece;
        });
        for (const piece of wirePost(pingOfSize(200)).match(/[\s\S]{1,7}/g) ?? []) {
          await new Promise((resolve) => socket.write(piece, resolve));
          await new Promise((resolve) => setImmediate(resolve));
        }
        await soon(() => answer).toContain('"id":1');
        expect(answer).toMatch(/^HTTP\/1\.1 200 /);
        socket.destroy();
      });

      it('a client that leaves in the middle of a call harms nobody', async () => {
        const { reached, release } = upstreams.hold();
        const socket = await dial(server.url);
        socket.write(slowCall);
        await reached;
        socket.resetAndDestroy();
        await expectServing();
        release();
        await expectServing();
      });

      it('a client that does not read its answer holds up nobody', async () => {
        const sockets = await Promise.all(Array.from({ length: 5 }, () => dial(server.url)));
        for (const socket of sockets) {
          socket.pause();
          for (let i = 0; i < 20; i++) socket.write(wirePost('{"jsonrpc":"2.0","id":1,"method":"tools/list"}'));
        }
        await expectServing();
        for (const socket of sockets) socket.destroy();
        await expectServing();
      });
    });

    describe('many at once', () => {
      it('20 requests are all answered, each with its own', async () => {
        const ids = Array.from({ length: 20 }, (_, index) => (index % 10) + 1);
        const answers = await Promise.all(
          ids.map((petId) => callRpc(server.url, 'tools/call', { name: 'get_pet_pet_id', arguments: { petId } })),
        );
        expect(answers.map(({ message }) => message)).toEqual(
          ids.map((id) =>
            expect.objectContaining({ result: expect.objectContaining({ structuredContent: expect.objectContaining({ id }) }) }),
          ),
        );
      });

      it('long requests hold up no short ones', async () => {
        const { reached, release } = upstreams.hold();
        const done: string[] = [];
        const long = Array.from({ length: 6 }, async () => {
          const answer = await callRpc(server.url, 'tools/call', { name: 'get_store_inventory', arguments: {} });
          done.push('long');
          return answer;
        });
        await reached;
        for (let i = 0; i < 10; i++) await expectServing();
        done.push('short');
        release();
        for (const { message } of await Promise.all(long))
          expect(message).toMatchObject({ result: { structuredContent: expect.anything() } });
        expect(done).toEqual(['short', ...long.map(() => 'long')]);
      });
    });

    describe('who may ask', () => {
      it.each(['localhost', 'localhost:1234', '127.0.0.1', '[::1]:8000', 'petstore-mcp.localhost.cosmonic.sh'])(
        'Host %s is served',
        async (host) => {
          expect((await ask(`${server.url}/healthz`, { headers: { host } })).status).toBe(200);
        },
      );

      it.each(['evil.example', 'localhost.evil.example', 'cosmonic.sh'])('Host %s is refused', async (host) => {
        expect((await ask(`${server.url}/v1/mcp/tools`, { headers: { host } })).status).toBe(403);
      });

      it('Origin localhost is served, and may read the answer', async () => {
        const { status, headers } = await ask(`${server.url}/healthz`, { headers: { origin: 'http://localhost:6274' } });
        expect(status).toBe(200);
        expect(headers['access-control-allow-origin']).toBe('http://localhost:6274');
      });

      it.each(['https://evil.example', 'null'])('Origin %s is refused', async (origin) => {
        const { status } = await callRpc(server.url, 'ping', {}, { origin });
        expect(status).toBe(403);
      });
    });

    it('serves on after all of that', expectServing);
  });
}
