import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeHead, encodeHead, type Head } from '../../../src/store/head.ts';
import { namespaceTopology } from './arbitraries.ts';

const texts = fc.array(fc.string(), { maxLength: 3 });
const entry = fc
  .tuple(fc.record({ at: fc.nat(), shards: texts, totals: namespaceTopology('x').map(({ totals }) => totals) }), fc.option(texts))
  .map(([rest, notes]) => (notes === null ? rest : { ...rest, notes }));
const head: fc.Arbitrary<Head> = fc
  .tuple(
    fc.record({
      source: fc.string(),
      demo: fc.boolean(),
      notes: texts,
      namespaces: fc.array(fc.tuple(fc.constantFrom('a', 'b', 'constructor', '__proto__'), entry)).map((entries) => new Map(entries)),
      retired: texts,
    }),
    fc.option(fc.nat()),
  )
  .map(([rest, listedAt]) => (listedAt === null ? rest : { ...rest, listedAt }));

describe('head', () => {
  it('comes back from its text', () => {
    fc.assert(
      fc.property(head, (given) => {
        expect(decodeHead(encodeHead(given))).toEqual(given);
      }),
    );
  });

  it('is absent for any other text, and never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(decodeHead(text)).toBeUndefined();
      }),
    );
  });

  it('is absent when any part of it is not what it should be', () => {
    const good: Head = {
      source: 's',
      demo: false,
      listedAt: 1,
      notes: ['n'],
      namespaces: new Map([
        [
          'a',
          {
            at: 1,
            shards: ['h'],
            totals: { pods: 1, meshedPods: 1, services: { all: 1, unmeshed: 0, linkerd: 1, 'istio-sidecar': 0, 'istio-ambient': 0 } },
          },
        ],
      ]),
      retired: ['r'],
    };
    const text = encodeHead(good);
    expect(text).toBe(
      '{"version":1,"source":"s","demo":false,"listedAt":1,"notes":["n"],"retired":["r"],"namespaces":[["a",1,["h"],[1,1,1,0,1,0,0]]]}',
    );
    for (const [from, to] of [
      ['"version":1', '"version":2'],
      ['"demo":false', '"demo":0'],
      ['"listedAt":1', '"listedAt":-1'],
      ['["h"]', '"h"'],
      ['["h"]', '[5]'],
      ['[1,1,1,0,1,0,0]', '[1,1,1,0,1,0]'],
      ['[1,1,1,0,1,0,0]', '[1,1,1,0,1,0,0.5]'],
      ['"a",1', '"a",null'],
      ['"retired":["r"]', '"retired":[null]'],
      ['"notes":["n"]', '"notes":{}'],
      ['"source":"s"', '"source":1'],
    ] as const) {
      expect(text).toContain(from);
      expect(decodeHead(text.replace(from, to)), to).toBeUndefined();
    }
  });
});
