import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { RouteRequest } from '../../../../src/policy/routing/request.ts';
import { resolveRoute } from '../../../../src/policy/routing/resolve.ts';
import { deployment, istio, request, resolve, service } from './objects.ts';

const name = fc.constantFrom('a', 'b', 'web');
const label = fc.constantFrom('v1', 'v2');
const text = fc.record(
  { exact: fc.constantFrom('/', '/a', 'x'), prefix: fc.constantFrom('/', '/a'), regex: fc.constantFrom('.*', '/a.*', '*', '(') },
  { requiredKeys: [] },
);
const match = fc.record(
  {
    uri: text,
    method: text,
    headers: fc.dictionary(fc.constantFrom('x', 'y'), text, { maxKeys: 2 }),
    withoutHeaders: fc.dictionary(fc.constantFrom('x', 'y'), text, { maxKeys: 2 }),
    queryParams: fc.dictionary(fc.constantFrom('q'), text, { maxKeys: 1 }),
    port: fc.constantFrom(0, 80, 81),
    gateways: fc.constantFrom(['mesh'], ['front'], []),
    sourceLabels: fc.constantFrom({}, { app: 'client' }, { app: 'x' }),
    ignoreUriCase: fc.boolean(),
  },
  { requiredKeys: [] },
);
const destination = fc.record({
  destination: fc.record({ host: name, subset: label }, { requiredKeys: ['host'] }),
  weight: fc.nat({ max: 100 }),
});
const rule = fc.record(
  {
    match: fc.array(match, { maxLength: 2 }),
    route: fc.array(destination, { minLength: 1, maxLength: 3 }),
    delegate: fc.constant({ name: 'inner' }),
    mirror: fc.record({ host: name }),
  },
  { requiredKeys: ['route'] },
);
const stamp = fc.constantFrom('2024-01-01T00:00:00Z', '2025-01-01T00:00:00Z');
const host = fc.constantFrom('web', 'a', '*', '*.shop.svc.cluster.local', 'shop.example.com');
const exportTo = fc.constantFrom([], ['.'], ['*'], ['bank', '.']);

const virtualService = fc
  .record({
    hosts: fc.uniqueArray(host, { maxLength: 2 }),
    http: fc.array(rule, { maxLength: 3 }),
    gateways: fc.constantFrom([], ['front'], ['front', 'mesh']),
    exportTo,
    created: stamp,
  })
  .map(({ created, ...spec }) => ({ kind: 'VirtualService', spec, created }));
const destinationRule = fc
  .record({
    host: fc.constantFrom('web', 'a', '*.local'),
    subsets: fc.array(fc.record({ name: label, labels: fc.record({ version: label }) }), { maxLength: 2 }),
    exportTo,
    created: stamp,
  })
  .map(({ created, ...spec }) => ({ kind: 'DestinationRule', spec, created }));

/** Objects with names of their own, so that Istio's order among them is complete. */
const world = fc
  .array(fc.oneof(virtualService, destinationRule), { maxLength: 6 })
  .map((drafts) => [
    service('web'),
    service('a'),
    service('b'),
    deployment('web-v1', 'web', { version: 'v1' }),
    istio('Gateway', 'front', { servers: [{ port: { number: 80, protocol: 'HTTP', name: 'http' }, hosts: ['*'] }] }),
    ...drafts.map(({ kind, spec, created }, index) => istio(kind, `n${index}`, spec, { created })),
  ]);

const call: fc.Arbitrary<RouteRequest> = fc
  .record({
    from: fc.constantFrom<RouteRequest['from']>(
      { tag: 'workload', namespace: 'shop', labels: { app: 'client' } },
      { tag: 'workload', namespace: 'bank', labels: {} },
      { tag: 'gateway', gateway: 'shop/front' },
    ),
    host: fc.constantFrom('web', 'a.shop', 'shop.example.com', 'nothing'),
    path: fc.constantFrom('/', '/a', '/a/b?q=x'),
    protocol: fc.constantFrom<RouteRequest['protocol']>('http', 'https', 'tcp'),
  })
  .map((change) => request(change));

it('the order of the objects does not matter', () => {
  fc.assert(
    fc.property(
      world.chain((objects) => fc.tuple(fc.constant(objects), fc.shuffledSubarray(objects, { minLength: objects.length }))),
      call,
      ([objects, shuffled], each) => {
        expect(resolve(shuffled, each)).toEqual(resolve(objects, each));
      },
    ),
    { numRuns: 300 },
  );
});

it('shares sum to one, exactly', () => {
  fc.assert(
    fc.property(world, call, (objects, each) => {
      const answer = resolve(objects, each);
      if (answer.tag !== 'routed') return;
      const denominator = answer.destinations.reduce((product, { share }) => product * BigInt(share.denominator), 1n);
      const sum = answer.destinations.reduce(
        (total, { share }) => total + (BigInt(share.numerator) * denominator) / BigInt(share.denominator),
        0n,
      );
      expect(sum).toBe(denominator);
    }),
    { numRuns: 300 },
  );
});

it('a rule that was chosen is the first that could be: none before it holds on its own', () => {
  fc.assert(
    fc.property(fc.array(rule, { minLength: 2, maxLength: 4 }), call, (rules, each) => {
      const plain = rules.map(({ delegate: _, ...rest }) => rest);
      const objects = (http: readonly object[]) => [
        service('web'),
        service('a'),
        service('b'),
        istio('VirtualService', 'web', { hosts: ['web'], http }),
      ];
      const answer = resolve(objects(plain), { ...each, host: 'web.shop' });
      if (answer.tag !== 'routed' || answer.rule === undefined) return;
      const index = Number(/^spec\.http\[(\d+)\]$/.exec(answer.rule.field)?.[1]);
      for (const before of plain.slice(0, index)) {
        const alone = resolve(objects([before]), { ...each, host: 'web.shop' });
        expect(alone.tag === 'routed' && alone.rule !== undefined).toBe(false);
      }
    }),
    { numRuns: 300 },
  );
});

const FIELDS = [
  'hosts',
  'http',
  'tls',
  'tcp',
  'match',
  'route',
  'destination',
  'host',
  'uri',
  'exact',
  'headers',
  'subsets',
  'trafficPolicy',
  'servers',
  'port',
];

it('never throws, whatever the objects are', () => {
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 6 },
      fc.constantFrom<unknown>(null, undefined, 0, -1, Number.NaN, '', '*', 'web', 'web.shop.svc.cluster.local', '__proto__', true),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...FIELDS, '__proto__', 'constructor'), tie('tree'), { maxKeys: 5 }),
    ),
  }));
  const hostile = fc
    .tuple(
      fc.constantFrom('VirtualService', 'DestinationRule', 'Gateway', 'ServiceEntry', 'Sidecar'),
      fc.dictionary(fc.constantFrom(...FIELDS, 'selector', 'gateways', 'exportTo', 'egress'), tree),
    )
    .map(([kind, spec]) => istio(kind, 'front', { hosts: ['web'], ...spec }));
  fc.assert(
    fc.property(fc.array(fc.oneof(hostile, tree), { maxLength: 5 }), call, (objects, each) => {
      const answer = resolveRoute([service('web'), ...objects], each);
      expect(['routed', 'redirected', 'answered', 'passed through', 'refused', 'unknown']).toContain(answer.tag);
    }),
    { numRuns: 1000 },
  );
});
