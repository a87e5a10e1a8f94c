import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyzeObjects } from '../../../../src/policy/analyze/analyze.ts';
import { type KubeObject, readObjects } from '../../../../src/policy/objects/kube-object.ts';
import { account, httpRoute, L5D, LINKERD_WORLD, linkerdPolicy, meshTls, onServer, ref, server, toService } from './linkerd-world.ts';
import {
  authorizationPolicy,
  deployment,
  destinationRule,
  gateway,
  INGRESS,
  type Manifest,
  namespace,
  other,
  PROXY,
  requestAuthentication,
  service,
  serviceEntry,
  to,
  virtualService,
  WORLD,
} from './world.ts';

const FAR = { namespace: 'far' } as const;

/** Objects without a mistake that lean on others of other namespaces. */
const ACROSS: readonly Manifest[] = [
  namespace('far', { 'istio-injection': 'enabled' }),
  service('stock', { app: 'stock' }, [{ port: 80, name: 'http' }], FAR),
  deployment('stock', { app: 'stock', version: 'v1' }, 80, FAR, { serviceAccountName: 'stock' }),
  account('stock', FAR),
  destinationRule('stock', { host: 'stock', subsets: [{ name: 'v1', labels: { version: 'v1' } }] }, FAR),
  serviceEntry(
    'mail',
    { hosts: ['api.mail.example'], location: 'MESH_EXTERNAL', resolution: 'DNS', ports: [{ number: 443, name: 'tls', protocol: 'TLS' }] },
    FAR,
  ),
  gateway(
    'shared',
    { selector: PROXY, servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*.far.example'] }] },
    FAR,
  ),
  virtualService('stock', {
    hosts: ['stock.far.svc.cluster.local'],
    http: [{ route: [to('stock.far.svc.cluster.local', { subset: 'v1' })] }],
  }),
  virtualService('mail', {
    hosts: ['api.mail.example'],
    tls: [{ match: [{ sniHosts: ['api.mail.example'] }], route: [to('api.mail.example')] }],
  }),
  virtualService('shared', { hosts: ['shop.far.example'], gateways: ['far/shared'], http: [{ route: [to('web')] }] }),
  destinationRule('mail', { host: 'api.mail.example', trafficPolicy: { connectionPool: {} } }),
  // Bound to from elsewhere.
  gateway('bound', { selector: PROXY, servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['bound.example'] }] }),
  virtualService('bound', { hosts: ['bound.example'], gateways: ['shop/bound'], http: [{ route: [to('stock')] }] }, FAR),
  authorizationPolicy('far', {
    selector: { matchLabels: { app: 'db' } },
    rules: [{ from: [{ source: { principals: ['cluster.local/ns/far/sa/stock'] } }] }, { from: [{ source: { namespaces: ['far'] } }] }],
  }),
  // Asked for in another namespace.
  requestAuthentication('mesh', { jwtRules: [{ issuer: 'https://id.example', jwksUri: 'https://id.example/keys' }] }, INGRESS),
  authorizationPolicy('tokens', { action: 'DENY', rules: [{ from: [{ source: { notRequestPrincipals: ['*'] } }] }] }, FAR),
  authorizationPolicy(
    'mesh-wide',
    { selector: { matchLabels: { app: 'stock' } }, rules: [{ to: [{ operation: { ports: ['80'] } }] }] },
    INGRESS,
  ),
  meshTls('far', { identityRefs: [{ kind: 'ServiceAccount', name: 'stock' }] }, FAR),
  server('nats', { podSelector: { matchLabels: { app: 'nats' } }, port: 4222, proxyProtocol: 'opaque' }),
  linkerdPolicy('nats', {
    targetRef: onServer('nats'),
    requiredAuthenticationRefs: [ref(L5D, 'MeshTLSAuthentication', 'far', { namespace: 'far' })],
  }),
  linkerdPolicy('grpc', {
    targetRef: onServer('api-grpc'),
    requiredAuthenticationRefs: [{ kind: 'ServiceAccount', name: 'stock', namespace: 'far' }],
  }),
  other(
    'gateway.networking.k8s.io/v1',
    'Gateway',
    'public',
    { spec: { gatewayClassName: 'x', listeners: [{ name: 'http', port: 80, protocol: 'HTTP', hostname: '*.example' }] } },
    FAR,
  ),
  httpRoute('far', {
    parentRefs: [{ name: 'public', namespace: 'far', sectionName: 'http' }],
    hostnames: ['pay.example'],
    rules: [{ backendRefs: [toService('stock', 80, { namespace: 'far' })] }],
  }),
];

const ALL = readObjects([...WORLD, ...LINKERD_WORLD, ...ACROSS]);
const placeOf = ({ kind, name, namespace: place }: KubeObject) => (kind === 'Namespace' ? name : place);
const kindOf = ({ group, kind }: KubeObject) => `${group}/${kind}`;
const NAMESPACES = [...new Set(ALL.map(placeOf))].sort();
/** Without these there is no graph. */
const REQUIRED = ['/Pod', '/Service'];
const KINDS = [...new Set(['/Pod', 'apps/StatefulSet', 'apps/DaemonSet', 'batch/Job', 'batch/CronJob', ...ALL.map(kindOf)])].sort();

const withRequired = (kinds: readonly string[]) => [...new Set([...REQUIRED, ...kinds])];

interface Known {
  readonly judged: string;
  readonly others: readonly string[];
  readonly kinds: readonly string[];
  readonly namesKnown?: boolean;
}

/** What is found in a namespace of the cluster by one who knows so much of it. */
function found({ judged, others, kinds, namesKnown = true }: Known, objects: readonly KubeObject[] = ALL): readonly string[] {
  const known = objects.filter((object) => kinds.includes(kindOf(object)));
  const whole = new Set([judged, ...others]);
  const own = known.filter((object) => placeOf(object) === judged);
  const context = known
    .filter((object) => others.includes(placeOf(object)) && placeOf(object) !== judged)
    .map((object) => ({ ...object, context: true }));
  const namespaces = new Set(NAMESPACES);
  const { findings } = analyzeObjects(own, context, {
    complete: namesKnown && whole.size === namespaces.size,
    extent: { namespaces: namesKnown ? namespaces : undefined, whole, kinds: new Set(kinds) },
  });
  return findings.map(({ code, object, field }) => `${code} ${object.kind} ${object.name} ${field}`);
}

describe('a part of a cluster', () => {
  it('gives no finding when all of it is known', () => {
    for (const judged of NAMESPACES) expect(found({ judged, others: NAMESPACES, kinds: KINDS })).toEqual([]);
  });

  it('gives no finding, whatever is not known', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...NAMESPACES),
        fc.subarray(NAMESPACES),
        fc.oneof(
          { weight: 1, arbitrary: fc.constant(KINDS) },
          { weight: 3, arbitrary: fc.subarray(KINDS, { minLength: KINDS.length - 4 }).map(withRequired) },
        ),
        fc.boolean(),
        (judged, others, kinds, namesKnown) => {
          expect(found({ judged, others, kinds, namesKnown })).toEqual([]);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('never finds what all of it would not give', () => {
    // Whatever is taken away makes mistakes; who knows less of the rest finds some of them and no others.
    fc.assert(
      fc.property(
        fc.constantFrom(...NAMESPACES),
        fc.subarray(NAMESPACES),
        fc.subarray([...ALL.keys()], { maxLength: 6 }),
        fc.subarray(KINDS, { minLength: KINDS.length - 2 }).map(withRequired),
        (judged, others, gone, kinds) => {
          const objects = ALL.filter((_, index) => !gone.includes(index));
          const all = found({ judged, others: NAMESPACES, kinds: KINDS }, objects);
          for (const line of found({ judged, others, kinds }, objects)) expect(all).toContain(line);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('gives what is wrong with another namespace that is known', () => {
    const without = (kind: string, name: string) => ALL.filter((object) => object.kind !== kind || object.name !== name);
    const shop = (objects: readonly KubeObject[], others: readonly string[]) => found({ judged: 'shop', others, kinds: KINDS }, objects);
    expect(shop(without('Service', 'stock'), ['far'])).toEqual(['IST0101 VirtualService stock spec.http[0].route[0].destination.host']);
    expect(shop(without('Service', 'stock'), ['istio-system'])).toEqual([]);
    const mail = without('ServiceEntry', 'mail');
    expect(shop(mail, NAMESPACES)).toEqual([
      'IST0101 VirtualService mail spec.tls[0].route[0].destination.host',
      'IST0174 DestinationRule mail spec.host',
    ]);
    expect(shop(mail, ['far'])).toEqual([]);
    expect(found({ judged: 'pay', others: ['far'], kinds: KINDS }, without('MeshTLSAuthentication', 'far'))).toEqual([
      'MESH0702 AuthorizationPolicy nats spec.requiredAuthenticationRefs[0].name',
    ]);
  });

  it('says that a namespace does not exist where all of them are known', () => {
    const objects = readObjects([virtualService('x', { hosts: ['x.example'], http: [{ route: [to('web.nowhere.svc.cluster.local')] }] })]);
    expect(found({ judged: 'shop', others: [], kinds: KINDS }, objects)).toEqual([
      'IST0101 VirtualService x spec.http[0].route[0].destination.host',
    ]);
    expect(found({ judged: 'shop', others: [], kinds: KINDS, namesKnown: false }, objects)).toEqual([]);
    const identities = readObjects([meshTls('x', { identityRefs: ['far', 'nowhere'].map((name) => ({ kind: 'Namespace', name })) })]);
    const all: Known = { judged: 'pay', others: [], kinds: KINDS };
    expect(found(all, identities)).toEqual(['MESH0707 MeshTLSAuthentication x spec.identityRefs[1].name']);
    expect(found({ ...all, namesKnown: false }, identities)).toEqual([]);
    expect(found({ ...all, kinds: KINDS.filter((kind) => kind !== '/Namespace') }, identities)).toEqual([]);
  });
});
