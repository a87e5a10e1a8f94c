import { describe, expect, it } from 'vitest';
import type { Principal } from '../../../src/access/principal.ts';
import type { JsonObject } from '../../../src/lib/json.ts';
import { applying, ChangeWorld } from './support/change-world.ts';

const route = (...names: readonly string[]): JsonObject => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: 'fresh', namespace: 'shop' },
  spec: {
    parentRefs: [{ group: '', kind: 'Service', name: 'catalog', port: 80 }],
    rules: [{ backendRefs: names.map((name) => ({ group: '', kind: 'Service', name, port: 80, weight: 1 })) }],
  },
});

describe('the deletion of a route', () => {
  const deleting = (spec: JsonObject) => {
    const world = new ChangeWorld();
    const manifest = { ...route('catalog'), spec: { ...(route('catalog').spec as JsonObject), ...spec } };
    world.make(applying(manifest));
    return world.run(applying(manifest, { delete: true }));
  };

  it('that leads calls in through a gateway must be accepted', () => {
    const through = { parentRefs: [{ name: 'public', group: 'gateway.networking.k8s.io', kind: 'Gateway' }] };
    expect(deleting(through)).toMatchObject({ status: 'blocked', open: [{ id: 'gateway', nodes: ['public'] }] });
  });

  it('inside of the mesh cuts nothing', () => {
    expect(deleting({})).toMatchObject({ status: 'planned', impacts: [] });
  });

  it('of a VirtualService goes by its gateways', () => {
    const manifest = (name: string) => ({
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { name, namespace: 'bank' },
    });
    const world = new ChangeWorld();
    expect(world.run(applying(manifest('portal'), { delete: true }))).toMatchObject({
      open: [{ id: 'gateway', nodes: ['istio-system/public'] }],
    });
    expect(world.run(applying(manifest('accounts'), { delete: true }))).toMatchObject({ status: 'planned' });
  });
});

describe('a route that leads calls in through a gateway', () => {
  const PARENT = { name: 'public', group: 'gateway.networking.k8s.io', kind: 'Gateway' };
  const through = (spec: JsonObject = {}): JsonObject => ({
    ...route('catalog'),
    spec: { ...(route('catalog').spec as JsonObject), parentRefs: [PARENT], hostnames: ['a.example', 'b.example'], ...spec },
  });
  const changed = (spec: JsonObject, before: JsonObject = {}) => {
    const world = new ChangeWorld();
    world.make(applying(through(before)));
    return world.run(applying(through(spec)));
  };

  it.each<[string, JsonObject, JsonObject | undefined]>([
    ['leaves the gateway', { parentRefs: [{ group: '', kind: 'Service', name: 'catalog', port: 80 }] }, undefined],
    ['has no parents any more', { parentRefs: [] }, undefined],
    ['loses a host', { hostnames: ['a.example'] }, undefined],
    ['is for some hosts and was for all', {}, { hostnames: [] }],
    ['leads nowhere', { rules: [{ backendRefs: [{ group: '', kind: 'Service', name: 'catalog', port: 80, weight: 0 }] }] }, undefined],
    ['has no rules', { rules: [] }, undefined],
  ])('cuts them as its deletion would where it %s', (_what, spec, before) => {
    expect(changed(spec, before)).toMatchObject({ status: 'blocked', open: [{ id: 'gateway', nodes: ['public'] }] });
  });

  it('cuts none where it takes more', () => {
    expect(changed({ hostnames: ['a.example', 'b.example', 'c.example'] })).toMatchObject({ status: 'planned', impacts: [] });
    expect(changed({ hostnames: [] })).toMatchObject({ status: 'planned', impacts: [] });
  });
});

describe('a route to a backend that takes no calls', () => {
  it('is not looked at in namespaces that the caller may not view', () => {
    const here: Principal = { name: 'somebody', via: 'token', groups: [], grants: [{ role: 'operator', namespaces: ['shop'] }] };
    const world = new ChangeWorld();
    const asked = ['accounts', 'nowhere'].map((name) => {
      const manifest = {
        ...route(),
        spec: { rules: [{ backendRefs: [{ group: '', kind: 'Service', namespace: 'bank', name, port: 80, weight: 1 }] }] },
      };
      return world.run(applying(manifest), undefined, here);
    });
    for (const report of asked) expect(report).toMatchObject({ status: 'planned', impacts: [] });
    expect(asked[1]?.notes).toContain('Whether bank/nowhere can take calls is not known: it is in a namespace that you may not view.');
    expect(world.requests.some(({ url }) => url.includes('endpointslices'))).toBe(false);
  });

  it('must be accepted, by the name of the Service', () => {
    const world = new ChangeWorld();
    expect(world.run(applying(route('catalog', 'nowhere')))).toMatchObject({
      status: 'blocked',
      open: [{ id: 'shop/Service/nowhere', why: 'Service shop/nowhere has no ready endpoints.' }],
    });
    expect(world.run(applying(route('catalog', 'nowhere'), { acceptImpact: ['shop/Service/nowhere'] }))).toMatchObject({
      status: 'planned',
    });
  });

  it('is no matter where it was so before', () => {
    const world = new ChangeWorld();
    world.make(applying(route('catalog', 'nowhere'), { acceptImpact: ['shop/Service/nowhere'] }));
    expect(world.run(applying(route('nowhere')))).toMatchObject({ status: 'planned', impacts: [] });
  });

  it('is looked for among so many and no more', () => {
    const world = new ChangeWorld();
    const report = world.run(applying(route(...Array.from({ length: 12 }, (_, place) => `nowhere-${place}`))));
    expect(report.impacts).toHaveLength(8);
    expect(report.notes).toContain('Only 8 of the new backends were looked at.');
  });
});
