import { Client as ClientV2, StreamableHTTPClientTransport as TransportV2 } from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningServer } from '../support/node-server.ts';
import { serveFixture } from './fixture/serve.ts';

const INFO = { name: 'test', version: '1' };

let server: RunningServer;
beforeAll(async () => {
  server = await serveFixture();
});
afterAll(() => server.close());

const endpoint = () => new URL(`${server.url}/mcp`);

async function connectV1() {
  const client = new ClientV1(INFO);
  // The transport's `sessionId` may be undefined, which exactOptionalPropertyTypes tells apart from absent.
  await client.connect(new TransportV1(endpoint()) as Parameters<ClientV1['connect']>[0]);
  return client;
}

async function connectV2(mode: 'legacy' | 'auto') {
  const client = new ClientV2(INFO, { versionNegotiation: { mode } });
  await client.connect(new TransportV2(endpoint()));
  return client;
}

const CLIENTS = [
  { name: 'SDK v1', connect: connectV1 },
  { name: 'SDK v2 with a handshake', connect: () => connectV2('legacy') },
  { name: 'SDK v2 without', connect: () => connectV2('auto') },
] as const;

it('SDK v2 settles on the era that it is told to', async () => {
  for (const [mode, version] of [
    ['legacy', '2025-11-25'],
    ['auto', '2026-07-28'],
  ] as const) {
    const client = await connectV2(mode);
    expect(client.getNegotiatedProtocolVersion()).toBe(version);
    await client.close();
  }
});

describe.each(CLIENTS)('the client of $name', ({ connect }) => {
  it('lists, calls, hears progress, reads, gets and completes', async () => {
    const client = await connect();
    try {
      expect((await client.listTools()).tools.map(({ name }) => name)).toContain('test_simple_text');
      expect(await client.callTool({ name: 'test_simple_text', arguments: {} })).toMatchObject({
        content: [{ type: 'text', text: 'This is a simple text response for testing.' }],
      });
      expect((await client.readResource({ uri: 'test://template/7/data' })).contents).toHaveLength(1);
      expect((await client.getPrompt({ name: 'test_prompt_with_arguments', arguments: { arg1: 'a', arg2: 'b' } })).messages).toHaveLength(
        1,
      );
      const { completion } = await client.complete({
        ref: { type: 'ref/prompt', name: 'test_prompt_with_arguments' },
        argument: { name: 'arg1', value: 'par' },
      });
      expect(completion.values).toEqual(['paris', 'park', 'party']);
      await expect(client.callTool({ name: 'nothing', arguments: {} })).rejects.toThrow('Unknown tool');
    } finally {
      await client.close();
    }
  }, 30_000);
});

describe('progress', () => {
  it('reaches the client of SDK v1', async () => {
    const client = await connectV1();
    const steps: number[] = [];
    await client.callTool({ name: 'test_tool_with_progress', arguments: {} }, undefined, {
      onprogress: ({ progress }) => steps.push(progress),
    });
    await client.close();
    expect(steps).toEqual([0, 50, 100]);
  });

  it('reaches the client of SDK v2 in the stateless era', async () => {
    const client = await connectV2('auto');
    const steps: number[] = [];
    await client.callTool({ name: 'test_tool_with_progress', arguments: {} }, { onprogress: ({ progress }) => steps.push(progress) });
    await client.close();
    expect(steps).toEqual([0, 50, 100]);
  });
});
