import { describe, expect, it } from 'vitest';
import { resolveRoute } from '../../../../src/policy/routing/resolve.ts';
import { brief, deployment, istio, request, resolve, routes, service, to } from './objects.ts';

const web = service('web');

function rule(name: string, spec: object, meta = {}): object {
  return istio('DestinationRule', name, { host: 'web', ...spec }, meta);
}

const subset = (name: string, labels: object = { version: name }, more: object = {}) => ({ name, labels, ...more });

/** The only destination of an answer. */
function only(objects: readonly unknown[], change = {}) {
  const answer = resolve(objects, change);
  if (answer.tag !== 'routed') throw new Error(answer.tag);
  const [destination, ...others] = answer.destinations;
  if (destination === undefined || others.length > 0) throw new Error('not one destination');
  return destination;
}

describe('shares', () => {
  const v = (weights: readonly (number | undefined)[]) => [
    web,
    rule('web', { subsets: weights.map((_, index) => subset(`v${index}`)) }),
    routes('web', ['web'], [{ route: weights.map((weight, index) => to('web', `v${index}`, weight)) }]),
  ];

  it.each<[readonly (number | undefined)[], string]>([
    [[90, 10], 'web.shop:80/v0 9/10, web.shop:80/v1 1/10'],
    [[50, 20], 'web.shop:80/v0 5/7, web.shop:80/v1 2/7'],
    [[1, 1, 1], 'web.shop:80/v0 1/3, web.shop:80/v1 1/3, web.shop:80/v2 1/3'],
    [[undefined], 'web.shop:80/v0 1/1'],
    [[0], 'web.shop:80/v0 1/1'],
    [[7], 'web.shop:80/v0 1/1'],
    [[100, 0], 'web.shop:80/v0 1/1'],
    [[100, undefined], 'web.shop:80/v0 1/1'],
    [[0, 0], 'refused: no destination'],
    [[], 'refused: no destination'],
    [[-1, 2], 'unknown'],
    [[0.5, 2], 'unknown'],
    [[3_000_000_000, 2], 'unknown'],
  ])('weights %j', (weights, expected) => {
    expect(brief(resolve(v(weights)))).toBe(expected);
  });
});

describe('workloads of a subset', () => {
  const objects = [
    web,
    deployment('web-v1', 'web', { version: 'v1' }),
    deployment('web-v2', 'web', { version: 'v2' }),
    deployment('other-v1', 'other', { version: 'v1' }),
    deployment('web-v1', 'web', { version: 'v1' }, 'bank'),
    rule('web', { subsets: [subset('v1'), subset('none', { version: 'v9' }), subset('against', { app: 'other' }), { name: 'all' }] }),
  ];
  const names = (name: string) =>
    only([...objects, routes('web', ['web'], [{ route: [to('web', name)] }])]).workloads.map((each) => `${each.namespace}/${each.name}`);

  it('bear the Service’s and the subset’s labels, in the Service’s namespace', () => {
    expect(names('v1')).toEqual(['shop/web-v1']);
    expect(names('all')).toEqual(['shop/web-v1', 'shop/web-v2']);
    expect(names('none')).toEqual([]);
    expect(names('against')).toEqual([]);
    expect(only(objects).workloads).toHaveLength(2);
  });

  it('the labels are told', () => {
    expect(only([...objects, routes('web', ['web'], [{ route: [to('web', 'v1')] }])]).subsetLabels).toEqual({ version: 'v1' });
  });
});

describe('destinations that do not exist', () => {
  it.each([
    ['no such Service', to('gone'), 'gone.shop:80 1/1 (no service)'],
    ['no such subset', to('web', 'v9'), 'web.shop:80/v9 1/1 (no subset)'],
    ['no such port', { destination: { host: 'web', port: { number: 9 } } }, 'web.shop:9 1/1 (no port)'],
    ['no host', { destination: {} }, 'unknown'],
    ['no destination', {}, 'unknown'],
  ])('%s', (_, route, expected) => {
    expect(brief(resolve([web, rule('web', { subsets: [subset('v1')] }), routes('web', ['web'], [{ route: [route] }])]))).toBe(expected);
  });

  it('in a set that is not whole, a Service of a namespace of which it shows nothing is left open', () => {
    const objects = [web, routes('web', ['web'], [{ route: [to('x.bank.svc.cluster.local')] }])];
    expect(brief(resolve(objects))).toBe('x.bank:80 1/1 (no service)');
    expect(brief(resolveRoute(objects, request()))).toBe('x.bank:80 1/1 (unknown)');
  });
});

describe('the port of a destination', () => {
  const other = service('other', [{ name: 'http', port: 9090 }]);

  it('a sidecar takes the called port, even where the Service has a single other one', () => {
    expect(brief(resolve([web, other, routes('web', ['web'], [{ route: [to('other')] }])]))).toBe('other.shop:80 1/1 (no port)');
  });

  it('a gateway takes the Service’s only port', () => {
    const gateway = istio('Gateway', 'front', { servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }] });
    const bound = routes('web', ['web.example.com'], [{ route: [to('other')] }], { gateways: ['front'] });
    const from = { tag: 'gateway', gateway: 'shop/front' } as const;
    expect(brief(resolve([other, gateway, bound], { from, host: 'web.example.com' }))).toBe('other.shop:9090 1/1');
  });
});

describe('which DestinationRule holds', () => {
  const algorithm = (objects: readonly unknown[], change = {}) => only([web, ...objects], change).policy.loadBalancer.algorithm;
  const balanced = (name: string, simple: string, more: object = {}, meta = {}) =>
    rule(name, { host: 'web.shop.svc.cluster.local', trafficPolicy: { loadBalancer: { simple } }, ...more }, meta);
  const bank = { from: { tag: 'workload', namespace: 'bank', labels: { app: 'client' } }, host: 'web.shop' } as const;

  it('none: Istio’s default', () => {
    expect(only([web]).policy).toEqual({
      rule: undefined,
      loadBalancer: { algorithm: 'LEAST_REQUEST', consistentHash: undefined, locality: undefined },
      connectionPool: undefined,
      outlierDetection: undefined,
      tls: { mode: 'AUTO' },
    });
  });

  it('the client’s namespace, then the Service’s, then the root namespace', () => {
    const root = balanced('r', 'RANDOM', {}, { namespace: 'istio-system' });
    const own = balanced('o', 'ROUND_ROBIN');
    const client = balanced('c', 'PASSTHROUGH', {}, { namespace: 'bank' });
    expect(algorithm([root], bank)).toBe('RANDOM');
    expect(algorithm([root, own], bank)).toBe('ROUND_ROBIN');
    expect(algorithm([root, own, client], bank)).toBe('PASSTHROUGH');
  });

  it('for clients in the root namespace, its own rule only where it is private', () => {
    const from = { tag: 'workload', namespace: 'istio-system', labels: {} } as const;
    const own = balanced('o', 'ROUND_ROBIN');
    const root = (exportTo: readonly string[]) => balanced('r', 'RANDOM', { exportTo }, { namespace: 'istio-system' });
    expect(algorithm([own, root([])], { from, host: 'web.shop' })).toBe('ROUND_ROBIN');
    expect(algorithm([own, root(['.'])], { from, host: 'web.shop' })).toBe('RANDOM');
  });

  it('one of a third namespace never', () => {
    expect(algorithm([balanced('x', 'RANDOM', {}, { namespace: 'club' })], bank)).toBe('LEAST_REQUEST');
  });

  it('exportTo', () => {
    const root = balanced('r', 'RANDOM', {}, { namespace: 'istio-system' });
    expect(algorithm([root, balanced('o', 'ROUND_ROBIN', { exportTo: ['.'] })], bank)).toBe('RANDOM');
    expect(algorithm([root, balanced('o', 'ROUND_ROBIN', { exportTo: ['bank'] })], bank)).toBe('ROUND_ROBIN');
    expect(algorithm([root, balanced('o', 'ROUND_ROBIN', { exportTo: ['club'] })], bank)).toBe('RANDOM');
  });

  it('an exact host before a wildcard, a longer wildcard before a shorter', () => {
    const all = balanced('a', 'RANDOM', { host: '*.local' });
    const near = balanced('z', 'PASSTHROUGH', { host: '*.shop.svc.cluster.local' });
    expect(algorithm([all])).toBe('RANDOM');
    expect(algorithm([all, near])).toBe('PASSTHROUGH');
    expect(algorithm([all, near, balanced('y', 'ROUND_ROBIN')])).toBe('ROUND_ROBIN');
  });

  it('one for some workloads before one for all, and only for them', () => {
    const some = balanced('s', 'RANDOM', { workloadSelector: { matchLabels: { app: 'client' } } });
    const all = balanced('a', 'ROUND_ROBIN');
    expect(algorithm([all, some])).toBe('RANDOM');
    expect(algorithm([all, some], { from: { tag: 'workload', namespace: 'shop', labels: {} } })).toBe('ROUND_ROBIN');
  });

  it('a private rule for all is swallowed by one for some workloads, as in Istio', () => {
    const some = balanced('s', 'RANDOM', { workloadSelector: { matchLabels: { app: 'client' } } });
    const all = balanced('a', 'ROUND_ROBIN', { exportTo: ['.'], subsets: [subset('v1')] });
    expect(algorithm([all, some], { from: { tag: 'workload', namespace: 'shop', labels: {} } })).toBe('LEAST_REQUEST');
    const route = routes('web', ['web'], [{ route: [to('web', 'v1')] }]);
    expect(only([web, all, some, route]).problem).toBeUndefined();
  });

  it('two for some workloads, with the same labels and with others', () => {
    const some = (name: string, simple: string, app: string) => balanced(name, simple, { workloadSelector: { matchLabels: { app } } });
    expect(algorithm([some('a', 'RANDOM', 'other'), some('b', 'ROUND_ROBIN', 'client')])).toBe('ROUND_ROBIN');
    expect(algorithm([some('a', 'RANDOM', 'client'), some('b', 'ROUND_ROBIN', 'client')])).toBe('RANDOM');
  });

  it('two for one host are put together: the older policy, the subsets of both', () => {
    const old = balanced('z', 'RANDOM', { subsets: [subset('v1')] }, { created: '2024-01-01T00:00:00Z' });
    const young = balanced(
      'a',
      'ROUND_ROBIN',
      { subsets: [subset('v1', { version: 'x' }), subset('v2')] },
      { created: '2025-01-01T00:00:00Z' },
    );
    const to2 = routes('web', ['web'], [{ route: [to('web', 'v2')] }]);
    const to1 = routes('web', ['web'], [{ route: [to('web', 'v1')] }]);
    expect(algorithm([young, old, to2])).toBe('RANDOM');
    expect(only([web, young, old, to1]).subsetLabels).toEqual({ version: 'v1' });
    expect(only([web, young, old, to2]).problem).toBeUndefined();
  });
});

describe('the effective policy', () => {
  const policy = { loadBalancer: { simple: 'RANDOM' }, outlierDetection: { consecutive5xxErrors: 5 }, tls: { mode: 'ISTIO_MUTUAL' } };
  const through = (spec: object) => only([web, rule('web', spec), routes('web', ['web'], [{ route: [to('web', 'v1')] }])]).policy;
  const port = (number: number, more: object) => ({ port: { number }, ...more });

  it('a subset replaces part by part', () => {
    const special = { trafficPolicy: { loadBalancer: { simple: 'ROUND_ROBIN' } } };
    expect(through({ trafficPolicy: policy, subsets: [subset('v1', {}, special)] })).toMatchObject({
      loadBalancer: { algorithm: 'ROUND_ROBIN' },
      outlierDetection: { consecutive5xxErrors: 5 },
      tls: { mode: 'ISTIO_MUTUAL' },
    });
  });

  it('settings of the port replace everything', () => {
    const spec = {
      trafficPolicy: { ...policy, portLevelSettings: [port(80, { tls: { mode: 'SIMPLE', sni: 'x' } })] },
      subsets: [subset('v1')],
    };
    expect(through(spec)).toMatchObject({
      loadBalancer: { algorithm: 'LEAST_REQUEST' },
      outlierDetection: undefined,
      tls: { mode: 'SIMPLE', sni: 'x' },
    });
  });

  it('settings of another port do nothing', () => {
    const spec = { trafficPolicy: { ...policy, portLevelSettings: [port(81, { tls: { mode: 'SIMPLE' } })] }, subsets: [subset('v1')] };
    expect(through(spec).tls).toMatchObject({ mode: 'ISTIO_MUTUAL' });
  });

  it('a subset’s settings of the port come first', () => {
    const special = {
      trafficPolicy: { loadBalancer: { simple: 'RANDOM' }, portLevelSettings: [port(80, { loadBalancer: { simple: 'PASSTHROUGH' } })] },
    };
    expect(through({ trafficPolicy: policy, subsets: [subset('v1', {}, special)] })).toMatchObject({
      loadBalancer: { algorithm: 'PASSTHROUGH' },
      outlierDetection: undefined,
      tls: { mode: 'AUTO' },
    });
  });

  it('consistent hash and the default of a setting without algorithm', () => {
    const hash = { httpHeaderName: 'x-user' };
    expect(through({ trafficPolicy: { loadBalancer: { consistentHash: hash } }, subsets: [subset('v1')] }).loadBalancer).toMatchObject({
      algorithm: 'CONSISTENT_HASH',
      consistentHash: hash,
    });
    expect(through({ trafficPolicy: { loadBalancer: { simple: 'UNSPECIFIED' } }, subsets: [subset('v1')] }).loadBalancer.algorithm).toBe(
      'LEAST_REQUEST',
    );
  });

  it('locality: distribution, failover, switched off', () => {
    const locality = (localityLbSetting: object, more: object = {}) =>
      through({ trafficPolicy: { loadBalancer: { localityLbSetting }, ...more }, subsets: [subset('v1')] }).loadBalancer.locality;
    const distribute = [{ from: 'r/a/*', to: { 'r/a/*': 80, 'r/b/*': 20 } }];
    expect(locality({ distribute })).toEqual({
      tag: 'distribute',
      rules: [{ from: 'r/a/*', to: { 'r/a/*': { numerator: 4, denominator: 5 }, 'r/b/*': { numerator: 1, denominator: 5 } } }],
    });
    const failover = [{ from: 'r', to: 's' }];
    expect(locality({ failover })).toEqual({ tag: 'failover', active: false, rules: failover });
    expect(locality({ failover }, { outlierDetection: {} })).toEqual({ tag: 'failover', active: true, rules: failover });
    expect(locality({ failover, enabled: false })).toBeUndefined();
  });
});
