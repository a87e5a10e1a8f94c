import { describe, expect, it } from 'vitest';
import type { ChangeRequest } from '../../../src/change/change.ts';
import { decideShift, type Shift } from '../../../src/change/shift.ts';
import type { WritableKind } from '../../../src/change/writable.ts';
import type { JsonObject } from '../../../src/lib/json.ts';
import { ChangeWorld, failure, ROUTES } from './support/change-world.ts';

const to = (stable: number, canary: number): Shift['weights'] => [
  { target: 'checkout', weight: stable },
  { target: 'checkout-canary', weight: canary },
];

function shifting(
  shift: Partial<Shift> & Pick<Shift, 'weights'>,
  place: { kind: WritableKind; namespace: string; name: string } = CHECKOUT,
  force = true,
): Omit<ChangeRequest, 'confirm'> {
  return {
    tool: 'shift_traffic',
    arguments: { ...shift, weights: shift.weights.map((each) => ({ ...each })), force },
    place,
    decide: (found, api, sees) => decideShift({ rule: undefined, step: undefined, ...shift }, found, api, sees),
    force,
    acceptImpact: [],
  };
}

const CHECKOUT = { kind: 'httpRoutes', namespace: 'shop', name: 'checkout' } as const;
const ACCOUNTS = { kind: 'istioVirtualServices', namespace: 'bank', name: 'accounts' } as const;
const VIRTUAL_SERVICES = '/apis/networking.istio.io/v1/namespaces/bank/virtualservices';

const weightsOf = (route: JsonObject | undefined) =>
  [...JSON.stringify(route?.spec).matchAll(/"weight":(\d+)/g)].map(([, weight]) => Number(weight));

describe('moving traffic', () => {
  it('changes the weights and nothing else', () => {
    const world = new ChangeWorld();
    const report = world.make(shifting({ weights: to(0, 100) }));
    expect(report.diff.differences).toEqual([
      { path: 'spec.rules[0].backendRefs[0].weight', before: '90', after: '0' },
      { path: 'spec.rules[0].backendRefs[1].weight', before: '10', after: '100' },
    ]);
    expect(weightsOf(world.live(`${ROUTES}/checkout`))).toEqual([0, 100]);
    expect(report.notes).toContain('checkout-canary has 1 ready endpoint.');
  });

  it('goes step by step, names the next, and can be taken back', () => {
    const world = new ChangeWorld();
    const request = shifting({ weights: to(0, 100), step: 40 });
    const first = world.make(request);
    expect(first.notes.join(' ')).toContain('call shift_traffic again with the same weights for the next');
    expect(weightsOf(world.live(`${ROUTES}/checkout`))).toEqual([50, 50]);
    world.make(request);
    expect(weightsOf(world.live(`${ROUTES}/checkout`))).toEqual([10, 90]);
    const last = world.make(request);
    expect(last.notes.join(' ')).not.toContain('for the next');
    expect(weightsOf(world.live(`${ROUTES}/checkout`))).toEqual([0, 100]);
    expect(world.run(request)).toMatchObject({ status: 'unchanged' });
    world.make(world.revert(first.change ?? 0));
    expect(weightsOf(world.live(`${ROUTES}/checkout`))).toEqual([90, 10]);
  });

  it('takes nothing from other managers unless that is said', () => {
    const world = new ChangeWorld();
    expect(failure(() => world.run(shifting({ weights: to(50, 50) }, CHECKOUT, false)))).toMatch(
      /^conflict: .*spec\.rules \(argocd-controller\)/,
    );
  });

  it('repeats what this server had applied before, so that none of it is removed', () => {
    const world = new ChangeWorld();
    const at = `${ROUTES}/own`;
    const spec = {
      parentRefs: [{ group: '', kind: 'Service', name: 'checkout', port: 80 }],
      hostnames: ['a.example.com'],
      rules: [
        {
          backendRefs: [
            { group: '', kind: 'Service', name: 'checkout', port: 80, weight: 1 },
            { group: '', kind: 'Service', name: 'checkout-canary', port: 80, weight: 0 },
          ],
        },
      ],
    };
    world.otherApplies(
      at,
      { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata: { name: 'own', namespace: 'shop' }, spec },
      'mesh-mcp',
    );
    world.make(shifting({ weights: to(1, 1) }, { ...CHECKOUT, name: 'own' }, false));
    expect(world.live(at)).toMatchObject({ spec: { hostnames: ['a.example.com'], parentRefs: spec.parentRefs } });
    expect(weightsOf(world.live(at))).toEqual([1, 1]);
  });

  it('looks at the pods of a subset', () => {
    const world = new ChangeWorld();
    const weights = [
      { target: 'accounts/v1', weight: 50 },
      { target: 'accounts/v2', weight: 50 },
    ];
    expect(world.make(shifting({ weights }, ACCOUNTS)).notes).toContain('accounts/v2 has 1 ready endpoint.');
    expect(weightsOf(world.live(`${VIRTUAL_SERVICES}/accounts`))).toEqual([50, 50]);
  });

  it.each([['no EndpointSlice has a ready endpoint', /\/endpointslices\?/, 'Service shop/checkout-canary has no ready endpoints.']])(
    'is refused where %s',
    (_name, url, says) => {
      const world = new ChangeWorld();
      world.meddle = (request, pass) =>
        url.test(request.url)
          ? { status: 200, headers: [], body: Buffer.from('{"kind":"EndpointSliceList","items":[]}'), truncated: false }
          : pass();
      expect(failure(() => world.run(shifting({ weights: to(50, 50) })))).toBe(
        `conflict: checkout-canary would get more calls, but cannot take any: ${says} Nothing was done.`,
      );
      // Whoever gets less need not be ready.
      expect(failure(() => world.run(shifting({ weights: to(100, 0) })))).toMatch(/checkout would get more calls/);
    },
  );

  it('is refused where no ready pod has the labels of the subset, or nobody defines it', () => {
    const world = new ChangeWorld();
    const weights = [
      { target: 'accounts/v1', weight: 50 },
      { target: 'accounts/v2', weight: 50 },
    ];
    world.meddle = (request, pass) =>
      request.url.includes('/pods?') ? { status: 200, headers: [], body: Buffer.from('{"items":[]}'), truncated: false } : pass();
    expect(failure(() => world.run(shifting({ weights }, ACCOUNTS)))).toMatch(
      /^conflict: .*No ready pod of Service bank\/accounts is in subset v2\./,
    );
    world.meddle = (request, pass) =>
      request.url.includes('/destinationrules?')
        ? { status: 200, headers: [], body: Buffer.from('{"items":[]}'), truncated: false }
        : pass();
    expect(failure(() => world.run(shifting({ weights }, ACCOUNTS)))).toMatch(
      /^conflict: .*No DestinationRule defines the subset of accounts\/v2\./,
    );
  });

  it('says so where readiness cannot be read, and which right is missing', () => {
    const world = new ChangeWorld();
    world.meddle = (request, pass) =>
      request.url.includes('/endpointslices?') ? { status: 403, headers: [], body: new Uint8Array(), truncated: false } : pass();
    const report = world.run(shifting({ weights: to(50, 50) }));
    expect(report.status).toBe('planned');
    expect(report.notes.join()).toMatch(/Whether checkout-canary can take calls is not known: .*apiGroups: \["discovery\.k8s\.io"\]/);
  });

  it.each([
    [
      {
        weights: [
          { target: 'checkout', weight: 1 },
          { target: 'checkout', weight: 1 },
        ],
      },
      'each target may stand there once',
    ],
    [{ weights: to(0, 0) }, 'one of them must be more than 0'],
    [
      {
        weights: [
          { target: 'checkout', weight: 1 },
          { target: 'chekout-canary', weight: 1 },
        ],
      },
      'rules[0]: checkout 90, checkout-canary 10',
    ],
    [{ weights: [{ target: 'checkout', weight: 1 }] }, 'each once'],
    [{ weights: to(1, 1), rule: 'rules[7]' }, 'must name exactly the backends of one rule'],
  ])('refuses %j', (shift, words) => {
    const told = failure(() => new ChangeWorld().run(shifting(shift)));
    expect(told.startsWith('invalid: ')).toBe(true);
    expect(told).toContain(words);
  });

  it('refuses a route that is not there, or splits nothing', () => {
    const world = new ChangeWorld();
    expect(failure(() => world.run(shifting({ weights: to(1, 1) }, { ...CHECKOUT, name: 'nothing' })))).toMatch(
      /^invalid: There is no HTTPRoute/,
    );
    expect(failure(() => world.run(shifting({ weights: to(1, 1) }, { ...ACCOUNTS, name: 'portal' })))).toMatch(
      /^invalid: No rule of VirtualService/,
    );
  });
});
