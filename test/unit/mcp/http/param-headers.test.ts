import { describe, expect, it } from 'vitest';
import { post, postStateless } from '../../../support/mcp.ts';
import { smallServer } from '../../../support/mcp-server.ts';

const server = smallServer({
  tools: [
    {
      name: 'route',
      description: 'Has mirrored arguments.',
      inputSchema: {
        type: 'object',
        properties: {
          region: { type: 'string', 'x-mcp-header': 'Region' },
          options: { type: 'object', properties: { level: { type: 'integer', 'x-mcp-header': 'Level' } } },
          dry: { type: 'boolean', 'x-mcp-header': 'Dry' },
        },
      },
      call: () => ({ text: 'ran', structured: {} }),
    },
  ],
});

const call = (args: unknown, headers: readonly (readonly [string, string])[]) =>
  postStateless(server, 'tools/call', { name: 'route', arguments: args }, { headers }).response.status;

describe('Mcp-Param headers', () => {
  it.each([
    ['a text', { region: 'eu' }, [['mcp-param-region', 'eu']]],
    ['an encoded text', { region: 'Zürich' }, [['mcp-param-region', '=?base64?WsO8cmljaA==?=']]],
    ['a number, by its value', { options: { level: 42 } }, [['mcp-param-level', '42.0']]],
    ['a truth value', { dry: false }, [['mcp-param-dry', 'false']]],
    ['no argument', {}, []],
    ['null', { region: null }, []],
  ] as const)('let %s pass', (_what, args, headers) => {
    expect(call(args, headers)).toBe(200);
  });

  it.each([
    ['a missing header', { region: 'eu' }, []],
    ['another text', { region: 'eu' }, [['mcp-param-region', 'us']]],
    ['a bad encoding', { region: 'eu' }, [['mcp-param-region', '=?base64?x?=']]],
    ['another number', { options: { level: 42 } }, [['mcp-param-level', '43']]],
    ['a number in hexadecimal', { options: { level: 42 } }, [['mcp-param-level', '0x2a']]],
    ['another case', { dry: true }, [['mcp-param-dry', 'True']]],
  ] as const)('stop %s', (_what, args, headers) => {
    expect(call(args, headers)).toBe(400);
  });

  it('have no meaning before 2026-07-28', () => {
    const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'route', arguments: { region: 'eu' } } };
    expect(post(server, message).response.status).toBe(200);
  });
});
