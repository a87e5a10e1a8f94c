import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HttpRequest, HttpResponse } from '../../../../src/ports/http.ts';
import { type AskOptions, askQueries } from '../../../../src/sources/prometheus/answers.ts';
import { openClient } from '../../../../src/sources/prometheus/client.ts';
import type { QueryName } from '../../../../src/sources/prometheus/queries.ts';
import { TRAFFIC_LIMITS } from '../../../../src/sources/prometheus/source.ts';
import { fakeClock, fakeHttp, fixedRandom } from '../../../support/ports.ts';
import { quietPorts } from '../../../support/quiet-ports.ts';
import { answer, apiError, CONNECTION, queryIn, vector } from './fake.ts';

/** The namespaces that a matcher of a query admits; undefined where there is no such matcher. */
function admitted(query: string, label: string): readonly string[] | undefined {
  return new RegExp(`[{,]${label}=~"([^"]*)"`).exec(query)?.[1]?.split('|');
}
function excluded(query: string, label: string): readonly string[] {
  return new RegExp(`[{,]${label}!~"([^"]*)"`).exec(query)?.[1]?.split('|') ?? [];
}

/** A series of `response_total`, by the namespaces of its ends; the empty one is that of a pod that was scraped without it. */
type Pair = readonly [from: string, into: string];

/** A Prometheus that holds one series for each pair and answers with at most so many rows. */
function server(pairs: readonly Pair[], most: number, list: (request: HttpRequest) => HttpResponse | undefined = () => undefined) {
  return (request: HttpRequest): HttpResponse => {
    if (request.url.includes('/label/namespace/values')) {
      return (
        list(request) ?? answer(200, { status: 'success', data: [...new Set(pairs.map(([from]) => from))].filter((name) => name !== '') })
      );
    }
    const query = queryIn(request);
    const [from, into, not] = [admitted(query, 'namespace'), admitted(query, 'dst_namespace'), excluded(query, 'namespace')];
    const rows = pairs.filter(([a, b]) => (from?.includes(a) ?? true) && (into?.includes(b) ?? true) && !not.includes(a));
    if (rows.length > most)
      return apiError(422, 'execution', 'query processing would load too many samples into memory in query execution');
    return vector(rows.map(([a, b]) => [{ ...(a === '' ? {} : { namespace: a }), dst_namespace: b }, 1]));
  };
}

function ask(
  give: (request: HttpRequest) => HttpResponse,
  options: Partial<AskOptions> = {},
  names: readonly QueryName[] = ['linkerdRequests'],
  maxRequests = 1000,
) {
  const { ports } = quietPorts();
  const http = fakeHttp(give);
  const client = openClient({ ...ports, clock: fakeClock(), http, random: fixedRandom() }, CONNECTION, { ...TRAFFIC_LIMITS, maxRequests });
  const answers = askQueries(client, names, { window: '1m', namespaces: undefined, namespacesPerQuery: 3, ...options });
  return { answers, queries: http.requests.map(queryIn) };
}

const pairsIn = (answers: ReturnType<typeof ask>['answers'], name: QueryName = 'linkerdRequests') =>
  (answers.samples.get(name) ?? []).map(({ labels }) => `${labels.namespace ?? ''}>${labels.dst_namespace}`).sort();
const named = (pairs: readonly Pair[]) => pairs.map(([from, into]) => `${from}>${into}`).sort();

describe('askQueries', () => {
  it('asks for everything at once where that is small enough', () => {
    const pairs: readonly Pair[] = [
      ['a', 'b'],
      ['b', 'c'],
    ];
    const { answers, queries } = ask(server(pairs, 10));
    expect(pairsIn(answers)).toEqual(named(pairs));
    expect(queries).toHaveLength(1);
    expect(answers.missing).toEqual([]);
  });

  it('splits what is too large by the namespaces that Prometheus has, down to single ones, without losing or doubling a row', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', '');
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(name, fc.constantFrom('a', 'b', 'x', 'y')), { selector: String, maxLength: 28 }),
        fc.integer({ min: 4, max: 12 }),
        (pairs, most) => {
          const { answers } = ask(server(pairs, most));
          // Without a single name there is nothing to split by.
          if (pairs.every(([from]) => from === '') && pairs.length > most) expect(answers.missing).toHaveLength(1);
          else {
            expect(pairsIn(answers)).toEqual(named(pairs));
            expect(answers.missing).toEqual([]);
          }
        },
      ),
    );
  });

  it('misses what is too large for a single namespace, and nothing else', () => {
    const pairs: readonly Pair[] = [
      ['small', 'x'],
      ['large', 'x'],
      ['large', 'y'],
      ['large', 'z'],
    ];
    const { answers } = ask(server(pairs, 2));
    expect(pairsIn(answers)).toEqual(['small>x']);
    expect(answers.missing).toEqual([{ name: 'linkerdRequests', refusal: expect.objectContaining({ tag: 'too-large' }) }]);
  });

  it('gives up a query whose namespaces it cannot find out', () => {
    const pairs: readonly Pair[] = [
      ['a', 'x'],
      ['b', 'x'],
    ];
    for (const list of [answer(403, ''), answer(200, { status: 'success', data: ['NOT A NAMESPACE'] })]) {
      const { answers } = ask(server(pairs, 1, () => list));
      expect(answers.samples.size).toBe(0);
      expect(answers.missing).toHaveLength(1);
    }
  });

  it('reads traffic into and out of the namespaces that it is limited to, each row once', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(name, name), { selector: String, maxLength: 30 }),
        fc.uniqueArray(name, { minLength: 1 }),
        fc.integer({ min: 6, max: 30 }),
        (pairs, namespaces, most) => {
          const { answers } = ask(server(pairs, most), { namespaces, namespacesPerQuery: 2 });
          expect(pairsIn(answers)).toEqual(named(pairs.filter(([from, into]) => namespaces.includes(from) || namespaces.includes(into))));
        },
      ),
    );
  });

  it('does not ask for a way in where a query has none', () => {
    const { queries } = ask(() => vector([]), { namespaces: ['a'] }, ['linkerdUnmeshed', 'linkerdRequests']);
    expect(queries).toHaveLength(3);
    expect(queries.filter((query) => query.includes('dst_namespace=~"a",namespace!~"a"'))).toHaveLength(1);
  });

  it('loses one query, not the others', () => {
    const { answers } = ask(
      (request) =>
        queryIn(request).includes('tcp_') ? apiError(400, 'bad_data', 'no') : vector([[{ namespace: 'a', dst_namespace: 'b' }, 1]]),
      {},
      ['linkerdTcpOpen', 'linkerdRequests'],
    );
    expect(pairsIn(answers)).toEqual(['a>b']);
    expect(answers.missing).toEqual([{ name: 'linkerdTcpOpen', refusal: { tag: 'rejected', status: 400, words: 'no' } }]);
  });

  it('stops when it has asked enough', () => {
    const pairs = ['a', 'b', 'c', 'd'].flatMap((from): Pair[] => [
      [from, 'x'],
      [from, 'y'],
    ]);
    const { answers, queries } = ask(server(pairs, 1), {}, ['linkerdRequests'], 5);
    expect(queries).toHaveLength(5);
    expect(answers.missing.some(({ refusal }) => refusal.tag === 'budget')).toBe(true);
  });

  it('collects what Prometheus remarks, each remark once', () => {
    const { answers } = ask(() => vector([], { warnings: ['w'], infos: ['i'] }), {}, ['linkerdTcpOpen', 'linkerdRequests']);
    expect(answers).toMatchObject({ warnings: ['w'], infos: ['i'] });
  });
});
