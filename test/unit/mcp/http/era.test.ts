import { describe, expect, it } from 'vitest';
import type { HeaderList } from '../../../../src/lib/headers.ts';
import { classifyRequest } from '../../../../src/mcp/http/era.ts';
import { META } from '../../../../src/mcp/protocol/constants.ts';
import { SUPPORTED_VERSIONS } from '../../../../src/mcp/protocol/versions.ts';
import { statelessHeaders } from '../../../support/mcp.ts';

const version = (text: string): HeaderList => [['MCP-Protocol-Version', text]];
const meta = (fields: Readonly<Record<string, unknown>> = {}) => ({
  _meta: { [META.protocolVersion]: '2026-07-28', [META.clientCapabilities]: {}, ...fields },
});
const LIST = statelessHeaders('tools/list');

describe('classifyRequest', () => {
  it.each([
    ['no header', [], 'tools/list', {}, '2025-03-26'],
    ['each older version: 2024-11-05', version('2024-11-05'), 'tools/list', {}, '2024-11-05'],
    ['each older version: 2025-03-26', version('2025-03-26'), 'tools/list', {}, '2025-03-26'],
    ['each older version: 2025-06-18', version(' 2025-06-18 '), 'tools/list', {}, '2025-06-18'],
    ['each older version: 2025-11-25', version('2025-11-25'), 'tools/list', {}, '2025-11-25'],
    ['a handshake, whatever its header', version('1999-01-01'), 'initialize', {}, '2025-11-25'],
    ['an older version named in the metadata', [], 'tools/list', { _meta: { [META.protocolVersion]: '2025-06-18' } }, '2025-03-26'],
    ['2026-07-28', LIST, 'tools/list', meta(), '2026-07-28'],
    ['2026-07-28 and initialize with all it takes', statelessHeaders('initialize'), 'initialize', meta(), '2026-07-28'],
  ] as const)('knows %s', (_what, headers, method, params, expected) => {
    expect(classifyRequest(headers, method, params)).toMatchObject({ version: expected });
  });

  it('reads what a request says about itself', () => {
    const params = meta({ progressToken: 7, [META.logLevel]: 'warning', [META.clientCapabilities]: { roots: {} } });
    expect(classifyRequest(LIST, 'tools/list', params)).toMatchObject({
      meta: { progressToken: 7, logLevel: 'warning', clientCapabilities: { roots: {} } },
    });
    expect(classifyRequest([], 'tools/list', { _meta: { progressToken: 'p', [META.logLevel]: 'debug' } })).toMatchObject({
      meta: { progressToken: 'p', clientCapabilities: {} },
    });
  });

  it.each([
    ['an unknown older header', version('1999-01-01'), 'tools/list', {}, -32022],
    ['a header that is no version', version('latest'), 'tools/list', {}, -32022],
    ['a future header', version('2030-01-01'), 'tools/list', {}, -32022],
    ['a future claim', version('2030-01-01'), 'tools/list', meta({ [META.protocolVersion]: '2030-01-01' }), -32022],
    ['a claim that is no version', [], 'tools/list', meta({ [META.protocolVersion]: 'x' }), -32022],
    ['the new header without metadata', LIST, 'tools/list', {}, -32602],
    ['the new header with other metadata', LIST, 'tools/list', { _meta: { progressToken: 1 } }, -32602],
    ['a claim of a wrong type', LIST, 'tools/list', meta({ [META.protocolVersion]: 5 }), -32602],
    ['no capabilities', LIST, 'tools/list', { _meta: { [META.protocolVersion]: '2026-07-28' } }, -32602],
    ['capabilities that are no object', LIST, 'tools/list', meta({ [META.clientCapabilities]: [] }), -32602],
    ['a client without a name', LIST, 'tools/list', meta({ [META.clientInfo]: { version: '1' } }), -32602],
    ['an unknown log level', LIST, 'tools/list', meta({ [META.logLevel]: 'loud' }), -32602],
    ['another version in the header', version('2025-11-25'), 'tools/list', meta(), -32020],
    ['no version in the header', [['mcp-method', 'tools/list']], 'tools/list', meta(), -32020],
    ['no method in the header', version('2026-07-28'), 'tools/list', meta(), -32020],
    ['an old claim under the new header', LIST, 'tools/list', { _meta: { [META.protocolVersion]: '2025-06-18' } }, -32602],
    ['a handshake under the new header', statelessHeaders('initialize'), 'initialize', {}, -32020],
  ] as const)('refuses %s', (_what, headers, method, params, code) => {
    expect(classifyRequest(headers, method, params)).toMatchObject({ code });
  });

  it('names what it speaks, and what was asked', () => {
    expect(classifyRequest(version('2030-01-01'), 'tools/list', {})).toMatchObject({
      data: { supported: SUPPORTED_VERSIONS, requested: '2030-01-01' },
    });
    expect(SUPPORTED_VERSIONS).toEqual(['2026-07-28', '2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05']);
  });
});
