import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../../../src/lib/json.ts';
import type { KeptObject } from '../../../../src/mesh/kept.ts';
import { build, deployment, root, route, SIDECAR, service, spec } from '../kept-objects.ts';

const BASE = [
  ...deployment('web', { injected: SIDECAR, labels: { version: 'v1' } }),
  service('web'),
  service('api', [{ port: 80 }, { port: 90 }]),
  spec('istioDestinationRules', 'web', { host: 'web', subsets: [{ name: 'v1', labels: { version: 'v1' } }] }),
  spec('istioServiceEntries', 'pay', { hosts: ['api.pay.example', '*.wild.example'], ports: [{ number: 443 }], resolution: 'DNS' }),
];
const to = (destination: JsonObject, weight?: Json): JsonObject => ({ destination, ...(weight === undefined ? {} : { weight }) });

describe('a VirtualService', () => {
  const read = (value: JsonObject, objects: readonly KeptObject[] = BASE, shared: readonly KeptObject[] = []) =>
    route(
      build(
        [...objects, spec('istioVirtualServices', 'it', { hosts: ['web'], http: [{ route: [to({ host: 'web' })] }], ...value })],
        shared,
      ),
      'it',
    );
  const sends = (...routes: JsonObject[]) => read({ http: [{ route: routes }] });

  it('hangs on the mesh and on its Services, and leads to subsets', () => {
    const http = [
      {
        route: [
          to({ host: 'web', subset: 'v1', port: { number: 80 } }, 90),
          to({ host: 'api.shop.svc.cluster.local', port: { number: 90 } }, 10),
        ],
      },
      { route: [to({ host: 'api.pay.example' })] },
      { route: [to({ host: 'far.other.svc.cluster.local' })] },
      { route: [to({ host: 'who.knows.example' })] },
    ];
    expect(read({ http })).toEqual({
      group: 'networking.istio.io',
      kind: 'VirtualService',
      name: 'it',
      attachedTo: ['mesh', 'shop/Service/web'],
      hosts: ['web'],
      backends: [
        { to: 'shop/Service/web', weight: 90, subset: 'v1' },
        { to: 'shop/Service/api', weight: 10 },
        { to: 'external/api.pay.example:443', weight: 100 },
        { to: 'other/Service/far', weight: 100 },
        { to: 'who.knows.example', weight: 100 },
      ],
      problems: [],
    });
  });

  it('hangs on gateways of both groups', () => {
    const gateways = ['public', 'kube', 'edge/theirs', 'mesh'];
    const objects = [...BASE, spec('istioGateways', 'public', { servers: [{}] }), spec('gateways', 'kube', {})];
    expect(read({ gateways }, objects)).toMatchObject({
      attachedTo: [
        'edge/Gateway.networking.istio.io/theirs',
        'mesh',
        'shop/Gateway.networking.istio.io/public',
        'shop/Gateway/kube',
        'shop/Service/web',
      ],
      problems: [],
    });
    expect(read({ gateways: ['public'], hosts: ['web.example.com'] }, objects).attachedTo).toEqual([
      'shop/Gateway.networking.istio.io/public',
    ]);
  });

  it('knows the gateways of its own and of the root namespace', () => {
    const shared = [root('istioGateways', 'public', { servers: [{}] })];
    const problems = (gateway: string) => read({ gateways: [gateway] }, BASE, shared).problems;
    expect(problems('none')).toEqual(['There is no Gateway none.']);
    expect(problems('./none')).toEqual(['There is no Gateway none.']);
    expect(problems('istio-system/public')).toEqual([]);
    expect(problems('public.istio-system.svc.cluster.local')).toEqual([]);
    expect(problems('istio-system/none')).toEqual(['There is no Gateway istio-system/none.']);
    expect(problems('other/none')).toEqual([]);
    expect(problems('no name/x')).toEqual(['One of its gateways has no name that can be read.']);
    // Nothing of the root namespace may have been read.
    expect(read({ gateways: ['istio-system/none'] }).problems).toEqual([]);
  });

  it.each<[string, JsonObject, string]>([
    ['a Service that is missing', { host: 'none' }, 'There is no Service none, to which spec.http[0].route[0].destination sends.'],
    [
      'a full name that is missing',
      { host: 'none.shop.svc.cluster.local' },
      'There is no Service none.shop.svc.cluster.local, to which spec.http[0].route[0].destination sends.',
    ],
    [
      'a name that Istio does not complete',
      { host: 'web.shop' },
      'There is no host web.shop, to which spec.http[0].route[0].destination sends. Istio does not complete it: write web.shop.svc.cluster.local.',
    ],
    [
      'a port that is missing',
      { host: 'web', port: { number: 81 } },
      'web has no port 81, to which spec.http[0].route[0].destination sends.',
    ],
    [
      'a port that the ServiceEntry lacks',
      { host: 'api.pay.example', port: { number: 80 } },
      'api.pay.example has no port 80, to which spec.http[0].route[0].destination sends.',
    ],
    [
      'a subset without a rule',
      { host: 'web', subset: 'v2' },
      'No DestinationRule defines subset v2 of web, to which spec.http[0].route[0].destination sends.',
    ],
    ['no host', {}, 'spec.http[0].route[0].destination names no host.'],
  ])('says that its destination has %s', (_, destination, problem) => {
    expect(sends(to(destination)).problems).toEqual([problem]);
  });

  it('judges neither hosts nor subsets of other namespaces', () => {
    expect(sends(to({ host: 'none.other.svc.cluster.local', subset: 'v9', port: { number: 1 } })).problems).toEqual([]);
    expect(sends(to({ host: 'none.example', subset: 'v9' })).problems).toEqual([]);
    expect(sends(to({ host: '*.other.svc.cluster.local' })).backends).toEqual([{ to: '*.other.svc.cluster.local', weight: 100 }]);
  });

  it('says what it cannot read of a destination, and leaves open what a ServiceEntry leaves open', () => {
    expect(sends(to({ host: 'web', subset: 'NO NAME' })).problems).toEqual(['spec.http[0].route[0].destination.subset is no name.']);
    const alias = [...BASE, service('alias', [], { type: 'ExternalName', externalName: 'a.example' })];
    expect(read({ http: [{ route: [to({ host: 'alias', port: { number: 443 } })] }] }, alias).problems).toEqual([]);
    const open = [...BASE, spec('istioServiceEntries', 'open', { hosts: ['open.example'] })];
    const http = [{ route: [to({ host: 'open.example', port: { number: 443 } })] }];
    expect(read({ http }, open)).toMatchObject({ backends: [{ to: 'external/open.example', weight: 100 }], problems: [] });
  });

  it('takes subsets of the root namespace, and not those that it does not see', () => {
    const rule = (name: string) => ({ host: 'web.shop.svc.cluster.local', subsets: [{ name, labels: {} }] });
    const shared = [
      root('istioDestinationRules', 'web', rule('v2')),
      root('istioDestinationRules', 'hidden', { ...rule('v3'), exportTo: ['.'] }),
    ];
    const problems = (subset: string) => read({ http: [{ route: [to({ host: 'web', subset })] }] }, BASE, shared).problems.length;
    expect([problems('v1'), problems('v2'), problems('v3')]).toEqual([0, 0, 1]);
  });

  it.each<[readonly Json[], readonly string[]]>([
    [[90, 10], []],
    [[50, 20], []],
    [[0, 0], ['All weights of spec.http[0] are 0 or absent, so it sends nowhere.']],
    [[-1, 101], ['spec.http[0].route[0].weight is no whole number from 0.']],
    [[0], []],
  ])('with weights %j has the problems %j', (weights, problems) => {
    expect(sends(...weights.map((weight) => to({ host: 'web' }, weight))).problems).toEqual(problems);
  });

  it('checks mirrors and delegates', () => {
    const http = [
      { mirror: { host: 'none' }, mirrors: [{ destination: { host: 'gone' } }], delegate: { name: 'part' }, route: [to({ host: 'web' })] },
      { delegate: { name: 'far', namespace: 'other' } },
    ];
    expect(read({ http }).problems).toEqual([
      'There is no Service none, to which spec.http[0].mirror sends.',
      'There is no Service gone, to which spec.http[0].mirrors[0].destination sends.',
      'There is no VirtualService part, to which spec.http[0].delegate delegates.',
    ]);
    const delegate = spec('istioVirtualServices', 'part', { http: [{ route: [to({ host: 'web' })] }] });
    const built = build([
      ...BASE,
      delegate,
      spec('istioVirtualServices', 'it', { hosts: ['web'], http: [{ delegate: { name: 'part' } }] }),
    ]);
    expect(route(built, 'part')).toMatchObject({ attachedTo: [], problems: [] });
    expect(route(built, 'it').problems).toEqual([]);
  });

  it('says what is wrong with its hosts', () => {
    expect(read({ hosts: ['none'] }).problems).toEqual(['Host none is no Service of this namespace.']);
    expect(read({ hosts: ['web.shop.svc'] }).problems).toEqual([
      'Host web.shop.svc is no Service of this namespace. Istio does not complete it: write web.shop.svc.cluster.local.',
    ]);
    expect(read({ hosts: ['no host', '*.example', 'any.example'] }).problems).toEqual(['spec.hosts[0] is no host name.']);
    expect(read({ hosts: ['none'], gateways: ['public'] }, [...BASE, spec('istioGateways', 'public', { servers: [{}] })]).problems).toEqual(
      [],
    );
    expect(read({ http: [] }).problems).toEqual(['It has no rules, so it routes nothing.']);
  });

  it('has a host of the mesh for itself, by age', () => {
    const older = (value: JsonObject) =>
      spec(
        'istioVirtualServices',
        'old',
        { hosts: ['web.shop.svc.cluster.local'], http: [{ route: [to({ host: 'web' })] }], ...value },
        { created: 1 },
      );
    const younger = spec('istioVirtualServices', 'it', { hosts: ['web', 'api'], http: [{ route: [to({ host: 'web' })] }] }, { created: 2 });
    const built = build([...BASE, younger, older({})]);
    expect([route(built, 'old').problems, route(built, 'it').problems]).toEqual([
      [],
      ['VirtualService old is older and holds in the mesh for web; only one does.'],
    ]);
    expect(route(build([...BASE, younger, older({ exportTo: ['other'] })]), 'it').problems).toEqual([]);
    expect(route(build([...BASE, younger, older({ exportTo: ['other', '.'] })]), 'it').problems).toHaveLength(1);
    expect(
      route(build([...BASE, spec('istioGateways', 'g', { servers: [{}] }), younger, older({ gateways: ['g'] })]), 'it').problems,
    ).toEqual([]);
  });
});

describe('a DestinationRule', () => {
  const read = (value: JsonObject, objects: readonly KeptObject[] = BASE) =>
    route(build([...objects, spec('istioDestinationRules', 'it', value)]), 'it');

  it('hangs on the Service that it is for', () => {
    expect(read({ host: 'web.shop.svc.cluster.local', subsets: [{ name: 'v1', labels: { version: 'v1' } }] })).toEqual({
      group: 'networking.istio.io',
      kind: 'DestinationRule',
      name: 'it',
      attachedTo: ['shop/Service/web'],
      hosts: ['web.shop.svc.cluster.local'],
      backends: [],
      problems: [],
    });
    expect(read({ host: 'far.other.svc.cluster.local' })).toMatchObject({ attachedTo: ['other/Service/far'], problems: [] });
    expect(read({ host: 'api.pay.example' }).attachedTo).toEqual(['shop/ServiceEntry.networking.istio.io/pay']);
    expect(read({ host: '*.local' })).toMatchObject({ attachedTo: [], problems: [] });
  });

  it('says why it has no effect', () => {
    expect(read({}).problems).toEqual(['It names no host.']);
    expect(read({ host: 'none' }).problems).toEqual(['There is no Service none.']);
    expect(read({ host: 'web.shop' }).problems).toEqual([
      'There is no host web.shop. Istio does not complete it: write web.shop.svc.cluster.local.',
    ]);
    expect(read({ host: 'web', subsets: [{ name: 'v9', labels: { version: 'v9' } }, { name: 'all' }] }).problems).toEqual([
      'No pod of the Service has the labels of subset v9, so requests to it fail.',
    ]);
    const half = { host: 'web', subsets: [{ name: 'v1', labels: { version: 'v1', track: 'canary' } }] };
    expect(read(half).problems).toEqual(['No pod of the Service has the labels of subset v1, so requests to it fail.']);
  });

  it('gives way to an older policy for the same host', () => {
    const rule = (name: string, created: number, host: string) =>
      spec('istioDestinationRules', name, { host, trafficPolicy: { connectionPool: {} } }, { created });
    const built = build([...BASE, rule('old', 1, 'web.shop.svc.cluster.local'), rule('it', 2, 'web')]);
    expect([route(built, 'old').problems, route(built, 'it').problems]).toEqual([
      [],
      ['DestinationRule old for the same host is older, and its trafficPolicy holds.'],
    ]);
    expect(route(built, 'web').problems).toEqual([]);
  });

  it('asks for TLS that the servers take', () => {
    const strict = spec('istioPeerAuthentications', 'default', { mtls: { mode: 'STRICT' } });
    const disable = spec('istioPeerAuthentications', 'default', { mtls: { mode: 'DISABLE' } });
    const tls = (mode: string, ...more: KeptObject[]) =>
      read({ host: 'web', trafficPolicy: { tls: { mode } } }, [...BASE, ...more]).problems;
    const refuses = (mode: string) => [`It asks for tls mode ${mode}, which Deployment web does not take.`];
    expect(tls('DISABLE', strict)).toEqual(refuses('DISABLE'));
    expect(tls('ISTIO_MUTUAL', disable)).toEqual(refuses('ISTIO_MUTUAL'));
    expect([tls('ISTIO_MUTUAL', strict), tls('DISABLE', disable), tls('DISABLE')]).toEqual([[], [], []]);
    const outside = [...deployment('web', { labels: { version: 'v1' } }), service('web')];
    expect(read({ host: 'web', trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL' } } }, outside).problems).toEqual(refuses('ISTIO_MUTUAL'));
  });
});

describe('gateways and ServiceEntries', () => {
  it('are what routes hang on and lead to', () => {
    const proxy = deployment('public-istio', { labels: { 'gateway.networking.k8s.io/gateway-name': 'public', istio: 'ingressgateway' } });
    const accepted = {
      status: {
        conditions: [
          { type: 'Accepted', status: 'True' },
          { type: 'Programmed', status: 'True' },
        ],
      },
    };
    const built = build([
      ...proxy,
      spec('gateways', 'public', { listeners: [{ hostname: '*.example.com' }, {}] }, accepted),
      spec('istioGateways', 'edge', { selector: { istio: 'ingressgateway' }, servers: [{ hosts: ['./web.example.com', '*'] }] }),
    ]);
    expect(route(built, 'public')).toEqual({
      group: 'gateway.networking.k8s.io',
      kind: 'Gateway',
      name: 'public',
      attachedTo: ['shop/Deployment/public-istio'],
      hosts: ['*.example.com', '*'],
      backends: [],
      problems: [],
    });
    expect(route(built, 'edge')).toMatchObject({
      group: 'networking.istio.io',
      attachedTo: ['shop/Deployment/public-istio'],
      hosts: ['./web.example.com', '*'],
      problems: [],
    });
  });

  it('say what is wrong with them', () => {
    const gateway = (conditions: readonly JsonObject[]) =>
      route(build([spec('gateways', 'it', { listeners: [{ hostname: 'no host' }] }, { status: { conditions } })]), 'it').problems;
    const unreadable = 'spec.listeners[0].hostname is no host name.';
    expect(gateway([])).toEqual([unreadable, 'No controller has accepted it yet.']);
    expect(gateway([{ type: 'Accepted', status: 'False', reason: 'Invalid' }])).toEqual([unreadable, 'It is not accepted: Invalid.']);
    expect(
      gateway([
        { type: 'Accepted', status: 'True' },
        { type: 'Programmed', status: 'False', reason: 'AddressNotAssigned' },
      ]),
    ).toEqual([unreadable, 'It is not programmed: AddressNotAssigned.']);
    expect(route(build([spec('istioGateways', 'it', {})]), 'it').problems).toEqual(['It has no servers, so it opens no port.']);
  });

  const entry = (value: JsonObject, objects: readonly KeptObject[] = []) =>
    route(build([...objects, spec('istioServiceEntries', 'it', value)]), 'it');

  it('make places outside known', () => {
    expect(entry({ hosts: ['api.example.com'], ports: [{ number: 443 }, { number: 80 }], resolution: 'DNS' })).toMatchObject({
      attachedTo: ['mesh'],
      hosts: ['api.example.com'],
      backends: [
        { to: 'external/api.example.com:443', weight: 1 },
        { to: 'external/api.example.com:80', weight: 1 },
      ],
      problems: [],
    });
    const endpoints = [
      { address: '10.0.0.1', weight: 2 },
      { address: '2001:db8::1' },
      { address: 'unix:///var/run/x' },
      { address: 'no address' },
    ];
    expect(entry({ hosts: ['db.example'], ports: [{ number: 5432 }], resolution: 'STATIC', endpoints })).toMatchObject({
      backends: [
        { to: 'external/10.0.0.1:5432', weight: 2 },
        { to: 'external/[2001:db8::1]:5432', weight: 1 },
      ],
      problems: ['spec.endpoints[3].address is no address.'],
    });
    const selecting = { hosts: ['vm.example'], workloadSelector: { labels: { app: 'web' } }, resolution: 'STATIC' };
    expect(entry(selecting, deployment('web'))).toMatchObject({ attachedTo: ['mesh', 'shop/Deployment/web'], backends: [], problems: [] });
    expect(entry(selecting).problems).toEqual(['No workload of this namespace matches its workloadSelector.']);
  });

  it.each<[JsonObject, string]>([
    [{}, 'It has no hosts, so it makes nothing known.'],
    [{ hosts: ['a.example'], resolution: 'STATIC' }, 'Its resolution is STATIC, and it has no endpoints.'],
    [{ hosts: ['a.example'], endpoints: [{ address: '10.0.0.1' }] }, 'Without a resolution its endpoints are not used.'],
    [{ hosts: ['no host'] }, 'spec.hosts[0] is no host name.'],
  ])('with %j have a problem', (value, problem) => {
    expect(entry(value).problems).toEqual([problem]);
  });
});
