import { describe, expect, it } from 'vitest';
import { parseManifest } from '../../../src/change/manifest.ts';
import { POLICY_KINDS, ROUTE_KINDS, WRITABLE_KINDS } from '../../../src/change/writable.ts';
import { KINDS } from '../../../src/sources/kubernetes/kinds.ts';
import { FRESH, failure } from './support/change-world.ts';

describe('a manifest', () => {
  it.each(WRITABLE_KINDS)('of kind %s is taken in each of its versions', (kind) => {
    const { group, kind: name, versions } = KINDS[kind];
    for (const version of versions) {
      const manifest = { apiVersion: `${group}/${version}`, kind: name, metadata: { name: 'a', namespace: 'b' }, spec: { c: 1 } };
      expect(parseManifest(manifest, WRITABLE_KINDS)).toEqual({
        target: { kind, version, namespace: 'b', name: 'a' },
        config: { spec: { c: 1 } },
      });
    }
  });

  it('may have labels, annotations, and the status of what it was copied from, which is left out', () => {
    const manifest = {
      ...FRESH,
      metadata: { name: 'a', namespace: 'b', labels: { c: 'd' }, annotations: { e: 'f' } },
      status: { seen: true },
    };
    expect(parseManifest(manifest, POLICY_KINDS).config).toEqual({
      metadata: { labels: { c: 'd' }, annotations: { e: 'f' } },
      spec: FRESH.spec,
    });
  });

  it.each([
    [
      'a kind of the other tool',
      { ...FRESH, kind: 'HTTPRoute' },
      /^invalid: manifest: apiVersion and kind must be of one of: Server\.policy\.linkerd\.io/,
    ],
    ['a kind that nobody may write', { ...FRESH, apiVersion: 'v1', kind: 'Secret' }, /must be of one of/],
    ['no version', { ...FRESH, apiVersion: 'policy.linkerd.io' }, /must be of one of/],
    ['a version that is not known', { ...FRESH, apiVersion: 'policy.linkerd.io/v9' }, /apiVersion must be policy\.linkerd\.io\/v1alpha1/],
    ['no metadata', { ...FRESH, metadata: undefined }, /metadata must be an object/],
    ['a name that is none', { ...FRESH, metadata: { name: '../a', namespace: 'shop' } }, /must be valid names/],
    ['no namespace', { ...FRESH, metadata: { name: 'a' } }, /must be valid names/],
    [
      'what the API server writes',
      { ...FRESH, metadata: { name: 'a', namespace: 'b', resourceVersion: '1' } },
      /only name, namespace, labels and annotations/,
    ],
    ['owners', { ...FRESH, metadata: { name: 'a', namespace: 'b', ownerReferences: [] } }, /only name, namespace, labels and annotations/],
    [
      'labels that are no texts',
      { ...FRESH, metadata: { name: 'a', namespace: 'b', labels: { c: 1 } } },
      /values of metadata\.labels must be texts/,
    ],
    [
      'kubectl’s record',
      { ...FRESH, metadata: { name: 'a', namespace: 'b', annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '' } } },
      /leave out the annotation/,
    ],
    ['a spec that is none', { ...FRESH, spec: [] }, /spec must be an object/],
    ['more members', { ...FRESH, data: {} }, /only apiVersion, kind, metadata and spec/],
    ['too much', { ...FRESH, spec: { identities: ['x'.repeat(60_000)] } }, /must be shorter/],
  ])('is refused with %s', (_name, manifest, words) => {
    // JSON has no undefined members.
    expect(failure(() => parseManifest(JSON.parse(JSON.stringify(manifest)), POLICY_KINDS))).toMatch(words);
  });

  it('of every writable kind lies in a namespace, and belongs to one tool', () => {
    expect(WRITABLE_KINDS.every((kind) => KINDS[kind].namespaced && KINDS[kind].mesh !== 'kubernetes')).toBe(true);
    expect(new Set(WRITABLE_KINDS).size).toBe(POLICY_KINDS.length + ROUTE_KINDS.length);
  });
});
