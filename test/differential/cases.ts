import fc from 'fast-check';
import type { HeaderList } from '../../src/lib/headers.ts';
import { META } from '../../src/mcp/protocol/constants.ts';
import { BOTH, statelessHeaders, statelessRequest } from '../support/mcp.ts';
import type { Sent } from './answers.ts';

/** A request and what to call it in a failure. */
export interface Case {
  readonly name: string;
  readonly sent: Sent;
}

const USUAL = { 'content-type': 'application/json', accept: BOTH };
const INITIALIZE_VERSIONS = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'];

const raw = (name: string, body: string, headers: Readonly<Record<string, string>> = {}, method = 'POST'): Case => ({
  name,
  sent: { method, headers: { ...USUAL, ...headers }, body },
});
const say = (name: string, message: unknown, headers: Readonly<Record<string, string>> = {}): Case =>
  raw(name, JSON.stringify(message), headers);
const request = (method: string, params?: unknown, id: unknown = 1) => ({
  jsonrpc: '2.0',
  id,
  method,
  ...(params === undefined ? {} : { params }),
});
const hello = (protocolVersion: unknown, rest: object = {}) =>
  request('initialize', { protocolVersion, capabilities: {}, clientInfo: { name: 'x', version: '1' }, ...rest });
const record = (headers: HeaderList) => Object.fromEntries(headers);

/** Requests that mean the same in every version. */
const CALLS: readonly (readonly [method: string, params?: Readonly<Record<string, unknown>>])[] = [
  ['tools/list'],
  ['tools/call', { name: 'echo', arguments: { text: 'hi' } }],
  ['tools/call', { name: 'count' }],
  ['tools/call', { name: 'count', _meta: { progressToken: 'p' } }],
  ['tools/call', { name: 'count', _meta: { progressToken: 0 } }],
  ['tools/call', { name: 'fail' }],
  ['tools/call', { name: 'echo', arguments: { text: 5 } }],
  ['tools/call', { name: 'echo' }],
  ['tools/call', { name: 'nothing' }],
  ['tools/call', { name: 'constructor' }],
  ['tools/call', {}],
  ['tools/call', { name: 5 }],
  ['tools/call', { name: 'echo', arguments: [] }],
  ['tools/list', { cursor: 'x' }],
  ['tools/list', { cursor: 5 }],
  ['prompts/list'],
  ['prompts/get', { name: 'greet', arguments: { who: 'you' } }],
  ['prompts/get', { name: 'greet' }],
  ['prompts/get', { name: 'greet', arguments: { who: 5 } }],
  ['prompts/get', { name: 'nothing' }],
  ['resources/list'],
  ['resources/templates/list'],
  ['resources/read', { uri: 'x://note' }],
  ['resources/read', { uri: 'x://item/7' }],
  ['resources/read', { uri: 'x://nothing' }],
  ['resources/read', {}],
  ['resources/subscribe', { uri: 'x://note' }],
  ['completion/complete', { ref: { type: 'ref/prompt', name: 'greet' }, argument: { name: 'who', value: '' } }],
  ['logging/setLevel', { level: 'info' }],
  ['ping'],
  ['server/discover'],
  ['tasks/list'],
  ['nothing'],
  ['toString'],
];

/** Written by hand: one case for each rule that a server has to keep. */
export const CASES: readonly Case[] = [
  ...CALLS.map(([method, params]) => say(`${method} ${JSON.stringify(params ?? null)}`, request(method, params))),
  ...CALLS.map(([method, params = {}]) => {
    const { _meta: meta, ...rest } = params;
    const { name, uri } = rest;
    const named = method === 'completion/complete' ? undefined : (name ?? uri);
    return say(
      `stateless ${method} ${JSON.stringify(params)}`,
      // The cases' own metadata are objects.
      statelessRequest(method, rest, meta as Readonly<Record<string, unknown>> | undefined),
      record(statelessHeaders(method, typeof named === 'string' ? named : undefined)),
    );
  }),
  ...[...INITIALIZE_VERSIONS, '2026-07-28', '2024-10-07', '1999-01-01', ''].map((version) => say(`initialize ${version}`, hello(version))),
  say('initialize without a version', hello(undefined)),
  say('initialize without capabilities', hello('2025-11-25', { capabilities: undefined })),
  say('initialize without a client', hello('2025-11-25', { clientInfo: undefined })),
  say('initialize with a strange header', hello('2025-11-25'), { 'mcp-protocol-version': '1999-01-01' }),
  say('initialize with the new header', hello('2025-11-25'), { 'mcp-protocol-version': '2026-07-28' }),
  ...[...INITIALIZE_VERSIONS, '2026-07-28', '2024-10-07', '1999-01-01', '2030-01-01', 'x'].map((version) =>
    say(`ping under the header ${version}`, request('ping'), { 'mcp-protocol-version': version }),
  ),

  // Metadata and headers of the stateless era.
  say('stateless without headers', statelessRequest('tools/list')),
  say('stateless without Mcp-Method', statelessRequest('tools/list'), { 'mcp-protocol-version': '2026-07-28' }),
  say('stateless with another Mcp-Method', statelessRequest('tools/list'), record(statelessHeaders('tools/call'))),
  say('stateless without Mcp-Name', statelessRequest('tools/call', { name: 'echo' }), record(statelessHeaders('tools/call'))),
  say('stateless with another Mcp-Name', statelessRequest('tools/call', { name: 'echo' }), record(statelessHeaders('tools/call', 'fail'))),
  say(
    'stateless with Mcp-Name in base64',
    statelessRequest('tools/call', { name: 'count' }),
    record(statelessHeaders('tools/call', '=?base64?Y291bnQ=?=')),
  ),
  say(
    'stateless with Mcp-Name in bad base64',
    statelessRequest('tools/call', { name: 'count' }),
    record(statelessHeaders('tools/call', '=?base64?Y291?=')),
  ),
  say('stateless with another version in the header', statelessRequest('tools/list'), {
    ...record(statelessHeaders('tools/list')),
    'mcp-protocol-version': '2025-11-25',
  }),
  say('stateless without metadata', request('tools/list'), record(statelessHeaders('tools/list'))),
  ...[
    { [META.clientCapabilities]: undefined },
    { [META.clientCapabilities]: 5 },
    { [META.protocolVersion]: undefined },
    { [META.protocolVersion]: 5 },
    { [META.protocolVersion]: '2030-01-01' },
    { [META.protocolVersion]: '1999-01-01' },
    { [META.protocolVersion]: '2025-11-25' },
    { [META.clientInfo]: undefined },
    { [META.clientInfo]: {} },
    { [META.logLevel]: 'loud' },
    { [META.logLevel]: 'info' },
    { progressToken: {} },
  ].map((meta) =>
    say(
      `stateless with metadata ${JSON.stringify(meta)}`,
      statelessRequest('tools/list', {}, meta),
      record(statelessHeaders('tools/list')),
    ),
  ),
  say('a future version in both places', statelessRequest('tools/list', {}, { [META.protocolVersion]: '2030-01-01' }), {
    ...record(statelessHeaders('tools/list')),
    'mcp-protocol-version': '2030-01-01',
  }),
  say(
    'initialize in the new dress',
    statelessRequest('initialize', { protocolVersion: '2026-07-28' }),
    record(statelessHeaders('initialize')),
  ),
  say('listening', statelessRequest('subscriptions/listen', { notifications: {} }), record(statelessHeaders('subscriptions/listen'))),

  // Messages that are no requests.
  say('a notification', { jsonrpc: '2.0', method: 'notifications/initialized' }),
  say('a cancellation', { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } }),
  say('an unknown notification', { jsonrpc: '2.0', method: 'notifications/nothing' }),
  say('a notification under the new header', { jsonrpc: '2.0', method: 'notifications/nothing' }, { 'mcp-protocol-version': '2026-07-28' }),
  say(
    'a notification under a strange header',
    { jsonrpc: '2.0', method: 'notifications/nothing' },
    { 'mcp-protocol-version': '1999-01-01' },
  ),
  say('a response', { jsonrpc: '2.0', id: 1, result: {} }),
  say('an error', { jsonrpc: '2.0', id: 1, error: { code: -1, message: 'x' } }),
  say('a response under the new header', { jsonrpc: '2.0', id: 1, result: {} }, { 'mcp-protocol-version': '2026-07-28' }),

  // Envelopes.
  ...[null, 5, 'x', true, {}, { jsonrpc: '2.0' }, { id: 1, method: 'ping' }].map((value) =>
    say(`the value ${JSON.stringify(value)}`, value),
  ),
  ...[null, 1.5, {}, [], true, '', 'x', 0, -1, 2 ** 53, 2 ** 60].map((id) => say(`the id ${JSON.stringify(id)}`, request('ping', {}, id))),
  ...[null, 5, 'x', []].map((params) => say(`the params ${JSON.stringify(params)}`, request('ping', params))),
  ...[null, 5, '', {}].map((method) => say(`the method ${JSON.stringify(method)}`, { jsonrpc: '2.0', id: 1, method })),
  say('another jsonrpc', { jsonrpc: '1.0', id: 1, method: 'ping' }),
  say('a member more', { ...request('ping'), extra: 1 }),
  say('request and response at once', { ...request('ping'), result: {} }),
  say('a long id', request('ping', {}, 'x'.repeat(5000))),
  raw('a prototype', '{"jsonrpc":"2.0","id":1,"method":"ping","params":{"__proto__":{"x":1}}}'),
  raw('deep nesting', `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":${'['.repeat(100)}${']'.repeat(100)}}}`),

  // Batches.
  say('a batch', [request('ping'), { jsonrpc: '2.0', method: 'notifications/initialized' }, request('ping', {}, 'b')]),
  say('a batch of one', [request('ping')]),
  say('a batch of notifications', [{ jsonrpc: '2.0', method: 'notifications/initialized' }]),
  say('an empty batch', []),
  say('a batch with a wrong member', [request('ping'), 5]),
  say('a batch with an id twice', [request('ping'), request('ping')]),
  say('a batch with a handshake', [hello('2025-03-26'), request('ping', {}, 2)]),
  say('a batch of one handshake', [hello('2025-03-26')]),
  say('a batch with a stateless request', [statelessRequest('tools/list')]),
  say(
    'a batch that is too long',
    Array.from({ length: 21 }, (_, id) => request('ping', {}, id)),
  ),
  ...[...INITIALIZE_VERSIONS, '2026-07-28'].map((version) =>
    say(`a batch under ${version}`, [request('ping')], { 'mcp-protocol-version': version }),
  ),

  // HTTP.
  ...['', '{', 'x', '\ufeff{"jsonrpc":"2.0","id":1,"method":"ping"}', '{"jsonrpc":"2.0","id":1,"method":"ping"} x'].map((body) =>
    raw(`the body ${body}`, body),
  ),
  ...['application/json; charset=utf-8', 'APPLICATION/JSON', 'text/plain', 'application/jsonx', 'application/json, text/plain'].map(
    (type) => say(`the type ${type}`, request('ping'), { 'content-type': type }),
  ),
  ...[
    'application/json',
    'text/event-stream',
    '*/*',
    'text/html',
    'text/event-stream, application/json',
    'application/json, text/event-stream;q=0',
  ].map((accept) => say(`accepting ${accept}`, request('ping'), { accept })),
  ...['application/json', 'text/event-stream', '*/*', 'text/html'].map((accept) =>
    say(`stateless, accepting ${accept}`, statelessRequest('tools/list'), { ...record(statelessHeaders('tools/list')), accept }),
  ),
  say('stateless progress for who takes no stream', statelessRequest('tools/call', { name: 'count' }, { progressToken: 1 }), {
    ...record(statelessHeaders('tools/call', 'count')),
    accept: 'application/json',
  }),
  ...['GET', 'DELETE', 'PUT'].map((method) => raw(method, '', {}, method)),
  raw('GET for JSON', '', { accept: 'application/json' }, 'GET'),
  say('a session that we did not give', request('ping'), { 'mcp-session-id': 'x' }),
];

const some = <Value>(...values: readonly Value[]) => fc.constantFrom(...values);
const odd = fc.oneof(some<unknown>(null, true, 0, 1.5, '', 'x', [], {}), fc.jsonValue({ maxDepth: 1 }));
const often = (usual: fc.Arbitrary<unknown>) => fc.oneof({ weight: 15, arbitrary: usual }, odd);

const looseParams = fc.record(
  {
    name: often(some('echo', 'count', 'greet', 'nothing')),
    uri: often(some('x://note', 'x://item/1', 'x://nothing')),
    arguments: often(some<unknown>({}, { text: 'a' }, { who: 'b' }, { text: 5 })),
    cursor: fc.oneof({ weight: 8, arbitrary: fc.constant(undefined) }, odd),
    _meta: often(some<unknown>({}, { progressToken: 1 }, { progressToken: 'p' })),
    protocolVersion: often(some(...INITIALIZE_VERSIONS)),
    capabilities: often(some({})),
    clientInfo: often(some({ name: 'x', version: '1' })),
  },
  { requiredKeys: [] },
);
const methodName = some(
  'initialize',
  'ping',
  'tools/list',
  'tools/call',
  'prompts/list',
  'prompts/get',
  'resources/read',
  'notifications/initialized',
  'nothing',
);
const looseMessage = fc.record(
  { jsonrpc: often(some('2.0')), id: often(some<unknown>(1, 'a')), method: often(methodName), params: often(looseParams) },
  { requiredKeys: ['jsonrpc', 'method'] },
);

const SEED = 20260728;

/** Made by chance, the same ones every time. */
export function randomCases(count: number): readonly Case[] {
  const older = fc.sample(fc.tuple(looseMessage, fc.option(some(...INITIALIZE_VERSIONS), { nil: undefined })), {
    seed: SEED,
    numRuns: count,
  });
  const newer = fc.sample(fc.tuple(methodName, looseParams), { seed: SEED, numRuns: count });
  return [
    ...older.map(([message, version], index) =>
      say(`random ${index}: ${JSON.stringify(message)}`, message, version === undefined ? {} : { 'mcp-protocol-version': version }),
    ),
    ...newer.map(([method, { _meta: _, ...params }], index) => {
      const named = params.name ?? params.uri;
      const message = statelessRequest(method, params);
      return say(
        `random stateless ${index}: ${JSON.stringify(message)}`,
        message,
        record(statelessHeaders(method, typeof named === 'string' ? encodeURI(named) : undefined)),
      );
    }),
  ];
}
