import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sameShared, sharedContextOf } from '../../../src/mesh/shared.ts';
import { namespaceObjects } from './arbitraries.ts';
import { deployment, kept, OPTIONS, root } from './kept-objects.ts';

const STRICT = root('istioPeerAuthentications', 'default', { mtls: { mode: 'STRICT' } });

describe('sharedContextOf', () => {
  it('is the same for the same objects in any order', () => {
    const shuffled = namespaceObjects({ namespace: 'istio-system', distort: true }).chain((objects) =>
      fc.tuple(fc.constant(objects), fc.shuffledSubarray(objects, { minLength: objects.length })),
    );
    fc.assert(
      fc.property(shuffled, ([objects, other]) => {
        const [a, b] = [sharedContextOf(OPTIONS, objects), sharedContextOf(OPTIONS, other)];
        expect(sameShared(a, b)).toBe(true);
        expect(a).toEqual(b);
      }),
    );
  });

  it('changes with whatever another namespace can see of it', () => {
    const context = sharedContextOf(OPTIONS, [STRICT]);
    const same = (objects: Parameters<typeof sharedContextOf>[1], options = OPTIONS) =>
      sameShared(context, sharedContextOf(options, objects));
    expect(same([{ ...STRICT, spec: { mtls: { mode: 'DISABLE' } } }])).toBe(false);
    expect(same([{ ...STRICT, created: 1 }])).toBe(false);
    expect(same([{ ...STRICT, annotations: { 'istio.io/dry-run': 'true' } }])).toBe(false);
    expect(same([STRICT, root('istioGateways', 'public', {})])).toBe(false);
    expect(same([STRICT, root('istioDestinationRules', 'x', { host: 'a', subsets: [{ name: 'v1' }] })])).toBe(false);
    expect(same([STRICT], { ...OPTIONS, linkerdTrustDomain: 'corp.example' })).toBe(false);
    expect(same([STRICT], { ...OPTIONS, unread: ['pods'] })).toBe(false);
  });

  it('does not change with what nobody else sees', () => {
    const same = (before: Parameters<typeof sharedContextOf>[1], after: typeof before) =>
      sameShared(sharedContextOf(OPTIONS, before), sharedContextOf(OPTIONS, after));
    const inRoot = deployment('istiod').map((object) => ({ ...object, namespace: 'istio-system' }));
    expect(
      same(
        [STRICT],
        [STRICT, ...inRoot, { ...STRICT, namespace: 'shop' }, kept('namespaces', 'istio-system', { namespace: 'istio-system' })],
      ),
    ).toBe(true);
    expect(same([STRICT], [{ ...STRICT, labels: { a: 'b' }, status: { conditions: [] } }])).toBe(true);
    const gateway = root('istioGateways', 'public', { servers: [] });
    expect(same([gateway], [{ ...gateway, spec: { servers: [{ hosts: ['*'] }] } }])).toBe(true);
    const rule = root('istioDestinationRules', 'x', { host: 'a', subsets: [{ name: 'v1' }] });
    expect(same([rule], [{ ...rule, spec: { host: 'a', subsets: [{ name: 'v1', labels: { v: '1' } }], trafficPolicy: {} } }])).toBe(true);
  });

  it('fills in what the options leave out', () => {
    expect(sharedContextOf(OPTIONS, []).options).toEqual({ ...OPTIONS, clusterDomain: 'cluster.local', unread: [] });
    expect(
      sameShared(
        sharedContextOf({ ...OPTIONS, unread: ['pods', 'jobs', 'pods'] }, []),
        sharedContextOf({ ...OPTIONS, unread: ['jobs', 'pods'] }, []),
      ),
    ).toBe(true);
  });
});
