import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyze } from '../../../../src/policy/analyze/analyze.ts';
import { CHECKS } from '../../../../src/policy/analyze/checks.ts';
import { CODES } from '../../../../src/policy/analyze/codes.ts';
import { KINDS } from '../../../../src/policy/analyze/shapes.ts';
import {
  apps,
  egressNetwork,
  httpRoute,
  L5D,
  LINKERD_WORLD,
  linkerdPolicy,
  linkerdRoute,
  meshTls,
  onGateway,
  onServer,
  onService,
  payService,
  payWith,
  profile,
  rateLimit,
  ref,
  server,
  serverAuthorization,
  tcpRoute,
  toService,
  workload,
} from './linkerd-world.ts';
import {
  authorizationPolicy,
  deployment,
  destinationRule,
  gateway,
  type Manifest,
  namespace,
  peerAuthentication,
  service,
  serviceEntry,
  sidecar,
  to,
  virtualService,
  WORLD,
  worldWith,
} from './world.ts';

/** Many mistakes at once, some of which depend on several objects. */
const BROKEN: readonly Manifest[] = [
  ...worldWith(
    virtualService('web', { hosts: ['web'], http: [{ route: [to('wbe', { subset: 'v9' })] }, { route: [to('db')], timeout: '1' }] }),
    virtualService('again', { hosts: ['web'], exportTo: ['.'], http: [{ route: [to('web')] }] }),
    destinationRule('web', {
      host: 'web',
      trafficPolicy: { tls: { mode: 'DISABLE' } },
      subsets: [{ name: 'v3', labels: { version: 'v3' } }],
    }),
    destinationRule('again', { host: 'web', trafficPolicy: { circuitBreaker: {} }, subsets: [{ name: 'v3' }] }),
    gateway('again', {
      selector: { istio: 'ingressgateway' },
      servers: [{ port: { number: 80, protocol: 'TCP' }, hosts: ['shop.example.com'] }],
    }),
    peerAuthentication('a', { mtls: { mode: 'STRICT' } }),
    peerAuthentication('b', { mtls: { mode: 'PERMISSIVE' } }),
    sidecar('a', { workloadSelector: { labels: { app: 'web' } } }),
    sidecar('b', { workloadSelector: { labels: { version: 'v1' } } }),
    serviceEntry('other', { hosts: ['api.bank.example'], ports: [{ number: 443, name: 'x', protocol: 'HTTP' }] }),
    authorizationPolicy('x', { selector: { matchLabels: { app: 'x' } }, action: 'DENY' }),
  ),
  service('web', { app: 'other' }, [{ port: 81 }]),
];

/** The same for Linkerd and the Gateway API. */
const BROKEN_LINKERD: readonly Manifest[] = payWith(
  server('a', { podSelector: apps('api'), port: 8080 }),
  server('b', { podSelector: apps('none'), port: 1, proxyProtocol: 'x' }),
  serverAuthorization('x', { server: { selector: apps('api') }, client: { networks: [{ cidr: 'x' }] } }),
  linkerdPolicy('x', { targetRef: onServer('none'), requiredAuthenticationRefs: [ref(L5D, 'MeshTLSAuthentication', 'none')] }),
  meshTls('x', { identities: ['a.*'], identityRefs: [{ kind: 'ServiceAccount', name: 'none' }] }),
  rateLimit('x', { targetRef: onServer('api-http') }),
  egressNetwork('x', { networks: [{ cidr: '0.0.0.0/0', except: ['10.0.0.0/8'] }] }),
  httpRoute('x', {
    parentRefs: [onService('api', 80), onGateway('none')],
    rules: [{ backendRefs: [toService('none', 80, { weight: 0 })] }, {}],
  }),
  tcpRoute('x', { parentRefs: [onService('api', 80)] }),
  profile('api.pay.svc.cluster.local', { routes: [{}] }),
  workload('x', [{ containerPort: 4222 }], { 'config.linkerd.io/skip-inbound-ports': 'x', 'linkerd.io/inject': 'yes' }),
);

const lines = (values: readonly unknown[], options?: Parameters<typeof analyze>[1]) =>
  analyze(values, options).findings.map(
    ({ severity, code, object, field }) => `${severity} ${code} ${object.kind} ${object.name} ${field}`,
  );

/** One more of everything in the same two namespaces, with mistakes. */
function villageOf(index: number): readonly Manifest[] {
  const name = `v${index}`;
  return [
    service(name, { app: name }, [{ port: 80, name: 'http' }]),
    deployment(name, { app: name }, 8080),
    virtualService(name, { hosts: [name], http: [{ match: [{ uri: { prefix: `/${name}` } }], route: [to(name, { subset: 'v9' })] }] }),
    destinationRule(name, { host: name, subsets: [{ name: 'v1', labels: { version: 'v1' } }] }),
    authorizationPolicy(name, {
      selector: { matchLabels: { app: name } },
      rules: [{ from: [{ source: { principals: [`x/ns/shop/sa/${name}`] } }] }],
    }),
    peerAuthentication(name, { selector: { matchLabels: { app: name } }, portLevelMtls: { 1: { mode: 'STRICT' } } }),
    payService(name, name, [{ port: 80 }], { 'retry.linkerd.io/limit': 'x' }),
    workload(name, [{ containerPort: 8080 }]),
    server(name, { podSelector: apps(name), port: 8080 }, { labels: { app: name } }),
    serverAuthorization(name, { server: { selector: apps(name) }, client: { unauthenticated: true } }),
    linkerdPolicy(name, { targetRef: onServer(name), requiredAuthenticationRefs: [ref(L5D, 'MeshTLSAuthentication', name)] }),
    httpRoute(name, {
      parentRefs: [onService(name, 80)],
      hostnames: [`${name}.example`],
      rules: [{ backendRefs: [toService('api', 81)] }],
    }),
    linkerdRoute(name, { parentRefs: [onServer(name)], rules: [{}, {}] }),
  ];
}

describe('analyze', () => {
  it('finds nothing in a mesh without a mistake', () => {
    expect(analyze(WORLD)).toEqual({ findings: [], objects: WORLD.length, suppressed: 0 });
  });

  it('says what, where, how bad and what to do', () => {
    const [finding] = analyze(worldWith(virtualService('web', { hosts: ['web'], http: [{ route: [to('wbe')] }] }))).findings;
    expect(finding).toEqual({
      code: 'IST0101',
      check: 'destination-host',
      severity: 'error',
      object: { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', namespace: 'shop', name: 'web' },
      field: 'spec.http[0].route[0].destination.host',
      message: 'No Service or ServiceEntry is called "wbe.shop.svc.cluster.local".',
      fix: 'Correct the name, or add the Service or a ServiceEntry for it.',
    });
  });

  it('puts the worst first', () => {
    const severities = analyze(BROKEN).findings.map(({ severity }) => severity);
    expect(new Set(severities)).toEqual(new Set(['error', 'warning', 'info']));
    expect(severities).toEqual(
      [...severities].sort((a, b) => ['error', 'warning', 'info'].indexOf(a) - ['error', 'warning', 'info'].indexOf(b)),
    );
  });

  it('takes a List as its items', () => {
    expect(lines([{ apiVersion: 'v1', kind: 'List', items: BROKEN }])).toEqual(lines(BROKEN));
  });

  it('leaves out what an object asks to leave out, and counts it', () => {
    const spec = { host: 'wbe' };
    const suppressing = (codes: string) => destinationRule('x', spec, { annotations: { 'galley.istio.io/analyze-suppress': codes } });
    expect(lines(worldWith(suppressing('IST0101')))).toEqual(['warning IST0174 DestinationRule x spec.host']);
    expect(analyze(worldWith(suppressing('IST0101, IST0174')))).toMatchObject({ findings: [], suppressed: 1 });
    expect(analyze(worldWith(suppressing('*')))).toMatchObject({ findings: [], suppressed: 1 });
  });

  it('refers to the context and does not judge it', () => {
    const route = virtualService('x', { hosts: ['x'], http: [{ route: [to('web')] }] });
    expect(lines([route], { complete: true })).toEqual(['error IST0101 VirtualService x spec.http[0].route[0].destination.host']);
    const context = [...WORLD, destinationRule('bad', { host: 'wbe' }), route];
    expect(analyze([route], { complete: true, context })).toMatchObject({ findings: [], objects: 1 });
  });

  it('repeats names within bounds, on one line', () => {
    const host = `${'a'.repeat(500)}\n.example`;
    const [finding] = analyze([virtualService('x', { hosts: ['x'], http: [{ route: [to(host)] }] })]).findings;
    expect(finding?.message.length).toBeLessThan(200);
    expect(finding?.message).not.toContain('\n');
  });

  it.each([
    ['Istio', BROKEN],
    ['Linkerd', BROKEN_LINKERD],
  ])('does not depend on the order of the objects: %s', (_mesh, broken) => {
    const expected = analyze(broken);
    expect(expected.findings.length).toBeGreaterThan(15);
    fc.assert(
      fc.property(fc.shuffledSubarray([...broken], { minLength: broken.length }), (shuffled) => {
        expect(analyze(shuffled)).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });

  it('takes one mesh as it takes both', () => {
    const both = analyze([...BROKEN, ...BROKEN_LINKERD]);
    expect(both.findings).toHaveLength(analyze(BROKEN).findings.length + analyze(BROKEN_LINKERD).findings.length);
  });

  it('costs hardly more for an object among many', () => {
    // Ten times the objects may take ten times as long; were a check quadratic, it would take a hundred times. What counts is this thread's time on the processor,
    // the best of several runs: how busy the machine is does not matter.
    const timed = (count: number) => {
      const objects = Array.from({ length: count }, (_, index) => villageOf(index)).flat();
      const runs = Array.from({ length: 3 }, () => {
        const begin = process.threadCpuUsage();
        expect(analyze(objects, { complete: true }).findings.length).toBeGreaterThan(count);
        const { user, system } = process.threadCpuUsage(begin);
        return user + system;
      });
      return Math.min(...runs);
    };
    timed(20);
    expect(timed(1_000)).toBeLessThan(timed(100) * 40);
  }, 60_000);

  it('finds the same beside a namespace that has nothing to do with it', () => {
    const place = { namespace: 'elsewhere' };
    const unrelated = [
      namespace('elsewhere', { 'istio-injection': 'enabled' }),
      service('web', { app: 'web' }, [{ port: 80, name: 'http' }], place),
      deployment('web', { app: 'web', version: 'v3' }, 80, place),
      virtualService('web', { hosts: ['web'], http: [{ route: [to('web', { subset: 'v9' })] }] }, place),
      destinationRule('web', { host: 'web', subsets: [{ name: 'v9', labels: { version: 'v3' } }] }, place),
      peerAuthentication('off', { mtls: { mode: 'DISABLE' } }, place),
      authorizationPolicy('all', { rules: [{ from: [{ source: { namespaces: ['elsewhere'] } }] }] }, place),
      sidecar('default', {}, place),
    ];
    expect(analyze(unrelated).findings).toEqual([]);
    expect(lines([...BROKEN, ...unrelated])).toEqual(lines(BROKEN));
  });

  it('never throws, whatever it is given', () => {
    const kinds = [...KINDS].map(([kind, { group, versions }]) => ({ kind, apiVersion: `${group}/${versions[0] ?? ''}` }));
    const more = ['Service', 'Namespace', 'Pod', 'Secret', 'List'].map((kind) => ({ kind, apiVersion: 'v1' }));
    const others = LINKERD_WORLD.map(({ kind, apiVersion }) => ({ kind, apiVersion }));
    const fields = fc.constantFrom(
      'http',
      'route',
      'match',
      'hosts',
      'host',
      'servers',
      'port',
      'tls',
      'rules',
      'from',
      'selector',
      'subsets',
      'labels',
      'ports',
      'template',
      'items',
      'parentRefs',
      'backendRefs',
      'targetRef',
      'requiredAuthenticationRefs',
      'podSelector',
      'networks',
      'listeners',
      'annotations',
      '__proto__',
    );
    const spec = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 5 },
        fc.jsonValue({ maxDepth: 1 }),
        fc.array(tie('node'), { maxLength: 3 }),
        fc.dictionary(fields, tie('node'), { maxKeys: 4 }),
      ),
    })).node;
    const object = fc.record({
      type: fc.constantFrom(...kinds, ...more, ...others),
      metadata: spec,
      name: fc.constantFrom('a', 'b', 1),
      spec,
      items: spec,
    });
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.jsonValue(),
            object.map(({ type, name, metadata, ...rest }) => ({ ...type, ...rest, metadata: { ...Object(metadata), name } })),
          ),
        ),
        (values) => {
          expect(analyze(values, { context: values }).findings).toBeInstanceOf(Array);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('takes objects of any depth', () => {
    let deep: unknown = 'end';
    for (let depth = 0; depth < 5000; depth++) deep = { match: [deep] };
    expect(analyze([virtualService('x', { http: [deep, deep] }), virtualService('x', { http: [deep] })]).objects).toBe(2);
  });
});

describe('the tables', () => {
  it('name every check and every code once, and every code is some check’s', () => {
    const names = CHECKS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThanOrEqual(40);
    expect([...new Set(CHECKS.flatMap(({ codes }) => codes))].sort()).toEqual(Object.keys(CODES).sort());
  });
});
