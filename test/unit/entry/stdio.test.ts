import { PassThrough, type Readable } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { type HostRequest, type ResponseSink, sendHostError } from '../../../src/adapters/node/exchange.ts';
import { serveStdio } from '../../../src/entry/host/stdio.ts';
import { soon } from '../../e2e/support/soon.ts';

vi.setConfig({ testTimeout: 30_000 });

/** A host whose component is the test: every request waits in `requests` until it is answered. */
function start() {
  const input = new PassThrough();
  const output = new PassThrough({ encoding: 'utf8' });
  const requests: { readonly request: HostRequest; readonly sink: ResponseSink; left: boolean }[] = [];
  const served = serveStdio({
    input,
    output,
    run: (request, sink) => {
      const entry = { request, sink, left: false };
      requests.push(entry);
      sink.onLeft(() => {
        entry.left = true;
      });
    },
  });
  const written = (): readonly unknown[] =>
    String(output.read() ?? '')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  const say = async (...messages: readonly object[]) => {
    const before = requests.length;
    input.write(messages.map((message) => `${JSON.stringify(message)}\n`).join(''));
    await soon(() => requests.length).toBeGreaterThanOrEqual(before);
    await new Promise((resolve) => setImmediate(resolve));
    return requests.slice(before);
  };
  return { input, served, written, say };
}

function answer(sink: ResponseSink, type: string, body: string): void {
  sink.head(200, [['content-type', Buffer.from(type)]]);
  sink.write(new Uint8Array(Buffer.from(body)), () => {});
  sink.end();
}

const headersOf = (request: HostRequest | undefined) =>
  Object.fromEntries((request?.headers ?? []).map(([name, value]) => [name, Buffer.from(value).toString()]));

async function bodyOf(body: Readable | undefined): Promise<unknown> {
  let text = '';
  for await (const piece of body ?? []) text += piece;
  return JSON.parse(text);
}

const call = (id: number | string, method = 'ping', params = {}) => ({ jsonrpc: '2.0', id, method, params });
const result = (id: number | string, value: object = {}) => ({ jsonrpc: '2.0', id, result: value });

describe('MCP over standard input and output', () => {
  it('sends each message as the request that it would be over HTTP, all at once, and answers as answers come', async () => {
    const { say, written } = start();
    const [first, second] = await say(call(1), call(2));
    expect(first?.request).toMatchObject({ method: 'POST', pathWithQuery: '/v1/mcp', authority: 'localhost' });
    expect(headersOf(first?.request)).toMatchObject({ 'content-type': 'application/json', accept: 'application/json, text/event-stream' });
    expect(await bodyOf(first?.request.body)).toEqual(call(1));
    if (second !== undefined) answer(second.sink, 'application/json', JSON.stringify(result(2)));
    expect(written()).toEqual([result(2)]);
    if (first !== undefined) answer(first.sink, 'text/event-stream', `event: message\ndata: ${JSON.stringify(result(1))}\n\n`);
    expect(written()).toEqual([result(1)]);
  });

  it('passes on each event when it comes, cut anywhere', async () => {
    const { say, written } = start();
    const [only] = await say(call(1));
    const progress = { jsonrpc: '2.0', method: 'notifications/progress', params: { message: 'ä ✓' } };
    only?.sink.head(200, [['content-type', Buffer.from('text/event-stream')]]);
    const bytes = Buffer.from(`event: message\ndata: ${JSON.stringify(progress)}\n\n`);
    for (const byte of bytes) only?.sink.write(Uint8Array.of(byte), () => {});
    expect(written()).toEqual([progress]);
    only?.sink.write(Buffer.from(`data: ${JSON.stringify(result(1))}\n\n`), () => {});
    only?.sink.end();
    expect(written()).toEqual([result(1)]);
  });

  it('says the version that initialize settled with everything after', async () => {
    const { say } = start();
    const [first] = await say(call(1, 'initialize', { protocolVersion: '2025-06-18' }));
    expect(headersOf(first?.request)).not.toHaveProperty('mcp-protocol-version');
    if (first !== undefined) answer(first.sink, 'application/json', JSON.stringify(result(1, { protocolVersion: '2025-03-26' })));
    const [second] = await say(call(2));
    expect(headersOf(second?.request)).toMatchObject({ 'mcp-protocol-version': '2025-03-26' });
  });

  it('repeats in headers what a stateless message says in its body', async () => {
    const { say } = start();
    const meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' };
    const [plain, other] = await say(
      call(1, 'tools/call', { name: 'get_pet', _meta: meta }),
      call(2, 'resources/read', { uri: 'mesh://ä', _meta: meta }),
    );
    expect(headersOf(plain?.request)).toMatchObject({
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'get_pet',
    });
    expect(headersOf(other?.request)['mcp-name']).toBe(`=?base64?${Buffer.from('mesh://ä').toString('base64')}?=`);
  });

  it('cancels by leaving, and then says nothing more about that request', async () => {
    const { say, written, input, served } = start();
    const [one, two] = await say(call(1), call('1'));
    await say({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } });
    expect([one?.left, two?.left]).toEqual([true, false]);
    if (one !== undefined) answer(one.sink, 'application/json', JSON.stringify(result(1)));
    expect(written()).toEqual([]);
    if (two !== undefined) answer(two.sink, 'application/json', JSON.stringify(result('1')));
    input.end();
    await served;
    expect(written()).toEqual([result('1')]);
  });

  it('answers in the component’s place where that gives no message', async () => {
    const { say, written } = start();
    const [refused, broken, silent, notice] = await say(call(1), call(2), call(3), { jsonrpc: '2.0', method: 'notifications/initialized' });
    if (refused !== undefined) sendHostError(refused.sink, 503, 'unavailable', 'All instances are busy.');
    broken?.sink.head(200, [['content-type', Buffer.from('text/event-stream')]]);
    broken?.sink.breakOff();
    silent?.sink.head(202, []);
    silent?.sink.end();
    notice?.sink.head(202, []);
    notice?.sink.end();
    expect(written()).toEqual([
      { jsonrpc: '2.0', id: 1, error: { code: -32603, message: 'All instances are busy.' } },
      { jsonrpc: '2.0', id: 2, error: { code: -32603, message: expect.stringContaining('broke off') } },
      { jsonrpc: '2.0', id: 3, error: { code: -32603, message: expect.stringContaining('without an answer') } },
    ]);
  });

  it('ends when the input has ended and everything is answered', async () => {
    const { say, input, served } = start();
    const [only] = await say(call(1));
    let over = false;
    const end = served.then(() => {
      over = true;
    });
    input.end();
    await new Promise((resolve) => setImmediate(resolve));
    expect(over).toBe(false);
    if (only !== undefined) answer(only.sink, 'application/json', JSON.stringify(result(1)));
    await end;
  });
});
