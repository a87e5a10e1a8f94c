import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, diffLines, diffObjects, meaningOf, sameJson, stateFingerprint } from '../../../src/change/diff.ts';
import type { Json, JsonObject } from '../../../src/lib/json.ts';

// fast-check's JSON is JSON.
const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>;
const spec = fc.dictionary(fc.string(), json, { maxKeys: 4 }) as fc.Arbitrary<JsonObject>;

describe('the diff of two states', () => {
  it('leaves out what the API server writes', () => {
    const live: JsonObject = {
      apiVersion: 'a/v1',
      kind: 'A',
      metadata: { name: 'a', uid: '1', resourceVersion: '1', generation: 1, managedFields: [], labels: { a: 'b' } },
      spec: { a: 1 },
      status: { seen: 1 },
    };
    const after = { ...live, metadata: { ...(live.metadata as JsonObject), resourceVersion: '2', generation: 2 }, status: { seen: 2 } };
    expect(diffObjects(live, after)).toEqual({ differences: [], omitted: 0 });
    expect(stateFingerprint(live)).toBe(stateFingerprint(after));
    expect(meaningOf(live)).toEqual({ metadata: { labels: { a: 'b' } }, spec: { a: 1 } });
  });

  it('names places', () => {
    const before = { spec: { rules: [{ weight: 1 }, { weight: 2 }], gone: true } };
    const after = {
      spec: { rules: [{ weight: 1 }, { weight: 3 }, { weight: 4 }] },
      metadata: { labels: { 'app.kubernetes.io/name': 'a' } },
    };
    expect(diffLines(diffObjects(before, after))).toEqual([
      '~ spec.rules[1].weight: 2 -> 3',
      '+ spec.rules[2]: {"weight":4}',
      '- spec.gone: true',
      '+ metadata: {"labels":{"app.kubernetes.io/name":"a"}}',
    ]);
  });

  it('tells a long object piece by piece, so that nothing of it is hidden', () => {
    const long = {
      rules: Array.from({ length: 5 }, (_, place) => ({ path: `/a/rather/long/path/number/${place}`, methods: ['GET', 'POST'] })),
    };
    const { differences } = diffObjects(undefined, { spec: long });
    expect(differences.map(({ path }) => path)).toEqual(Array.from({ length: 5 }, (_, place) => `spec.rules[${place}]`));
    for (const { path } of long.rules) expect(JSON.stringify(differences)).toContain(path);
  });

  it('does not show credentials, wherever they are', () => {
    const secret = (value: string) => ({
      spec: { http: [{ headers: { request: { set: { Authorization: `Bearer ${value}`, 'x-api-key': value } } } }] },
    });
    for (const diff of [
      diffObjects(undefined, secret('planted')),
      diffObjects(secret('planted'), undefined),
      diffObjects(secret('planted'), secret('planted too')),
    ]) {
      expect(diff.differences.length).toBeGreaterThan(0);
      expect(JSON.stringify(diff)).not.toContain('planted');
    }
  });

  it('is bounded, and has no line breaks', () => {
    fc.assert(
      fc.property(spec, spec, (before, after) => {
        const { differences } = diffObjects({ spec: before }, { spec: after });
        expect(differences.length).toBeLessThanOrEqual(60);
        for (const line of diffLines({ differences, omitted: 0 })) {
          expect(line.length).toBeLessThan(500);
          expect(line).not.toMatch(/[\n\r]/);
        }
      }),
    );
  });

  it('is empty exactly for states that are the same', () => {
    fc.assert(
      fc.property(spec, spec, (before, after) => {
        const same = sameJson(before, after);
        expect(diffObjects({ spec: before }, { spec: after }).differences.length === 0).toBe(same);
        expect(diffObjects({ spec: before }, { spec: structuredClone(before) }).differences).toEqual([]);
      }),
    );
  });

  it('counts what it does not tell', () => {
    const many = { spec: Object.fromEntries(Array.from({ length: 100 }, (_, place) => [`field${place}`, 'x'.repeat(50)])) };
    expect(diffObjects(undefined, many)).toMatchObject({ omitted: 40 });
  });
});

describe('canonical JSON', () => {
  it('does not depend on the order of members', () => {
    fc.assert(
      fc.property(spec, (value) => {
        const turned = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalJson(turned)).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
