import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareResourceVersions, isResourceVersion } from '../../../../src/sources/kubernetes/resource-version.ts';
import { readPoint, writePoint } from '../../../../src/sources/kubernetes/resume-points.ts';

describe('resume points', () => {
  it('of a cluster are resourceVersions, of namespaces one for each', () => {
    expect(writePoint([{ namespace: undefined, resourceVersion: '12' }])).toBe('12');
    expect(
      writePoint([
        { namespace: 'shop', resourceVersion: '12' },
        { namespace: 'bank', resourceVersion: '9' },
      ]),
    ).toBe('shop=12,bank=9');
    expect(writePoint([])).toBeUndefined();
  });

  it('read back what was written, for each namespace its own', () => {
    const namespace = fc.stringMatching(/^[a-z0-9](?:[-a-z0-9]{0,10}[a-z0-9])?$/);
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(namespace, fc.integer({ min: 1 })), { selector: ([name]) => name, minLength: 1 }), (points) => {
        const text = writePoint(points.map(([name, version]) => ({ namespace: name, resourceVersion: String(version) })));
        for (const [name, version] of points) expect(readPoint(text, name)).toBe(String(version));
        expect(readPoint(text, 'nobody-is-called-like-this')).toBeUndefined();
      }),
    );
  });

  it.each([
    [undefined, undefined],
    ['', undefined],
    ['0', undefined],
    ['shop=12', undefined],
    ['12', 'shop'],
    ['shop=', 'shop'],
    ['shop=1&watch=true', 'shop'],
    ['shop-2=12', 'shop'],
    ['x'.repeat(65), undefined],
  ])('take %j for none of %j', (text, namespace) => {
    expect(readPoint(text, namespace)).toBeUndefined();
  });
});

describe('resourceVersions', () => {
  it('compare as numbers, also beyond what a number holds', () => {
    const sign = (one: string, other: string) => Math.sign(compareResourceVersions(one, other) ?? Number.NaN);
    fc.assert(
      fc.property(fc.bigInt({ min: 1n }), fc.bigInt({ min: 1n }), (one, other) => {
        expect(sign(String(one), String(other))).toBe(one < other ? -1 : one > other ? 1 : 0);
      }),
    );
  });

  it('do not compare where they are no numbers', () => {
    for (const odd of ['', '0', '01', '-1', '1a', 'x']) {
      expect(compareResourceVersions(odd, '7')).toBeUndefined();
      expect(compareResourceVersions('7', odd)).toBeUndefined();
    }
  });

  it('are texts that can stand in a URL and in a store', () => {
    for (const good of ['1', '18446744073709551616', 'a.b-c_d']) expect(isResourceVersion(good)).toBe(true);
    for (const bad of ['', '0', 7, null, 'a b', 'a=b', 'a,b', 'x'.repeat(65)]) expect(isResourceVersion(bad)).toBe(false);
  });
});
