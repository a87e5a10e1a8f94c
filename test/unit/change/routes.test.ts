import { describe, expect, it } from 'vitest';
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

describe('a route to a backend that takes no calls', () => {
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
