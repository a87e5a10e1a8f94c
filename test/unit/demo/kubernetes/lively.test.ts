import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { demoKubernetes } from '../../../../src/demo/kubernetes/api.ts';
import { momentAt } from '../../../../src/demo/kubernetes/lively.ts';
import { fakeClock } from '../../../support/ports.ts';
import { ask, watch } from './support.ts';

const ROUTE = '/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes/checkout';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/shop/deployments';

function world(lively = true) {
  const clock = fakeClock();
  const demo = demoKubernetes({ lively, now: clock.now });
  const get = (target: string) => JSON.parse(ask(demo, 'GET', target).body);
  const patch = (target: string, body: object) =>
    ask(demo, 'PATCH', target, { headers: [['content-type', 'application/merge-patch+json']], body: JSON.stringify(body) });
  const weights = () => get(ROUTE).spec.rules[0].backendRefs.map(({ weight }: { weight: number }) => weight);
  const pods = (app: string) =>
    get(`/api/v1/namespaces/shop/pods?labelSelector=app%3D${app}`).items.map(
      ({ metadata }: { metadata: { name: string } }) => metadata.name,
    );
  return { clock, demo, get, patch, weights, pods };
}

describe('a moment of the lively sample', () => {
  it('is the sample itself at first, and always the same for the same time', () => {
    expect(momentAt(0)).toEqual({ canaryPercent: 10, recommendationsReplaced: 0, recommendationsStarting: false, reportsReplicas: 1 });
    expect(momentAt(-5)).toEqual(momentAt(0));
    expect([0, 20, 40, 60, 80].map((seconds) => momentAt(seconds * 1_000).canaryPercent)).toEqual([10, 25, 50, 25, 10]);
    expect([44, 45, 50, 51, 90].map((seconds) => momentAt(seconds * 1_000).recommendationsReplaced)).toEqual([0, 1, 1, 1, 2]);
    expect([44, 45, 50, 51].map((seconds) => momentAt(seconds * 1_000).recommendationsStarting)).toEqual([false, true, true, false]);
    expect([59, 60, 120].map((seconds) => momentAt(seconds * 1_000).reportsReplicas)).toEqual([1, 2, 1]);
  });
});

describe('a lively demo cluster', () => {
  it('moves the weight of the canary, as somebody who deploys it would', () => {
    const { clock, weights, get } = world();
    const seen = [weights()];
    for (let turn = 0; turn < 4; turn++) {
      clock.advance(20_000);
      seen.push(weights());
    }
    expect(seen).toEqual([
      [90, 10],
      [75, 25],
      [50, 50],
      [75, 25],
      [90, 10],
    ]);
    expect(get(ROUTE).metadata).toMatchObject({
      generation: 5,
      managedFields: [{ manager: 'argocd-controller' }, { manager: 'flagger', operation: 'Update' }],
    });
  });

  it('replaces a pod of recommendations, which starts for a while', () => {
    const { clock, pods, get } = world();
    const before = pods('recommendations');
    clock.advance(45_000);
    const starting = pods('recommendations');
    expect(starting.length).toBe(before.length);
    expect(starting.filter((name: string) => !before.includes(name)).length).toBe(1);
    expect(get(`${DEPLOYMENTS}/recommendations`).status).toMatchObject({ replicas: 2, readyReplicas: 1 });
    clock.advance(6_000);
    expect(pods('recommendations')).toEqual(starting);
    expect(get(`${DEPLOYMENTS}/recommendations`).status).toMatchObject({ replicas: 2, readyReplicas: 2 });
  });

  it('scales reports up and down', () => {
    const { clock, pods, get } = world();
    clock.advance(60_000);
    expect(pods('reports').length).toBe(2);
    expect(get(`${DEPLOYMENTS}/reports`)).toMatchObject({
      spec: { replicas: 2 },
      status: { readyReplicas: 2, observedGeneration: 2 },
      metadata: { generation: 2 },
    });
    clock.advance(60_000);
    expect(pods('reports').length).toBe(1);
    expect(get(`${DEPLOYMENTS}/reports`).metadata.generation).toBe(3);
  });

  it('is at any time what its moment says, however often it was looked at', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 90_000 }), { maxLength: 8 }), (waits) => {
        const { clock, demo, weights, pods, get } = world();
        const begun = clock.now();
        for (const wait of waits) {
          clock.advance(wait);
          demo.tick();
          const { canaryPercent, reportsReplicas, recommendationsStarting } = momentAt(clock.now() - begun);
          expect(weights()).toEqual([100 - canaryPercent, canaryPercent]);
          expect(pods('reports').length).toBe(reportsReplicas);
          expect(pods('recommendations').length).toBe(2);
          expect(get(`${DEPLOYMENTS}/recommendations`).status.readyReplicas).toBe(recommendationsStarting ? 1 : 2);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('tells who watches, when it is ticked', () => {
    const { clock, demo, get } = world();
    const { resourceVersion } = get('/apis/gateway.networking.k8s.io/v1/httproutes').metadata;
    const routes = watch(demo, clock, `/apis/gateway.networking.k8s.io/v1/httproutes?watch=1&resourceVersion=${resourceVersion}`);
    clock.advance(20_000);
    expect(routes.ready()).toEqual([]);
    demo.tick();
    expect(routes.ready().map((line) => JSON.parse(line))).toMatchObject([
      { type: 'MODIFIED', object: { metadata: { name: 'checkout' } } },
    ]);
  });

  it('leaves to others what they have changed or deleted', () => {
    const { clock, patch, weights, pods, get, demo } = world();
    const [rule] = get(ROUTE).spec.rules;
    const backendRefs = [
      { ...rule.backendRefs[0], weight: 1 },
      { ...rule.backendRefs[1], weight: 99 },
    ];
    expect(patch(ROUTE, { spec: { rules: [{ ...rule, backendRefs }] } }).status).toBe(200);
    expect(patch(`${DEPLOYMENTS}/reports`, { spec: { replicas: 7 } }).status).toBe(200);
    ask(demo, 'DELETE', `${DEPLOYMENTS}/recommendations`);
    clock.advance(65_000);
    expect(weights()).toEqual([1, 99]);
    expect(get(`${DEPLOYMENTS}/reports`).spec.replicas).toBe(7);
    expect(pods('reports').length).toBe(1);
    expect(pods('recommendations')).toEqual([]);
  });

  it('begins in another state at each start, so that whoever knew an earlier cluster reads this one anew', () => {
    const { get } = world();
    const { resourceVersion } = get('/api/v1/services').metadata;
    const clock = fakeClock('2026-11-21T10:05:00.000Z');
    const later = demoKubernetes({ lively: true, now: clock.now });
    const services = watch(later, clock, `/api/v1/services?watch=1&resourceVersion=${resourceVersion}`);
    expect(JSON.parse(services.ready()[0] ?? '')).toMatchObject({ type: 'ERROR', object: { code: 410 } });
  });

  it('is still when nobody asked for life', () => {
    const { clock, demo, get } = world(false);
    const before = get('/api/v1/pods');
    clock.advance(3_600_000);
    demo.tick();
    expect(get('/api/v1/pods')).toEqual(before);
    expect(before.metadata.resourceVersion).toBe('4711');
  });

  it('does nothing where the sample lacks those workloads', () => {
    const clock = fakeClock();
    const demo = demoKubernetes({ lively: true, now: clock.now, sample: [] });
    clock.advance(600_000);
    expect(() => demo.tick()).not.toThrow();
  });
});
