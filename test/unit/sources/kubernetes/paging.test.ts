import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outcome, Refusal } from '../../../../src/sources/kubernetes/outcome.ts';
import { beginList, collect, type ListState, type PagingLimits, step } from '../../../../src/sources/kubernetes/paging.ts';
import type { PageQuery } from '../../../../src/sources/kubernetes/requests.ts';

const LIMITS: PagingLimits = { pageSize: 3, smallPageSize: 1, maxPages: 100, maxObjects: 1000, maxRetries: 2, maxWaitMs: 2_000 };
const spec = (limits: Partial<PagingLimits> = {}) => ({
  namespaced: true,
  decode: ({ name }: { readonly name: string }) => name,
  limits: { ...LIMITS, ...limits },
});

/** A server with these objects, that pages as asked; its tokens say where they lead. */
function server(names: readonly string[], resourceVersion = '1') {
  return ({ limit, continueToken }: PageQuery): Outcome => {
    const from = continueToken === undefined ? 0 : Number(continueToken);
    const items = names.slice(from, from + limit).map((name) => ({ metadata: { namespace: 'shop', name } }));
    const to = from + items.length;
    return page(items, to < names.length ? String(to) : undefined, resourceVersion);
  };
}

function page(items: readonly unknown[], continueToken: string | undefined, resourceVersion = '1'): Outcome {
  return { tag: 'page', list: { items, resourceVersion, continueToken }, bytes: 1, demo: false };
}

const refuse = (refusal: Refusal): Outcome => ({ tag: 'refused', refusal });

/** Runs a list to its end; `answer` may be another one each time. Fails where it does not end. */
function run(answer: (query: PageQuery, turn: number) => Outcome, limits: Partial<PagingLimits> = {}) {
  let state: ListState<string> = beginList({ ...LIMITS, ...limits });
  const queries: PageQuery[] = [];
  const waits: number[] = [];
  for (let turn = 0; state.tag === 'reading'; turn++) {
    if (turn > 500) throw new Error('the list does not end');
    queries.push(state.next);
    waits.push(state.waitMs);
    state = step(state, answer(state.next, turn), spec(limits), 0.5);
  }
  return { state, queries, waits, values: state.tag === 'refused' ? [] : collect(state.progress.pages).values };
}

const names = (count: number) => Array.from({ length: count }, (_, place) => `pod-${place}`);

describe('step', () => {
  it('reads page after page to the end', () => {
    const { state, queries, values } = run(server(names(7)));
    expect(state.tag).toBe('done');
    expect(values).toEqual(names(7));
    expect(queries).toEqual([{ limit: 3 }, { limit: 3, continueToken: '3' }, { limit: 3, continueToken: '6' }]);
  });

  it('begins again, once, when a token has expired, and keeps nothing of the first attempt', () => {
    const old = server(['gone-1', 'gone-2', 'gone-3', 'gone-4'], '1');
    const fresh = server(names(4), '2');
    const { state, values } = run((query, turn) => (turn === 0 ? old(query) : turn === 1 ? refuse({ tag: 'expired' }) : fresh(query)));
    expect(state.tag).toBe('done');
    expect(values).toEqual(names(4));
  });

  it('gives up when tokens keep expiring', () => {
    const { state, queries } = run((query) => (query.continueToken === undefined ? server(names(9))(query) : refuse({ tag: 'expired' })));
    expect(state).toEqual({ tag: 'refused', refusal: { tag: 'expired' } });
    expect(queries.length).toBe(4);
  });

  it('does not begin again when the first page itself is refused so', () => {
    expect(run(() => refuse({ tag: 'expired' }))).toMatchObject({ state: { tag: 'refused' }, queries: [{ limit: 3 }] });
  });

  it('begins again, once, when a page shows another state of the cluster', () => {
    const versions = ['1', '2', '3', '3', '3'];
    const { state, values } = run((query, turn) => server(names(7), versions[turn])(query));
    expect(state.tag).toBe('done');
    expect(values).toEqual(names(7));
    expect(run((query, turn) => server(names(7), String(turn))(query)).state).toEqual({ tag: 'refused', refusal: { tag: 'expired' } });
  });

  it('lists again in smaller pages when one does not fit, with a token of its own', () => {
    const { state, queries, values } = run((query, turn) => (turn === 1 ? refuse({ tag: 'too-large' }) : server(names(5))(query)));
    expect(state.tag).toBe('done');
    expect(values).toEqual(names(5));
    expect(queries[2]).toEqual({ limit: 1 });
    expect(run(() => refuse({ tag: 'too-large' })).state).toEqual({ tag: 'refused', refusal: { tag: 'too-large' } });
  });

  it.each<Refusal>([
    { tag: 'unreachable', detail: '' },
    { tag: 'throttled', status: 429, retryAfterMs: undefined },
    { tag: 'failing', status: 503, retryAfterMs: undefined },
  ])('sends again after $tag, twice, waiting longer each time', (refusal) => {
    const { state, waits, values } = run((query, turn) => (turn === 1 || turn === 2 ? refuse(refusal) : server(names(5))(query)));
    expect(state.tag).toBe('done');
    expect(values).toEqual(names(5));
    expect(waits).toEqual([0, 0, 200, 400]);
    expect(run(() => refuse(refusal))).toMatchObject({ state: { tag: 'refused', refusal }, waits: [0, 200, 400] });
  });

  it('waits as long as the server asks, unless that is too long', () => {
    const throttled = (retryAfterMs: number) => refuse({ tag: 'throttled', status: 429, retryAfterMs });
    expect(run((query, turn) => (turn === 0 ? throttled(1_500) : server(names(1))(query)))).toMatchObject({
      state: { tag: 'done' },
      waits: [0, 1_500],
    });
    expect(run(() => throttled(60_000))).toMatchObject({ state: { tag: 'refused' }, waits: [0] });
  });

  it.each<Refusal>([
    { tag: 'timeout', detail: '' },
    { tag: 'host-forbids', detail: '' },
    { tag: 'not-http', detail: '' },
    { tag: 'unauthorized' },
    { tag: 'forbidden' },
    { tag: 'missing' },
    { tag: 'redirected', status: 302 },
    { tag: 'refused', status: 400 },
    { tag: 'not-kubernetes', detail: '' },
  ])('does not try $tag again', (refusal) => {
    expect(run(() => refuse(refusal))).toMatchObject({ state: { tag: 'refused', refusal }, queries: [{ limit: 3 }] });
  });

  it('does not follow a token that leads to itself', () => {
    expect(run(() => page([], 'again')).state).toMatchObject({ tag: 'refused', refusal: { tag: 'not-kubernetes' } });
  });

  it('stops at its limits and keeps what it has', () => {
    const endless = (query: PageQuery): Outcome => {
      const at = Number(query.continueToken ?? '0');
      return page([{ metadata: { namespace: 'shop', name: `pod-${at}` } }], String(at + 1));
    };
    const byPages = run(endless, { maxPages: 4 });
    expect(byPages).toMatchObject({ state: { tag: 'stopped', reason: 'pages' }, values: names(4) });
    const byObjects = run(endless, { maxObjects: 5 });
    expect(byObjects).toMatchObject({ state: { tag: 'stopped', reason: 'objects' }, values: names(5) });
  });

  it('yields each object exactly once, whatever passing trouble there is', () => {
    const trouble = fc.constantFrom<Refusal | 'none'>(
      'none',
      'none',
      'none',
      { tag: 'expired' },
      { tag: 'too-large' },
      { tag: 'unreachable', detail: '' },
      {
        tag: 'failing',
        status: 500,
        retryAfterMs: 0,
      },
    );
    fc.assert(
      fc.property(fc.nat(30), fc.array(trouble, { maxLength: 12 }), (count, troubles) => {
        const serve = server(names(count));
        const { state, values, queries } = run((query, turn) => {
          const now = troubles[turn] ?? 'none';
          return now === 'none' ? serve(query) : refuse(now);
        });
        expect(queries.length).toBeLessThan(150);
        if (state.tag === 'done') expect(values).toEqual(names(count));
        else expect(state.tag).toBe('refused');
      }),
    );
  });

  it('ends, and never throws, whatever a server sends', () => {
    const outcome = fc.oneof(
      fc.record({
        tag: fc.constant('page' as const),
        list: fc.record({
          items: fc.array(fc.jsonValue()),
          resourceVersion: fc.constantFrom('1', '1', '1', '2', ''),
          continueToken: fc.constantFrom('a', 'b', 'c', undefined),
        }),
        bytes: fc.nat(),
        demo: fc.boolean(),
      }),
      fc.constantFrom<Outcome>(
        refuse({ tag: 'expired' }),
        refuse({ tag: 'too-large' }),
        refuse({ tag: 'throttled', status: 429, retryAfterMs: 1 }),
      ),
    );
    fc.assert(
      fc.property(fc.infiniteStream(outcome), (outcomes) => {
        const { state } = run(() => outcomes.next().value as Outcome, { maxPages: 20 }); // The stream has no end.
        expect(['done', 'stopped', 'refused']).toContain(state.tag);
      }),
    );
  });
});

describe('collect', () => {
  it('counts an object that was sent twice once, and names the malformed ones', () => {
    const item = (name: string) => ({ tag: 'decoded' as const, key: `shop/${name}`, value: name });
    const pages = [
      [item('a'), item('b'), { tag: 'malformed' as const, name: 'shop/x', problem: 'spec is not an object' }],
      [item('b'), { tag: 'skipped' as const, key: 'shop/c' }],
    ];
    expect(collect(pages)).toEqual({
      values: ['a', 'b'],
      malformed: [{ name: 'shop/x', problem: 'spec is not an object' }],
      lastKey: 'shop/c',
    });
    expect(collect([])).toEqual({ values: [], malformed: [], lastKey: undefined });
  });
});
