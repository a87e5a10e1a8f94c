import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../../../src/lib/json.ts';
import type { KeptKind, KeptObject } from '../../../../src/mesh/kept.ts';
import { build, deployment, LINKERD, route, server, service, spec } from '../kept-objects.ts';

const LINKERD_GROUP = 'policy.linkerd.io';
const BASE = [
  ...deployment('web', { injected: LINKERD }),
  service('web'),
  service('next'),
  server('web-http', 'web'),
  server('web-grpc', 'web', { port: 9090, proxyProtocol: 'gRPC' }),
];
const TO_SERVICE = { group: '', kind: 'Service', name: 'web', port: 80 };
const TO_SERVER = { group: LINKERD_GROUP, kind: 'Server', name: 'web-http' };

/** What a controller says of a parent, as Linkerd writes it. */
const answer = (parent: JsonObject, status = 'True', reason = 'Accepted', more: JsonObject[] = []): JsonObject => ({
  parentRef: {
    ...parent,
    group: parent.group === '' ? 'core' : (parent.group ?? 'gateway.networking.k8s.io'),
    namespace: parent.namespace ?? 'shop',
  },
  controllerName: 'linkerd.io/policy-controller',
  conditions: [{ type: 'Accepted', status, reason }, ...more],
});
const accepted = (...parents: JsonObject[]) => ({ status: { parents: parents.map((parent) => answer(parent)) } });
const read = (kind: KeptKind, value: JsonObject, more: Partial<KeptObject> = {}, objects: readonly KeptObject[] = BASE) =>
  route(build([...objects, spec(kind, 'it', value, more)]), 'it');
const problems = (kind: KeptKind, parent: JsonObject, value: JsonObject = {}, objects: readonly KeptObject[] = BASE) =>
  read(kind, { parentRefs: [parent], ...value }, accepted(parent), objects).problems;

describe('a route of the Gateway API', () => {
  it('hangs on its parents and leads to its backends', () => {
    const value = {
      parentRefs: [TO_SERVICE, { name: 'public', namespace: 'edge' }],
      hostnames: ['web.example.com', '*.example.org'],
      rules: [
        {
          backendRefs: [
            { name: 'web', port: 80, weight: 90 },
            { name: 'next', port: 80, weight: 10 },
          ],
        },
        {
          backendRefs: [
            { name: 'far', namespace: 'other', port: 1 },
            { name: 'web', port: 80, weight: 90 },
          ],
        },
      ],
    };
    expect(read('httpRoutes', value, accepted(TO_SERVICE, { kind: 'Gateway', name: 'public', namespace: 'edge' }))).toEqual({
      group: 'gateway.networking.k8s.io',
      kind: 'HTTPRoute',
      name: 'it',
      attachedTo: ['edge/Gateway/public', 'shop/Service/web'],
      hosts: ['web.example.com', '*.example.org'],
      backends: [
        { to: 'shop/Service/web', weight: 90 },
        { to: 'shop/Service/next', weight: 10 },
        { to: 'other/Service/far', weight: 1 },
      ],
      problems: [],
    });
  });

  it('may hang on a Server, an EgressNetwork, or on kinds that are not known here', () => {
    const egress = { group: LINKERD_GROUP, kind: 'EgressNetwork', name: 'out', port: 443 };
    const entry = { group: 'networking.istio.io', kind: 'ServiceEntry', name: 'pay' };
    const other = { group: 'example.com', kind: 'Listener', name: 'x' };
    const parents = [TO_SERVER, egress, entry, other];
    const objects = [
      ...BASE,
      spec('linkerdEgressNetworks', 'out', { trafficPolicy: 'Deny' }),
      spec('istioServiceEntries', 'pay', { hosts: ['a.example'] }),
    ];
    const node = read(
      'linkerdHttpRoutes',
      { parentRefs: parents, rules: [{ backendRefs: [{ group: LINKERD_GROUP, kind: 'EgressNetwork', name: 'out' }] }] },
      accepted(...parents),
      objects,
    );
    expect(node).toMatchObject({
      group: LINKERD_GROUP,
      attachedTo: [
        'shop/EgressNetwork.policy.linkerd.io/out',
        'shop/Listener.example.com/x',
        'shop/Server/web-http',
        'shop/ServiceEntry.networking.istio.io/pay',
      ],
      backends: [{ to: 'shop/EgressNetwork.policy.linkerd.io/out', weight: 1 }],
      problems: [],
    });
  });

  it.each<[string, KeptKind, JsonObject, string]>([
    ['a Service that is missing', 'httpRoutes', { ...TO_SERVICE, name: 'none' }, 'There is no Service none.'],
    ['a port that the Service lacks', 'httpRoutes', { ...TO_SERVICE, port: 81 }, 'Service web has no port 81.'],
    ['a Gateway that is missing', 'httpRoutes', { name: 'none' }, 'There is no Gateway none.'],
    [
      'a ServiceEntry that is missing',
      'httpRoutes',
      { group: 'networking.istio.io', kind: 'ServiceEntry', name: 'none' },
      'There is no ServiceEntry none.',
    ],
    ['a Server that is missing', 'linkerdHttpRoutes', { ...TO_SERVER, name: 'none' }, 'There is no Server none.'],
    [
      'a Server elsewhere',
      'linkerdHttpRoutes',
      { ...TO_SERVER, namespace: 'other' },
      'Server web-http is of another namespace, so Linkerd ignores the route for incoming requests.',
    ],
    [
      'a port of a Server',
      'linkerdHttpRoutes',
      { ...TO_SERVER, port: 80 },
      'Server web-http is named with a port, so Linkerd ignores the route for incoming requests.',
    ],
    [
      'a section of a Server',
      'linkerdHttpRoutes',
      { ...TO_SERVER, sectionName: 'x' },
      'Server web-http is named with a section, so Linkerd ignores the route for incoming requests.',
    ],
    [
      'a Server without its group',
      'httpRoutes',
      { kind: 'Server', name: 'web-http' },
      'Server web-http is named without its group, policy.linkerd.io.',
    ],
    ['a TCPRoute on a Server', 'tcpRoutes', TO_SERVER, 'A TCPRoute has no effect on Server web-http: only HTTP and gRPC routes do.'],
    [
      'a GRPCRoute on an HTTP Server',
      'grpcRoutes',
      TO_SERVER,
      'Server web-http has proxyProtocol unknown, and a GRPCRoute counts with gRPC only.',
    ],
    [
      'an HTTPRoute on a gRPC Server',
      'httpRoutes',
      { ...TO_SERVER, name: 'web-grpc' },
      'Server web-grpc has proxyProtocol gRPC, with which an HTTPRoute does not count.',
    ],
    [
      'an EgressNetwork that is missing',
      'tlsRoutes',
      { group: LINKERD_GROUP, kind: 'EgressNetwork', name: 'none', port: 443 },
      'There is no EgressNetwork none.',
    ],
  ])('says that it has %s', (_, kind, parent, problem) => {
    expect(problems(kind, parent)).toEqual([problem]);
  });

  it('accepts a GRPCRoute on a gRPC Server', () => {
    expect(problems('grpcRoutes', { ...TO_SERVER, name: 'web-grpc' })).toEqual([]);
  });

  it('names the protocol of its Server', () => {
    const http = server('web-http', 'web', { proxyProtocol: 'HTTP/2' });
    const problem = 'Server web-http has proxyProtocol HTTP/2, and a GRPCRoute counts with gRPC only.';
    expect(problems('grpcRoutes', TO_SERVER, {}, [http])).toEqual([problem]);
    expect(problems('httpRoutes', TO_SERVER, {}, [http])).toEqual([]);
    const strange = server('web-http', 'web', { proxyProtocol: 'HTTP/9' });
    expect(problems('httpRoutes', TO_SERVER, {}, [strange])).toEqual([]);
    expect(problems('grpcRoutes', TO_SERVER, {}, [strange])).toEqual([problem.replace('HTTP/2', 'unknown')]);
  });

  it('wants a port of an EgressNetwork', () => {
    const parent = { group: LINKERD_GROUP, kind: 'EgressNetwork', name: 'out' };
    expect(problems('httpRoutes', parent, {}, [...BASE, spec('linkerdEgressNetworks', 'out', {})])).toEqual([
      'EgressNetwork out is named without a port, which Linkerd refuses.',
    ]);
  });

  it('says that it hangs on nothing', () => {
    expect(read('httpRoutes', {}).problems).toEqual(['It names no parent, so it hangs on nothing.']);
    expect(read('httpRoutes', { useDefaultGateways: 'All' }).problems).toEqual([]);
    expect(read('httpRoutes', { parentRefs: [{ name: 'NO NAME' }] })).toMatchObject({
      attachedTo: [],
      problems: ['spec.parentRefs[0] is no reference that can be read.'],
    });
  });

  it('cannot hang on a headless Service, unless some controller takes it', () => {
    const headless = [service('web', [{ port: 80 }], { clusterIP: 'None' })];
    const value = { parentRefs: [TO_SERVICE] };
    expect(
      read('httpRoutes', value, { status: { parents: [answer(TO_SERVICE, 'False', 'NoMatchingParent')] } }, headless).problems,
    ).toEqual(['Service web has no cluster IP, without which Linkerd takes no routes for it.']);
    expect(read('httpRoutes', value, accepted(TO_SERVICE), headless).problems).toEqual([]);
  });

  it('gives way to a ServiceProfile', () => {
    const profile = (value: JsonObject) => spec('linkerdServiceProfiles', 'web.shop.svc.cluster.local', value);
    const problem = "Service web has a ServiceProfile with routes, which Linkerd's proxies follow instead.";
    expect(problems('httpRoutes', TO_SERVICE, {}, [...BASE, profile({ routes: [{ name: 'a' }] })])).toEqual([problem]);
    expect(
      problems('httpRoutes', TO_SERVICE, {}, [
        ...BASE,
        profile({ dstOverrides: [{ authority: 'web.shop.svc.cluster.local:80', weight: 1 }] }),
      ]),
    ).toEqual([problem]);
    expect(problems('httpRoutes', TO_SERVICE, {}, [...BASE, profile({ retryBudget: {} })])).toEqual([]);
    expect(problems('httpRoutes', { ...TO_SERVICE, name: 'next' }, {}, [...BASE, profile({ routes: [{ name: 'a' }] })])).toEqual([]);
  });

  it.each<[string, Json, string]>([
    [
      'a Service that is missing',
      { backendRefs: [{ name: 'none', port: 80 }] },
      'There is no Service none, to which spec.rules[0].backendRefs[0] sends.',
    ],
    [
      'a port that the Service lacks',
      { backendRefs: [{ name: 'web', port: 81 }] },
      'Service web has no port 81, to which spec.rules[0].backendRefs[0] sends.',
    ],
    ['no port', { backendRefs: [{ name: 'web' }] }, 'spec.rules[0].backendRefs[0] does not say which port of Service web it means.'],
    [
      'weights of 0',
      {
        backendRefs: [
          { name: 'web', port: 80, weight: 0 },
          { name: 'next', port: 80, weight: 0 },
        ],
      },
      'All backends of spec.rules[0] have weight 0, so its requests fail.',
    ],
    [
      'a negative weight',
      {
        backendRefs: [
          { name: 'web', port: 80, weight: -1 },
          { name: 'next', port: 80 },
        ],
      },
      'spec.rules[0].backendRefs[0].weight is no whole number from 0, so it counts as 0.',
    ],
    ['a reference without a name', { backendRefs: [{ port: 80 }] }, 'spec.rules[0].backendRefs[0] is no reference that can be read.'],
    [
      'an EgressNetwork that is missing',
      { backendRefs: [{ group: LINKERD_GROUP, kind: 'EgressNetwork', name: 'out' }] },
      'There is no EgressNetwork out, to which spec.rules[0].backendRefs[0] sends.',
    ],
  ])('says that its backend has %s', (_, rule, problem) => {
    expect(problems('httpRoutes', TO_SERVICE, { rules: [rule] })).toEqual([problem]);
  });

  it('sends to an EgressNetwork only where that is its parent', () => {
    const objects = [...BASE, spec('linkerdEgressNetworks', 'out', {})];
    const rules = [{ backendRefs: [{ group: LINKERD_GROUP, kind: 'EgressNetwork', name: 'out' }] }];
    expect(problems('httpRoutes', TO_SERVICE, { rules }, objects)).toEqual([
      'EgressNetwork out is a backend of spec.rules[0].backendRefs[0] without being the parent.',
    ]);
  });

  it('sends to hosts, as Istio lets it', () => {
    const rules = [{ backendRefs: [{ group: 'networking.istio.io', kind: 'Hostname', name: 'api.example.com', port: 443 }] }];
    expect(read('httpRoutes', { parentRefs: [TO_SERVICE], rules }, accepted(TO_SERVICE))).toMatchObject({
      backends: [{ to: 'api.example.com', weight: 1 }],
      problems: [],
    });
  });

  it('sends to an alias, whose ports nobody lists', () => {
    const alias = [...BASE, service('alias', [], { type: 'ExternalName', externalName: 'a.example' })];
    const sends = (port: number) => problems('httpRoutes', TO_SERVICE, { rules: [{ backendRefs: [{ name: 'alias', port }] }] }, alias);
    expect(sends(443)).toEqual([]);
    alias.push(service('alias', [{ port: 80 }], { type: 'ExternalName', externalName: 'a.example' }));
    expect(sends(443)).toEqual(['Service alias has no port 443, to which spec.rules[0].backendRefs[0] sends.']);
  });

  it('has one rule where it is for TCP or TLS', () => {
    expect(problems('tcpRoutes', TO_SERVICE, { rules: [{}, {}] })).toEqual([
      'It has 2 rules, and Linkerd takes a TCPRoute with one rule only.',
    ]);
    expect(problems('tcpRoutes', { name: 'public' }, { rules: [{}, {}] }, [spec('gateways', 'public', {})])).toEqual([]);
  });

  it('says what controllers say', () => {
    const value = { parentRefs: [TO_SERVICE] };
    const status = (...parents: JsonObject[]) => ({ status: { parents } });
    expect(read('httpRoutes', value).problems).toEqual(['No controller has accepted it on Service web yet.']);
    expect(read('httpRoutes', value, status(answer({ ...TO_SERVICE, name: 'next' }))).problems).toEqual([
      'No controller has accepted it on Service web yet.',
    ]);
    expect(read('httpRoutes', value, status(answer(TO_SERVICE, 'False', 'Conflicted'))).problems).toEqual([
      'It is not accepted on Service web: Conflicted.',
    ]);
    expect(read('httpRoutes', value, status(answer(TO_SERVICE, 'False', 'told in words'))).problems).toEqual([
      'It is not accepted on Service web: no reason that can be repeated.',
    ]);
    expect(read('httpRoutes', value, status(answer(TO_SERVICE, 'False', 'A'), answer(TO_SERVICE))).problems).toEqual([]);
    expect(read('httpRoutes', value, status(answer({ ...TO_SERVICE, port: 81 }))).problems).toHaveLength(1);
    const unresolved = status(
      answer(TO_SERVICE, 'True', 'Accepted', [{ type: 'ResolvedRefs', status: 'False', reason: 'BackendNotFound' }]),
    );
    expect(read('httpRoutes', value, unresolved).problems).toEqual(['On Service web a backend could not be resolved: BackendNotFound.']);
    const missing = { ...value, rules: [{ backendRefs: [{ name: 'none', port: 80 }] }] };
    expect(read('httpRoutes', missing, unresolved).problems).toEqual([
      'There is no Service none, to which spec.rules[0].backendRefs[0] sends.',
    ]);
  });

  it('does not take a list that was not read for an empty one', () => {
    const unread = ['services', 'gateways', 'linkerdServers'] as const;
    const parents = [TO_SERVICE, TO_SERVER, { kind: 'Gateway', name: 'x' }];
    const value = { parentRefs: parents, rules: [{ backendRefs: [{ name: 'none', port: 80 }] }] };
    expect(route(build([spec('httpRoutes', 'it', value, accepted(...parents))], [], { unread }), 'it').problems).toEqual([]);
  });

  it('keeps to its bounds', () => {
    const many = Array.from({ length: 50 }, (_, index) => index);
    const value = {
      hostnames: many.map((each) => `h${each}.example`),
      parentRefs: many.map((each) => ({ ...TO_SERVICE, name: `s${each}`, namespace: 'other' })),
      rules: [{ backendRefs: many.map((each) => ({ name: `b${each}`, namespace: 'other', port: 1 })) }],
    };
    const node = read('httpRoutes', value);
    expect([
      node.hosts.length,
      node.omittedHosts,
      node.attachedTo.length,
      node.omittedAttachments,
      node.backends.length,
      node.omittedBackends,
    ]).toEqual([16, 34, 32, 18, 32, 18]);
    expect(node.problems).toHaveLength(8);
    expect(node.problems.at(-1)).toBe('And 43 more problems.');
  });
});

describe('a ServiceProfile', () => {
  const profile = (name: string, value: JsonObject = {}) => route(build([...BASE, spec('linkerdServiceProfiles', name, value)]), name);

  it('hangs on the Service of its name and splits its traffic', () => {
    const dstOverrides = [
      { authority: 'next.shop.svc.cluster.local:80', weight: '500m' },
      { authority: 'web.shop.svc.cluster.local.:80', weight: 1 },
      { authority: 'api.example.com', weight: '2k' },
    ];
    expect(profile('web.shop.svc.cluster.local', { dstOverrides })).toEqual({
      group: 'linkerd.io',
      kind: 'ServiceProfile',
      name: 'web.shop.svc.cluster.local',
      attachedTo: ['shop/Service/web'],
      hosts: ['web.shop.svc.cluster.local'],
      backends: [
        { to: 'shop/Service/next', weight: 0.5 },
        { to: 'shop/Service/web', weight: 1 },
        { to: 'api.example.com', weight: 2000 },
      ],
      problems: [],
    });
    expect(profile('web.other.svc.cluster.local')).toMatchObject({ attachedTo: ['other/Service/web'], problems: [] });
  });

  it('says why it has no effect', () => {
    expect(profile('web').problems).toEqual([
      'Its name is not the full name of a Service (name.namespace.svc and the cluster domain), so no proxy looks for it.',
    ]);
    expect(profile('a.web.shop.svc.cluster.local')).toMatchObject({
      attachedTo: [],
      problems: [expect.stringContaining('not the full name')],
    });
    expect(profile('none.shop.svc.cluster.local').problems).toEqual(['There is no Service none.']);
    const overrides = (...dstOverrides: Json[]) => profile('web.shop.svc.cluster.local', { dstOverrides }).problems;
    expect(overrides({ authority: 'none.shop.svc.cluster.local', weight: 1 })).toEqual([
      'There is no Service none, to which spec.dstOverrides[0] sends.',
    ]);
    expect(overrides({ weight: 1 }, { authority: 'a.example', weight: 'much' })).toEqual([
      'spec.dstOverrides[0] has no authority that can be read.',
      'spec.dstOverrides[1] has no weight that can be read.',
    ]);
    expect(overrides({ authority: 'a.example', weight: 0 })).toEqual(['All of its dstOverrides have weight 0, so they take no request.']);
  });
});
