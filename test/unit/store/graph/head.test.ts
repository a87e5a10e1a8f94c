import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sumSummaries } from '../../../../src/graph/summary.ts';
import { decodeUtf8, encodeUtf8 } from '../../../../src/lib/utf8.ts';
import { KEPT_KINDS } from '../../../../src/mesh/kept.ts';
import { decodeHead, encodeHead, type Head, NO_PAGES, type SourceState } from '../../../../src/store/graph/head.ts';
import { decodeLeader } from '../../../../src/store/graph/lease.ts';
import { decodeObjects, encodeObjects } from '../../../../src/store/graph/objects.ts';
import { decodeIndexPage, encodeIndexPage } from '../../../../src/store/graph/pages.ts';
import { decodeResume, encodeResume } from '../../../../src/store/graph/resume.ts';
import { decodeSummaryPage } from '../../../../src/store/graph/summaries.ts';
import { world } from './support/arbitraries.ts';
import { HEALTHY } from './support/cluster.ts';

const texts = fc.array(fc.string({ unit: 'binary' }), { maxLength: 3 });
const refs = fc.array(fc.stringMatching(/^[0-9a-z]{1,3}-[0-9a-z]\.[0-9a-f]{16}$/), { maxLength: 2 }).map((list) => list.join(','));
const source: fc.Arbitrary<SourceState> = fc.oneof(
  fc.constant({ state: 'synced' as const }),
  fc.record({ state: fc.constant('stale' as const), since: fc.nat(), why: fc.string() }),
  fc.record({ state: fc.constant('absent' as const), why: fc.string() }),
);
const pagesOf = (count: number) => fc.array(refs, { minLength: count, maxLength: count });
const points = fc.dictionary(fc.constantFrom(...KEPT_KINDS), fc.string(), { maxKeys: 4, noNullPrototype: true });

const head: fc.Arbitrary<Head> = fc.record(
  {
    epoch: fc.string(),
    generation: fc.nat(),
    turn: fc.nat(),
    sequence: fc.nat(),
    at: fc.nat(),
    collector: fc.string(),
    source: fc.string(),
    demo: fc.boolean(),
    sources: fc.record({ kubernetes: source, prometheus: source }),
    notes: texts,
    trafficNotes: texts,
    unread: fc.subarray([...KEPT_KINDS]),
    totals: fc.constant(sumSummaries([])),
    index: pagesOf(NO_PAGES.index.length),
    summaries: pagesOf(NO_PAGES.summaries.length),
    resume: points,
    ring: fc.nat(),
    retiredFrom: fc.nat(),
    trafficAt: fc.nat(),
  },
  {
    requiredKeys: [
      'epoch',
      'generation',
      'turn',
      'sequence',
      'at',
      'collector',
      'source',
      'demo',
      'sources',
      'notes',
      'trafficNotes',
      'unread',
      'totals',
      'index',
      'summaries',
      'resume',
      'ring',
      'retiredFrom',
    ],
  },
);

const anything = fc.oneof(fc.string(), fc.json(), fc.constant('{"version":1}'), fc.constant('[1,"x",[]]'));

describe('what is stored', () => {
  it('head: comes back from its bytes', () => {
    fc.assert(
      fc.property(head, (given) => {
        expect(decodeHead(encodeHead(given))).toEqual(given);
      }),
    );
  });

  it('head: is absent when any part of it is not what it should be', () => {
    const good: Head = {
      ...{ epoch: 'e', generation: 5, turn: 4, sequence: 3, at: 2, collector: 'c', source: 's' },
      ...HEALTHY,
      notes: ['n'],
      unread: ['pods'],
      totals: sumSummaries([]),
      ...NO_PAGES,
      resume: { pods: 'p' },
      ...{ ring: 7, retiredFrom: 6, trafficAt: 8 },
    };
    const text = decodeUtf8(encodeHead(good));
    expect(decodeHead(encodeUtf8(text))).toEqual(good);
    for (const [from, to] of [
      ['"version":1', '"version":2'],
      ['"epoch":"e"', '"epoch":1'],
      ['"generation":5', '"generation":-5'],
      ['"turn":4', '"turn":4.5'],
      ['"sequence":3', '"sequence":"3"'],
      ['"at":2', '"at":null'],
      ['"collector":"c"', '"collector":[]'],
      ['"source":"s"', '"source":{}'],
      ['"demo":false', '"demo":0'],
      ['"state":"synced"', '"state":"fine"'],
      ['"state":"synced"', '"state":"stale"'],
      ['"state":"synced"', '"state":"absent"'],
      ['"notes":["n"]', '"notes":"n"'],
      ['"trafficNotes":[]', '"trafficNotes":[1]'],
      ['"unread":["pods"]', '"unread":["peas"]'],
      ['"totals":[', '"totals":[[],'],
      ['"index":["",', '"index":['],
      ['"summaries":["",', '"summaries":[0,'],
      ['"pods":"p"', '"pods":1'],
      ['"ring":7', '"ring":1e99'],
      ['"retiredFrom":6', '"retiredFrom":true'],
      ['"trafficAt":8', '"trafficAt":"8"'],
    ] as const) {
      expect(text).toContain(from);
      expect(decodeHead(encodeUtf8(text.replace(from, to))), to).toBeUndefined();
    }
  });

  it('head: passes over what a newer program may add', () => {
    const text = decodeUtf8(
      encodeHead({
        ...{ epoch: 'e', generation: 5, turn: 4, sequence: 3, at: 2, collector: 'c', source: 's' },
        ...HEALTHY,
        totals: sumSummaries([]),
        ...NO_PAGES,
        resume: {},
        ring: 7,
        retiredFrom: 6,
      }),
    );
    const newer = text.replace('"resume":{}', '"resume":{"lizards":"5"},"extra":1');
    expect(decodeHead(encodeUtf8(newer))).toEqual(decodeHead(encodeUtf8(text)));
  });

  it('index: comes back from its text, and equal pages have equal texts', () => {
    const entry = fc.record({ topology: refs, traffic: refs, objects: refs });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string({ unit: 'binary' }), entry), { minLength: 1 }), (rows) => {
        const page = new Map(rows);
        expect(decodeIndexPage(encodeIndexPage(page))).toEqual(page);
        expect(encodeIndexPage(new Map([...page].reverse()))).toBe(encodeIndexPage(page));
      }),
    );
    expect(encodeIndexPage(new Map())).toBe('');
  });

  it('objects: come back from their text, for their own namespace alone', () => {
    fc.assert(
      fc.property(world, (state) => {
        for (const [namespace, { objects }] of state) {
          const text = encodeObjects(namespace, objects);
          expect(decodeObjects(text, namespace)).toEqual(objects);
          expect(decodeObjects(text, `${namespace}x`)).toBeUndefined();
        }
      }),
      { numRuns: 50 },
    );
    const [good] = [
      encodeObjects('a', [
        {
          kind: 'pods',
          namespace: 'a',
          name: 'p',
          created: 1,
          labels: { a: 'b' },
          annotations: {},
          owner: { kind: 'K', name: 'n' },
          spec: {},
          status: {},
        },
      ]),
    ];
    expect(decodeObjects(good, 'a')?.length).toBe(1);
    for (const [from, to] of [
      ['"kind":"pods"', '"kind":"pod"'],
      ['"name":"p"', '"name":1'],
      ['"created":1', '"created":"1"'],
      ['{"a":"b"}', '{"a":1}'],
      ['"annotations":{}', '"annotations":[]'],
      ['"owner":{"kind":"K"', '"owner":{"kind":2'],
      ['"spec":{}', '"spec":[]'],
      ['"status":{}', '"status":"x"'],
    ] as const) {
      expect(good).toContain(from);
      expect(decodeObjects(good.replace(from, to), 'a'), to).toBeUndefined();
    }
  });

  it('resume points: come back for the head that they are of, and for no other', () => {
    fc.assert(
      fc.property(points, fc.nat(), (given, at) => {
        const value = encodeResume({ head: 'm', at, points: given });
        expect(decodeResume(value, 'm')).toEqual({ head: 'm', at, points: given });
        expect(decodeResume(value, 'n')).toBeUndefined();
      }),
    );
    expect(decodeResume(undefined, 'm')).toBeUndefined();
  });

  it('is absent for any other text, and never throws', () => {
    fc.assert(
      fc.property(anything, fc.boolean(), (text, versioned) => {
        const given = versioned ? `{"version":1,"rows":${text},"objects":${text},"head":"m","points":${text}}` : text;
        const bytes = encodeUtf8(given);
        expect(decodeHead(bytes)).toBeUndefined();
        expect(decodeLeader(bytes)).toBeUndefined();
        expect(decodeObjects(given, 'a')).toBeUndefined();
        expect(decodeResume(bytes, 'm')).toBeUndefined();
        if (!/"rows":\s*\[\s*\]/.test(given)) expect(decodeIndexPage(given)).toBeUndefined();
        expect(decodeSummaryPage(given)).toBeUndefined();
      }),
    );
  });
});
