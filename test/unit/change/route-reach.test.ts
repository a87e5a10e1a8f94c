import { describe, expect, it } from 'vitest';
import type { Principal } from '../../../src/access/principal.ts';
import { reachOfRoute } from '../../../src/change/route-reach.ts';
import type { Grant } from '../../../src/lib/roles.ts';
import { applying, ChangeWorld, failure } from './support/change-world.ts';

const virtualService = (spec: object) => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: 'fresh', namespace: 'bank' },
  spec: { http: [{ route: [{ destination: { host: 'accounts' } }] }], ...spec },
});
const PLACE = { kind: 'istioVirtualServices', namespace: 'bank' } as const;
const reach = (spec: object) => reachOfRoute(PLACE, [{ spec: { ...spec } }]);
const NOWHERE = { namespaces: [], everything: false, outside: false };

const somebody = (...grants: readonly Grant[]): Principal => ({ name: 'somebody', via: 'token', groups: [], grants });
const here = (role: Grant['role'], ...namespaces: readonly string[]) => somebody({ role, namespaces });

describe('the reach of a VirtualService', () => {
  it.each([['accounts'], ['accounts.bank.svc.cluster.local'], ['ACCOUNTS.bank.svc.cluster.local.'], ['*.bank.svc.cluster.local']])(
    'ends in its own namespace for %s',
    (host) => {
      expect(reach({ hosts: [host] })).toEqual(NOWHERE);
    },
  );

  it.each([
    ['web.shop.svc.cluster.local', 'shop'],
    ['web.shop.svc', 'shop'],
    ['WEB.SHOP.SVC.CLUSTER.LOCAL', 'shop'],
    ['*.shop.svc.cluster.local', 'shop'],
    ['kubernetes.default.svc.cluster.local', 'kube-system'],
  ])('is another namespace for %s', (host, namespace) => {
    expect(reach({ hosts: ['accounts', host] })).toEqual({ ...NOWHERE, namespaces: [namespace] });
  });

  it.each([['*'], ['*.local'], ['*.cluster.local'], ['*.svc.cluster.local']])('is everything for %s', (host) => {
    expect(reach({ hosts: [host] })).toMatchObject({ everything: true });
  });

  it.each([['api.example.com'], ['*.api.example.com']])('is outside for %s', (host) => {
    expect(reach({ hosts: [host] })).toEqual({ ...NOWHERE, outside: true });
  });

  it('ends in its own namespace where it is exported nowhere else, or only gateways obey it', () => {
    const hosts = ['*', 'web.shop.svc.cluster.local', 'api.example.com'];
    for (const more of [{ exportTo: ['.'] }, { exportTo: ['bank'] }, { gateways: ['istio-system/public'] }]) {
      expect(reach({ hosts, ...more })).toEqual(NOWHERE);
    }
    for (const more of [
      { exportTo: [] },
      { exportTo: ['.', 'shop'] },
      { exportTo: ['*'] },
      { gateways: ['istio-system/public', 'mesh'] },
    ]) {
      expect(reach({ hosts, ...more })).toEqual({ namespaces: ['shop'], everything: true, outside: true });
    }
  });

  it('is what it was and what it will be', () => {
    const states = [{ spec: { hosts: ['a.shop.svc'] } }, undefined, { spec: { hosts: ['a.pay.svc', 7] } }, { spec: 'none' }];
    expect(reachOfRoute(PLACE, states).namespaces).toEqual(['shop', 'pay']);
    expect(reachOfRoute({ kind: 'istioDestinationRules', namespace: 'bank' }, [{ spec: { hosts: ['*'] } }])).toEqual(NOWHERE);
  });
});

describe('a route that leads calls of other namespaces', () => {
  const plan = (spec: object, principal: Principal, acceptImpact: readonly string[] = []) => {
    const world = new ChangeWorld({ SELF_WORKLOAD: 'mesh-mcp/Deployment/hostgroup' });
    return () => world.run(applying(virtualService(spec), { acceptImpact }), undefined, principal);
  };

  it('is for operators of those, so that a role in one namespace takes no calls of another', () => {
    const spec = { hosts: ['web.shop.svc.cluster.local'] };
    expect(failure(plan(spec, here('admin', 'bank')))).toMatch(/^denied: This route leads calls to Services of namespace shop/);
    expect(plan(spec, here('operator', 'bank', 'shop'))()).toMatchObject({ status: 'planned' });
    expect(plan({ ...spec, exportTo: ['.'] }, here('operator', 'bank'))()).toMatchObject({ status: 'planned' });
  });

  it('is for operators of all where it is for hosts of none', () => {
    for (const host of ['*.cluster.local', 'api.example.com']) {
      expect(failure(plan({ hosts: [host] }, here('admin', 'bank', 'shop')))).toMatch(
        /^denied: This route leads calls from every namespace/,
      );
    }
    expect(plan({ hosts: ['api.example.com'] }, somebody({ role: 'operator', namespaces: '*' }))()).toMatchObject({ status: 'planned' });
  });

  it('to this server, or to the control plane, must be accepted, by who is admin everywhere', () => {
    const admin = somebody({ role: 'admin', namespaces: '*' });
    const all = { hosts: ['*.svc.cluster.local'] };
    const self = { hosts: ['hostgroup.mesh-mcp.svc.cluster.local'] };
    const istiod = { hosts: ['istiod.istio-system.svc.cluster.local'] };
    expect(plan(self, admin)()).toMatchObject({ status: 'blocked', open: [{ id: 'self' }] });
    expect(plan(istiod, admin)()).toMatchObject({ status: 'blocked', open: [{ id: 'control-plane' }] });
    expect(plan(all, admin)()).toMatchObject({ status: 'blocked', open: [{ id: 'control-plane' }, { id: 'self' }] });
    expect(plan(all, admin, ['control-plane', 'self'])()).toMatchObject({ status: 'planned' });
    expect(failure(plan(self, here('operator', 'bank', 'mesh-mcp'), ['self']))).toMatch(
      /^denied: This reaches the control plane or this server/,
    );
  });

  it('cannot be deleted, or led elsewhere, by others either', () => {
    const world = new ChangeWorld();
    const manifest = virtualService({ hosts: ['web.shop.svc.cluster.local'] });
    world.make(applying(manifest));
    const others = { ...manifest, spec: { ...manifest.spec, hosts: ['accounts'] } };
    for (const request of [applying(manifest, { delete: true }), applying(others)]) {
      expect(failure(() => world.run(request, undefined, here('admin', 'bank')))).toMatch(/^denied: This route leads calls/);
    }
  });
});
