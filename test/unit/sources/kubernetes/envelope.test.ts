import { describe, expect, it } from 'vitest';
import { decodeList } from '../../../../src/sources/kubernetes/decode/envelope.ts';

describe('decodeList', () => {
  it('reads the envelope', () => {
    const list = { kind: 'PodList', apiVersion: 'v1', metadata: { resourceVersion: '7', continue: 'abc' }, items: [1] };
    expect(decodeList(list)).toEqual({ kind: list.kind, items: [1], resourceVersion: '7', continueToken: 'abc' });
  });

  it('takes an empty continue token for the end, and null for no items', () => {
    const list = { kind: 'PodList', apiVersion: 'v1', metadata: { resourceVersion: '7', continue: '' }, items: null };
    expect(decodeList(list)).toEqual({ kind: list.kind, items: [], resourceVersion: '7', continueToken: undefined });
  });

  it.each([
    null,
    [],
    'PodList',
    {},
    { kind: 'Status', apiVersion: 'v1', metadata: {}, items: [] },
    { kind: 'PodList', metadata: {}, items: [] },
    { kind: 'PodList', apiVersion: 'v1', items: [] },
    { kind: 'PodList', apiVersion: 'v1', metadata: {}, items: {} },
    { kind: 'PodList', apiVersion: 'v1', metadata: {} },
  ])('knows %j for no list', (value) => {
    expect(decodeList(value)).toBeUndefined();
  });
});
