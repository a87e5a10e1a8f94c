import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DemoKubernetes, demoKubernetes } from '../../../../src/demo/kubernetes/api.ts';
import { KEPT_KINDS, type KeptObject, objectKey } from '../../../../src/mesh/kept.ts';
import { type Change, type ReflectOptions, type ResumePoints, reflect } from '../../../../src/sources/kubernetes/reflect.ts';
import { demoStreams } from '../../../support/demo-streams.ts';
import { type FakeClock, fakeClock, fakeHttp, fixedRandom } from '../../../support/ports.ts';
import { ask } from './support.ts';

const BASE = 'http://demo';

/** The source as the collector uses it, on a demo cluster. */
function reflectionOf(demo: DemoKubernetes, clock: FakeClock, resume: ResumePoints = {}, options: Partial<ReflectOptions> = {}) {
  const http = fakeHttp(
    () => {
      throw new Error('nothing is sent beside the streams');
    },
    () => demoStreams(demo, BASE, clock),
  );
  return reflect(
    { http, clock, random: fixedRandom() },
    { baseUrl: BASE, token: () => '' },
    { windowMs: 10_000, requestMs: 5_000, ...options },
    resume,
  );
}

type Told = Map<string, KeptObject>;

function fold(told: Told, changes: readonly Change[]): void {
  for (const change of changes) {
    if (change.tag === 'put') told.set(objectKey(change.object), change.object);
    else if (change.tag === 'delete') told.delete(objectKey(change));
    else {
      for (const [key, { kind }] of [...told]) if (kind === change.kind) told.delete(key);
      for (const object of change.objects) told.set(objectKey(object), object);
    }
  }
}

/** Reads until every kind is live and nothing new comes. */
function follow(told: Told, reflection: ReturnType<typeof reflectionOf>, clock: FakeClock, ms: number): void {
  const until = clock.monotonic() + ms;
  while (clock.monotonic() < until) fold(told, reflection.next(until - clock.monotonic()));
}

function freshly(demo: DemoKubernetes, clock: FakeClock): Told {
  const told: Told = new Map();
  const reflection = reflectionOf(demo, clock);
  follow(told, reflection, clock, 1_000);
  reflection.close();
  return told;
}

const sorted = (told: Told) => [...told].sort(([a], [b]) => (a < b ? -1 : 1));

describe('a reflection of the demo cluster', () => {
  it('has every kind live, with objects of each, and says that it is a demo', () => {
    const clock = fakeClock();
    const told: Told = new Map();
    const reflection = reflectionOf(demoKubernetes({ now: clock.now }), clock);
    follow(told, reflection, clock, 1_000);
    const status = reflection.status();
    expect(status).toMatchObject({ synced: true, demo: true });
    expect(Object.keys(status.kinds).sort()).toEqual([...KEPT_KINDS].sort());
    for (const [kind, state] of Object.entries(status.kinds)) expect(state, kind).toMatchObject({ tag: 'live' });
    expect(new Set([...told.values()].map(({ kind }) => kind))).toEqual(new Set(KEPT_KINDS));
  });

  it('follows a lively one through windows, and is at each end what a fresh reading gives', () => {
    const clock = fakeClock();
    const demo = demoKubernetes({ lively: true, now: clock.now });
    const told: Told = new Map();
    let resume: ResumePoints = {};
    for (let window = 0; window < 8; window++) {
      const reflection = reflectionOf(demo, clock, resume);
      follow(told, reflection, clock, 10_500);
      resume = reflection.resumePoints();
      reflection.close();
      // Between two windows things happen too.
      clock.advance(3_000);
    }
    const reflection = reflectionOf(demo, clock, resume);
    follow(told, reflection, clock, 500);
    expect(sorted(told)).toEqual(sorted(freshly(demo, clock)));
  });

  it('follows whatever is written', () => {
    const target = fc.constantFrom(
      '/api/v1/namespaces/shop/services/web',
      '/apis/policy.linkerd.io/v1beta3/namespaces/shop/servers/orders-http',
      '/apis/apps/v1/namespaces/shop/deployments/cart',
      '/api/v1/namespaces/weather',
    );
    const deed = fc.record({ target, method: fc.constantFrom('PATCH', 'PATCH', 'DELETE'), value: fc.constantFrom('a', 'b') });
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 6 }), fc.constantFrom(1, 2, 1_000), (deeds, history) => {
        const clock = fakeClock();
        const demo = demoKubernetes({ now: clock.now, history });
        const told: Told = new Map();
        const first = reflectionOf(demo, clock);
        follow(told, first, clock, 1_000);
        deeds.forEach(({ target, method, value }, place) => {
          const headers = [['content-type', 'application/merge-patch+json']] as const;
          ask(demo, method, target, method === 'DELETE' ? {} : { headers, body: JSON.stringify({ metadata: { labels: { value } } }) });
          // Half of them while somebody watches.
          if (place % 2 === 0) follow(told, first, clock, 100);
        });
        const resume = first.resumePoints();
        first.close();
        const second = reflectionOf(demo, clock, resume);
        follow(told, second, clock, 3_000);
        expect(sorted(told)).toEqual(sorted(freshly(demo, clock)));
      }),
      { numRuns: 25 },
    );
  });
});
