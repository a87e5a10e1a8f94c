import { describe, expect, it } from 'vitest';
import type { HostRequest, ResponseSink } from '../../../src/adapters/node/exchange.ts';
import { collectForEver, hostOn, outcomeOf } from '../../../src/entry/host/collect.ts';
import { hostAllowed } from '../../../src/server/hosts.ts';

describe('an answer of the collector', () => {
  it.each([
    [200, '{"leader":true,"generation":7}', { tag: 'done' }],
    [200, '{}', { tag: 'done' }],
    [200, 'not JSON', { tag: 'done' }],
    [200, '{"leader":false,"holder":"x","retryAfterMs":12000}', { tag: 'standby', retryAfterMs: 12_000 }],
    [200, '{"leader":false}', { tag: 'standby', retryAfterMs: 10_000 }],
    [200, '{"leader":false,"retryAfterMs":-1}', { tag: 'standby', retryAfterMs: 10_000 }],
    [200, '{"leader":false,"retryAfterMs":"soon"}', { tag: 'standby', retryAfterMs: 10_000 }],
    [503, '{"error":{"code":"unavailable","message":"No store."}}', { tag: 'failed', why: 'No store.' }],
    [401, '{"error":"no"}', { tag: 'failed', why: 'it answers 401' }],
    [404, '', { tag: 'failed', why: 'it answers 404' }],
    [500, '[1]', { tag: 'failed', why: 'it answers 500' }],
  ])('%i %s is %j', (status, text, outcome) => {
    expect(outcomeOf({ status, text })).toEqual(outcome);
  });
});

describe('the host of the collector’s requests', () => {
  it.each([
    [['localhost', '127.0.0.1'], 'localhost'],
    [['127.0.0.1', 'localhost'], 'localhost'],
    [['*'], 'localhost'],
    [['mesh.example'], 'mesh.example'],
    [['*.mesh.example'], 'collector.mesh.example'],
    [['[::1]'], '[::1]'],
  ])('for %j is %s, which the component takes', (allowed, host) => {
    expect(hostOn(allowed)).toBe(host);
    expect(hostAllowed(host, allowed)).toBe(true);
  });

  it('is some host where none is allowed', () => {
    expect(hostOn([])).toBe('localhost');
  });
});

it('sends the collector’s request with its token, again after the answer, until it is stopped', async () => {
  const requests: HostRequest[] = [];
  const sinks: ResponseSink[] = [];
  const second = Promise.withResolvers<void>();
  const ticker = collectForEver({
    run: (request, sink) => {
      requests.push(request);
      sinks.push(sink);
      if (requests.length === 2) second.resolve();
    },
    host: 'mesh.example',
    token: 'hush',
    say: (line) => expect.unreachable(line),
  });
  const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString();
  const [request] = requests;
  expect(request).toMatchObject({ method: 'POST', authority: 'mesh.example', pathWithQuery: '/v1/collect' });
  const body = (await request?.body?.toArray())?.join('') ?? '';
  // The first run makes the graph and ends, so that whoever starts the host need not wait for a window.
  const { holder } = JSON.parse(body);
  expect(JSON.parse(body)).toEqual({ holder: expect.stringMatching(/^local-[0-9a-f]{12}$/), windowMs: 0 });
  expect(request?.headers.map(([name, value]) => [name, text(value)])).toEqual([
    ['host', 'mesh.example'],
    ['authorization', 'Bearer hush'],
    ['content-type', 'application/json'],
    ['content-length', String(body.length)],
  ]);
  sinks[0]?.head(200, []);
  sinks[0]?.write(new Uint8Array(Buffer.from('{}')), () => {});
  sinks[0]?.end();
  await second.promise;
  await ticker.first;
  expect(JSON.parse((await requests[1]?.body?.toArray())?.join('') ?? '')).toEqual({ holder });
  let left = 0;
  sinks[1]?.onLeft(() => left++);
  await ticker.stop();
  expect(left).toBe(1);
  sinks[1]?.onLeft(() => left++);
  expect(left).toBe(2);
});
