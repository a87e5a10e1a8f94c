import { describe, expect, it } from 'vitest';
import type { HttpFailure, HttpRequest, HttpResponse } from '../../../../src/ports/http.ts';
import { type ClientLimits, openClient } from '../../../../src/sources/prometheus/client.ts';
import type { Connection } from '../../../../src/sources/prometheus/connection.ts';
import { type FakeClock, fakeClock, fakeHttp, fixedRandom } from '../../../support/ports.ts';
import { quietPorts } from '../../../support/quiet-ports.ts';
import { answer, apiError, BASE, CONNECTION, failure, parametersOf, queryIn, vector } from './fake.ts';

const LIMITS: ClientLimits = { totalMs: 10_000, requestMs: 5_000, concurrency: 2, maxRequests: 100, maxBodyBytes: 1000, maxSamples: 10 };

type Answer = (request: HttpRequest, turn: number, clock: FakeClock) => HttpResponse | HttpFailure;

function open(give: Answer, limits: Partial<ClientLimits> = {}, connection: Connection = CONNECTION) {
  const clock = fakeClock();
  const { ports, lines } = quietPorts();
  let turn = 0;
  const http = fakeHttp((request) => give(request, turn++, clock));
  /** How many requests went out together. */
  const groups: number[] = [];
  const grouping = {
    ...http,
    sendAll: (all: readonly HttpRequest[]) => {
      groups.push(all.length);
      return http.sendAll(all);
    },
  };
  const client = openClient({ ...ports, clock, http: grouping, random: fixedRandom() }, connection, { ...LIMITS, ...limits });
  return { client, http, groups, clock, lines };
}

const tags = (outcomes: readonly { readonly tag: string; readonly refusal?: { readonly tag: string } }[]) =>
  outcomes.map((outcome) => outcome.refusal?.tag ?? outcome.tag);
const ok = () => vector([]);

describe('openClient', () => {
  it('POSTs an instant query, telling Prometheus how long it has and how many rows we take', () => {
    const { client, http } = open(ok);
    client.ask(['sum by (a) (rate(m{b=~"x|y"}[1m]))']);
    const [request] = http.requests;
    expect(request).toMatchObject({ method: 'POST', url: `${BASE}/api/v1/query`, timeoutMs: 5000, maxBodyBytes: 1000 });
    expect(request?.headers).toEqual([
      ['accept', 'application/json'],
      ['content-type', 'application/x-www-form-urlencoded'],
    ]);
    expect(Object.fromEntries(parametersOf(request ?? expect.fail()))).toEqual({
      query: 'sum by (a) (rate(m{b=~"x|y"}[1m]))',
      timeout: '4750ms',
      limit: '11',
    });
  });

  it('says who we are', () => {
    const { client, http } = open(ok, {}, { ...CONNECTION, credentials: { tag: 'bearer', token: 't0ken' }, tenant: 'a' });
    client.ask(['m']);
    client.values([{ label: 'namespace', selector: 'm' }]);
    for (const { headers } of http.requests) {
      expect(headers).toContainEqual(['authorization', 'Bearer t0ken']);
      expect(headers).toContainEqual(['x-scope-orgid', 'a']);
    }
  });

  it('asks a few at a time, and puts each outcome where its query stood', () => {
    const { client, groups } = open((request) => vector([[{ q: queryIn(request) }, 1]]));
    const outcomes = client.ask(['a', 'b', 'c', 'd', 'e']);
    expect(outcomes.map((outcome) => (outcome.tag === 'vector' ? outcome.samples[0]?.labels.q : ''))).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(groups).toEqual([2, 2, 1]);
    expect(client.requests).toBe(5);
  });

  it('tries once more what is throttled or fails, after a pause', () => {
    const { client, http, clock } = open((request, turn) => (queryIn(request) === 'b' && turn < 3 ? answer(500, '') : ok()));
    expect(tags(client.ask(['a', 'b', 'c']))).toEqual(['vector', 'vector', 'vector']);
    expect(http.requests.map(queryIn)).toEqual(['a', 'b', 'c', 'b']);
    // Half way between 200 and 800 ms.
    expect(clock.slept).toBe(500);
  });

  it('tries no more than once', () => {
    const { client, http } = open(() => apiError(503, 'unavailable', 'not ready'));
    expect(tags(client.ask(['a']))).toEqual(['failing']);
    expect(http.requests).toHaveLength(2);
  });

  it('waits as long as it is asked to, if there is the time', () => {
    const patient = open((_, turn) => (turn === 0 ? answer(429, '', [['retry-after', '4']]) : ok()));
    expect(tags(patient.client.ask(['a']))).toEqual(['vector']);
    expect(patient.clock.slept).toBe(4500);
    const hurried = open(() => answer(429, '', [['retry-after', '30']]));
    expect(tags(hurried.client.ask(['a']))).toEqual(['throttled']);
    expect(hurried.clock.slept).toBe(0);
    expect(hurried.http.requests).toHaveLength(1);
  });

  it('does not try again what would fail again', () => {
    for (const refusal of [answer(401, ''), apiError(400, 'bad_data', 'no'), failure('unreachable'), answer(200, 'x')]) {
      const { client, http } = open(() => refusal);
      client.ask(['a']);
      expect(http.requests).toHaveLength(1);
    }
  });

  it('asks no further when a whole group found nobody there', () => {
    for (const hopeless of [
      failure('unreachable'),
      failure('forbidden'),
      answer(401, ''),
      answer(302, ''),
      answer(404, ''),
      answer(200, '<html>'),
    ]) {
      const { client, http } = open(() => hopeless);
      const outcomes = client.ask(['a', 'b', 'c', 'd', 'e']);
      expect(http.requests).toHaveLength(2);
      expect(new Set(tags(outcomes)).size).toBe(1);
      expect(outcomes).toHaveLength(5);
    }
  });

  it('asks on when one of a group failed, or when Prometheus rejects queries', () => {
    const one = open((request) => (queryIn(request) === 'a' ? failure('timeout') : ok()));
    expect(tags(one.client.ask(['a', 'b', 'c']))).toEqual(['timeout', 'vector', 'vector']);
    const each = open(() => apiError(400, 'bad_data', 'no'));
    each.client.ask(['a', 'b', 'c']);
    expect(each.http.requests).toHaveLength(3);
  });

  it('keeps to its time, and gives each request no more than is left', () => {
    const { client, http } = open((_, __, clock) => {
      clock.advance(4_000);
      return ok();
    });
    // Each answer takes 4 s, one after the other in this test: two groups, and then 10 s are over.
    expect(tags(client.ask(['a', 'b', 'c', 'd', 'e', 'f']))).toEqual(['vector', 'vector', 'vector', 'vector', 'timeout', 'timeout']);
    expect(http.requests.map(({ timeoutMs }) => timeoutMs)).toEqual([5000, 5000, 2000, 2000]);
  });

  it('keeps to its number of requests', () => {
    const { client, http } = open(ok, { maxRequests: 3 });
    expect(tags(client.ask(['a', 'b', 'c', 'd', 'e']))).toEqual(['vector', 'vector', 'vector', 'budget', 'budget']);
    expect(tags(client.ask(['f']))).toEqual(['budget']);
    expect(http.requests).toHaveLength(3);
  });

  it('goes on by GET where POST is not allowed', () => {
    const { client, http, lines } = open((request) =>
      request.method === 'POST' ? answer(405, '') : vector([[{ q: queryIn(request) }, 1]]),
    );
    const outcomes = client.ask(['a{b="c"}', 'd', 'e']);
    expect(outcomes.map((outcome) => (outcome.tag === 'vector' ? outcome.samples[0]?.labels.q : ''))).toEqual(['a{b="c"}', 'd', 'e']);
    expect(http.requests.map(({ method }) => method)).toEqual(['POST', 'POST', 'GET', 'GET', 'GET']);
    expect(http.requests.at(-1)).toMatchObject({ url: expect.stringContaining(`${BASE}/api/v1/query?query=e&timeout=`) });
    expect(http.requests.at(-1)?.body).toBeUndefined();
    expect(lines).toHaveLength(1);
  });

  it('asks for the values of a label by GET', () => {
    const { client, http } = open(() => answer(200, { status: 'success', data: ['shop'] }));
    expect(client.values([{ label: 'namespace', selector: 'm{a="b"}' }])).toEqual([{ tag: 'values', values: ['shop'] }]);
    expect(http.requests[0]).toMatchObject({ method: 'GET', url: `${BASE}/api/v1/label/namespace/values?match%5B%5D=m%7Ba%3D%22b%22%7D` });
  });
});
