import { describe, expect, it } from 'vitest';
import { MeshError } from '../../../../src/lib/errors.ts';
import { getService } from '../../../../src/mcp/tools/get_service.ts';
import { call, external, objectOf, SMALL_MESH, towns, withObjects, workload } from '../../../support/graph-meshes.ts';
import { GraphWorld, type Mesh, worldOf } from '../../../support/graph-world.ts';

interface Call {
  readonly peer: string;
  readonly rps?: number;
}

interface Structured {
  readonly level: string;
  readonly signals: readonly { readonly name: string; readonly value?: number; readonly level: string }[];
  readonly callers: readonly Call[];
  readonly callees: readonly Call[];
  readonly routes: readonly object[];
  readonly policies: readonly object[];
  readonly problems: readonly { readonly severity: string; readonly code: string; readonly text: string }[];
  readonly omitted?: number;
  readonly ports: readonly object[];
  readonly notes: readonly string[];
}

const small = worldOf(SMALL_MESH);
const ask = (service: string, namespace = 'shop', world = small) => world.call<Structured>(getService, { namespace, service });
const withoutHead = (text: string) => text.split('\n').slice(1).join('\n');

describe('the page of a service', () => {
  it('has its signals, who calls it, whom it calls, its routes, and what is wrong', () => {
    const { text, structured } = ask('checkout');
    expect(withoutHead(text)).toBe(
      [
        'shop/checkout: ClusterIP, ports 80, pods linkerd 2/2',
        'Signals: critical (success 96% critical, p50 120 ms critical, p99 600 ms warning, meshed 100% good)',
        'Traffic: 5 rps, 100% TLS',
        'Problems:',
        '  critical: 4% of the 5 rps from shop/web to shop/checkout fail.',
        '  warning: The slowest hundredth of the calls from shop/web to shop/checkout takes 600 ms or more.',
        '  warning: HTTPRoute shop/checkout: No controller has accepted it on Service checkout yet.',
        '  warning: HTTPRoute shop/checkout: There is no Service checkout-canary, to which spec.rules[0].backendRefs[1] sends.',
        'Workloads:',
        '  Deployment/checkout: healthy (2 of 2 ready), pods linkerd 2/2, checkout.shop.serviceaccount.identity.linkerd.cluster.local',
        'Called by:',
        '       RPS  OK   P99     TLS   NOTE',
        '  web  5    96%  600 ms  100%',
        'Calls:',
        '                             RPS  OK    P99     TLS   NOTE',
        '  api.cards.example.com:443  5    100%  150 ms  0%    plaintext: not_provided_by_service_discovery',
        '  service payments           5    96%   200 ms  100%',
        '  service bank/ledger        2    100%  80 ms   0%    plaintext: not_provided_by_service_discovery',
        'Routes:',
        '  HTTPRoute checkout -> service checkout weight 90, service checkout-canary weight 10 [see problems]',
      ].join('\n'),
    );
    expect(structured).toMatchObject({
      namespace: 'shop',
      service: 'checkout',
      type: 'ClusterIP',
      ports: [{ port: 80, protocol: 'TCP', targetPort: '8080' }],
      pods: 2,
      meshedPods: 2,
      meshes: ['linkerd'],
      level: 'critical',
      signals: [
        { name: 'success', value: 0.96, level: 'critical' },
        { name: 'p50', value: 120, level: 'critical' },
        { name: 'p99', value: 600, level: 'warning' },
        { name: 'meshed', value: 1, level: 'good' },
      ],
      rps: 5,
      successRate: 0.96,
      tls: 1,
      workloads: [{ kind: 'Deployment', name: 'checkout', health: 'healthy', ready: 2, desired: 2 }],
      callers: [{ peer: 'shop/Deployment/web', rps: 5 }],
      callees: [{ peer: 'external/api.cards.example.com:443' }, { peer: 'shop/Service/payments' }, { peer: 'bank/Service/ledger' }],
      routes: [
        {
          kind: 'HTTPRoute',
          name: 'checkout',
          namespace: 'shop',
          backends: ['shop/Service/checkout weight 90', 'shop/Service/checkout-canary weight 10'],
        },
      ],
      policies: [],
    });
    expect(structured.problems.map(({ code }) => code)).toEqual(['failing', 'slow', 'route', 'route']);
    expect(structured).not.toHaveProperty('omitted');
  });

  it('has the policies, and the callers that they deny', () => {
    const { text, structured } = ask('orders');
    expect(text).toContain('Traffic: 8 rps, 100% TLS, 2 rps denied\n');
    expect(text).toContain('  unmeshed  0    -     -      -     1.5 rps denied\n  search    0    -     -      -     0.5 rps denied\n');
    expect(text).toContain('Calls: no traffic was seen.\n');
    expect(text).toContain('  AuthorizationPolicy orders-callers: ');
    expect(text).toContain('  Server orders-http (deny): ');
    expect(text).not.toContain('see problems');
    expect(structured.policies).toMatchObject([{ name: 'orders-callers' }, { name: 'orders-http', action: 'deny' }]);
    expect(structured.problems.map(({ severity, text }) => `${severity}: ${text}`)).toEqual([
      'warning: Policies deny 0.5 rps from shop/search to shop/orders.',
      'warning: Policies deny 1.5 rps from unmeshed to shop/orders.',
    ]);
  });

  it('has the policy that is void, and the pod that is not ready', () => {
    const { text, structured } = ask('payments');
    expect(text).toContain('Deployment/payments: degraded (2 of 3 ready), pods linkerd 3/3');
    expect(text).toMatch(/AuthorizationPolicy payments-callers: .* \[see problems\]/);
    expect(structured.problems.map(({ code }) => code)).toEqual(expect.arrayContaining(['unhealthy', 'policy']));
  });

  it('has the policies of Istio, and callers of another namespace', () => {
    const { text, structured } = ask('ledger', 'bank');
    expect(text).toMatch(/AuthorizationPolicy ledger \(ALLOW\): .*\n {2}PeerAuthentication default \(STRICT\): /);
    expect(structured.callers.map(({ peer }) => peer)).toEqual(['bank/Deployment/portal', 'shop/Deployment/checkout']);
  });

  it('is short where little is known', () => {
    const { text, structured } = ask('tax-office', 'legacy');
    expect(withoutHead(text)).toBe(
      [
        'legacy/tax-office: ExternalName, no ports, alias of tax.example.com',
        'Signals: none are known.',
        'Called by: no traffic was seen.',
        'Calls: no traffic was seen.',
      ].join('\n'),
    );
    expect(structured.level).toBe('unknown');
    expect(structured.signals.every((signal) => signal.value === undefined && signal.level === 'unknown')).toBe(true);
    expect(ask('gift-cards').text).toContain('Deployment/gift-cards: scaled-to-zero (0 of 0 ready), pods no pods');
  });

  it.each([
    ['success', { rps: 1_000, failing: 0.001 }, 'good'],
    ['success', { rps: 1_000, failing: 0.002 }, 'warning'],
    ['success', { rps: 1_000, failing: 0.01 }, 'warning'],
    ['success', { rps: 1_000, failing: 0.011 }, 'critical'],
    ['p99', { rps: 1, p99: 100 }, 'good'],
    ['p99', { rps: 1, p99: 110 }, 'fair'],
    ['p99', { rps: 1, p99: 500 }, 'warning'],
    ['p99', { rps: 1, p99: 1_000 }, 'critical'],
    ['p50', { rps: 1, p99: 50 }, 'good'],
    ['p50', { rps: 1, p99: 250 }, 'warning'],
    ['p50', { rps: 1, p99: 500 }, 'critical'],
  ])('rates %s of %j as %s', (name, parts, level) => {
    const traffic = [call({ from: workload('shop', 'web'), to: workload('shop', 'search'), ...parts })];
    const world = worldOf({ ...SMALL_MESH, observation: { traffic, decisions: [], routes: [] } });
    expect(ask('search', 'shop', world).structured.signals.find((signal) => signal.name === name)?.level).toBe(level);
  });

  it('counts pods outside of the mesh against it', () => {
    const pod = objectOf(SMALL_MESH, 'pods', 'shop', 'web-abc-0');
    const { structured } = ask('web', 'shop', worldOf(withObjects(SMALL_MESH, { ...pod, labels: { app: 'web' } })));
    expect(structured.signals.at(-1)).toEqual({ name: 'meshed', value: 0.5, level: 'critical' });
    expect(structured.problems.map(({ code }) => code)).toContain('outside-mesh');
  });
});

describe('the budget', () => {
  const crowd: Mesh = {
    ...SMALL_MESH,
    observation: {
      ...SMALL_MESH.observation,
      traffic: Array.from({ length: 100 }, (_, place) => [
        call({ from: workload('shop', 'web'), to: external(`api-${place}.${'long-'.repeat(20)}name.example.com`), rps: 100 - place }),
        call({
          from: workload(`team-${place}`, `client-${'of-ours-'.repeat(6)}x`),
          to: workload('shop', 'web'),
          rps: 100 - place,
          failing: 0.5,
        }),
      ]).flat(),
    },
  };

  it('counts what it leaves out', () => {
    const { text, structured } = ask('web', 'shop', worldOf(crowd));
    expect(text.length).toBeLessThan(6_000);
    expect(structured.callers.length).toBe(structured.callees.length);
    const rows = structured.callers.length;
    expect(rows).toBeGreaterThan(5);
    expect(structured.callers[0]).toMatchObject({ peer: expect.stringMatching(/^team-0\//), rps: 100 });
    expect(text).toContain(`  and ${100 - rows} more\n`);
    // A hundred callers, as many problems of theirs, and a hundred and one callees.
    expect(structured.omitted).toBe(100 - rows + 100 - rows + 101 - rows);
  });

  // GraphWorld refuses an answer that is longer than the option allows.
  it.each([2_000, 3_000, 8_000])('keeps to an option of %i characters', (characters) => {
    const options = { MAX_ANSWER_CHARACTERS: String(characters) };
    const notes = Array.from({ length: 30 }, (_, place) => `Kind ${place} may not be read${', which is a pity'.repeat(8)}.`);
    const web = objectOf(SMALL_MESH, 'services', 'shop', 'web');
    const ports = Array.from({ length: 32 }, (_, place) => ({
      name: `port-number-${place}`,
      port: 1_000 + place,
      targetPort: `target-of-${place}`,
    }));
    const world = new GraphWorld({ options });
    world.publish(withObjects(crowd, { ...web, spec: { ...web.spec, ports } }), { notes });
    const { structured } = ask('web', 'shop', world);
    expect(structured.level).toBe('critical');
    if (characters === 2_000) expect(structured.ports.length).toBeLessThan(32);
  });

  it('of a service that ten others call is short', () => {
    expect(ask('web', 'team-1', worldOf(towns({ namespaces: 4 }))).text.length).toBeLessThan(1_600);
  });
});

it.each([
  [{ namespace: 'shop' }, 'service'],
  [{ service: 'web' }, 'namespace'],
  [{ namespace: 'shop', service: 'Web' }, 'service'],
  [{ namespace: 'shop', service: `a${'b'.repeat(253)}` }, 'service'],
])('refuses %j', (args, name) => {
  expect(() => small.call(getService, args)).toThrow(MeshError);
  expect(() => small.call(getService, args)).toThrow(`get_service: ${name}: `);
});
