import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { Client as ClientV2 } from '@modelcontextprotocol/client';
import { StdioClientTransport as StdioV2 } from '@modelcontextprotocol/client/stdio';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as StdioV1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { build } from '../../scripts/build.ts';
import { ROOT } from '../../scripts/wit.ts';
import { PETSTORE_TOUR } from './support/petstore-tour.ts';

const COMMAND = {
  command: process.execPath,
  args: [path.join(ROOT, 'src/entry/host.ts'), '--stdio', '--quiet'],
  stderr: 'ignore' as const,
};
const INFO = { name: 'e2e', version: '1' };

beforeAll(() => build({ engines: ['quickjs'], typeCheck: false, say: () => {} }), 120_000);

describe('over standard input and output', { timeout: 60_000 }, () => {
  it('the client of SDK v1 lists and calls, several calls at a time', async () => {
    const client = new ClientV1(INFO);
    await client.connect(new StdioV1(COMMAND));
    try {
      expect((await client.listTools()).tools.length).toBeGreaterThan(PETSTORE_TOUR.length);
      const answers = await Promise.all(
        [1, 2, 3, 4, 5, 6].map((petId) => client.callTool({ name: 'get_pet_pet_id', arguments: { petId } })),
      );
      expect(answers.map(({ structuredContent }) => structuredContent)).toEqual(
        [1, 2, 3, 4, 5, 6].map((id) => expect.objectContaining({ id })),
      );
      await expect(client.readResource({ uri: 'mesh-mcp://nothing' })).rejects.toThrow();
    } finally {
      await client.close();
    }
  });

  it.each(['legacy', 'auto'] as const)('the client of SDK v2 lists and calls (%s)', async (mode) => {
    const client = new ClientV2(INFO, { versionNegotiation: { mode } });
    await client.connect(new StdioV2(COMMAND));
    try {
      expect(client.getNegotiatedProtocolVersion()).toBe(mode === 'auto' ? '2026-07-28' : '2025-11-25');
      const answer = await client.callTool({ name: 'get_pet_find_by_status', arguments: { status: 'available' } });
      expect(JSON.stringify(answer)).toContain('Cat 1');
    } finally {
      await client.close();
    }
  });

  it('writes nothing but messages to standard output, says what is wrong with a message, and ends with the input', async () => {
    const child = spawn(COMMAND.command, [...COMMAND.args], { stdio: ['pipe', 'pipe', 'pipe'] });
    let output = '';
    let log = '';
    child.stdout.on('data', (piece) => {
      output += piece;
    });
    child.stderr.on('data', (piece) => {
      log += piece;
    });
    const exited = once(child, 'exit');
    child.stdin.end(
      '{"jsonrpc":"2.0","id":"a","method":"ping"}\n\nthis is no JSON\n{"jsonrpc":"2.0","method":"notifications/initialized"}\n{"jsonrpc":"2.0","id":"b","method":"nothing/known"}',
    );
    expect(await exited).toEqual([0, null]);
    expect(log).toContain('demo Petstore');
    const messages = output
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(messages).toHaveLength(3);
    expect(messages).toContainEqual(expect.objectContaining({ id: 'a', result: {} }));
    expect(messages).toContainEqual(expect.objectContaining({ error: expect.objectContaining({ code: -32700 }) }));
    expect(messages).toContainEqual(expect.objectContaining({ id: 'b', error: expect.objectContaining({ code: -32601 }) }));
  });
});
