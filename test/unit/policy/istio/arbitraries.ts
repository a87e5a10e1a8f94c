import fc from 'fast-check';
import type { AccessCall, Callee, Peer } from '../../../../src/policy/access/model.ts';
import { gateway, type Manifest, peerAuthentication, policy, requestAuthentication, service, WEB } from './mesh.ts';
import type { Situation } from './transcription.ts';

/** Objects and calls out of few words, so that they often meet. */

const some = <Value>(values: fc.Arbitrary<Value>) => fc.array(values, { minLength: 1, maxLength: 2 });
/** There once in so many times. */
const maybe = <Value>(values: fc.Arbitrary<Value>, times = 2): fc.Arbitrary<Value | undefined> =>
  fc.oneof({ arbitrary: fc.constant(undefined), weight: times - 1 }, values);
const from = <Value>(...values: readonly Value[]) => fc.constantFrom(...values);

/** Without the members that are undefined, as JSON is. */
const record = (members: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<Record<string, unknown>> =>
  fc.record(members).map((value) => Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)));

const PRINCIPALS = from(
  '*',
  'cluster.local/ns/shop/sa/client',
  'td2/ns/shop/sa/client',
  'old/ns/shop/sa/client',
  '*/ns/shop/sa/client',
  '*/sa/client',
  'cluster.local/ns/shop/*',
  'cluster.local/ns/other/sa/client',
  '*l/ns/shop/sa/client',
  'spiffe://cluster.local/ns/shop/sa/client',
  'sa/client',
);
const REQUEST_PRINCIPALS = from(
  '*',
  'https://idp/alice',
  'https://idp/*',
  '*/alice',
  '*idp/alice',
  'https*',
  '*alice',
  'https://idp/a*',
  'alice',
);
const NAMESPACES = from('*', 'shop', 'other', 'sh*', '*op', 's*p', 'x*');
const ACCOUNTS = from('client', 'shop/client', 'other/client', 'web');
const TRUST_DOMAINS = from('*', 'cluster.local', 'td2', 'old', 'cluster*', '*local', 'c*l');
const BLOCKS = from('10.0.0.0/8', '10.0.0.7', '192.168.0.0/16', 'fd00::/8', '::/0', '0.0.0.0/0', 'nonsense', '10.0.0.7/33');
const PORTS = from('8080', '80', '9090', 'http', '65536');
const METHODS = from('*', 'GET', 'POST', 'P*', '*T');
const HOSTS = from('*', 'web.shop', 'WEB.shop', '*.shop', 'web*', 'web.shop:8080', 'api.shop');
const PATHS = from('*', '/', '/*', '/a', '/a/*', '*/b', '/a/{*}', '/a/{**}', '/{*}/b', '/{**}/b', '/a/{*}/', '/{*}', '*b', '/a/{**}/c');
const HEADER_VALUES = from('*', 'one', 'o*', '*e', 'one,two');
const CLAIM_VALUES = from('*', 'admin', 'ad*', '*in', 'read', 'https://idp', 'api');

const both = (name: string, values: fc.Arbitrary<unknown>): Readonly<Record<string, fc.Arbitrary<unknown>>> => ({
  [name]: maybe(some(values), 5),
  [`not${name.charAt(0).toUpperCase()}${name.slice(1)}`]: maybe(some(values), 12),
});

const source = record({
  ...both('principals', PRINCIPALS),
  ...both('requestPrincipals', REQUEST_PRINCIPALS),
  ...both('namespaces', NAMESPACES),
  ...both('serviceAccounts', ACCOUNTS),
  ...both('trustDomains', TRUST_DOMAINS),
  ...both('ipBlocks', BLOCKS),
  ...both('remoteIpBlocks', BLOCKS),
});
const operation = record({ ...both('hosts', HOSTS), ...both('ports', PORTS), ...both('methods', METHODS), ...both('paths', PATHS) });

const condition = fc
  .oneof(
    ...(
      [
        [
          from(
            'request.headers[x-stage]',
            'request.headers[X-Stage]',
            'request.headers[host]',
            'request.headersx',
            'request.headers[:method]',
          ),
          HEADER_VALUES,
        ],
        [from('source.ip', 'remote.ip', 'destination.ip'), BLOCKS],
        [from('source.namespace'), NAMESPACES],
        [from('source.principal'), PRINCIPALS],
        [from('source.serviceAccount'), ACCOUNTS],
        [from('source.trustDomain'), TRUST_DOMAINS],
        [from('request.auth.principal'), REQUEST_PRINCIPALS],
        [
          from(
            'request.auth.audiences',
            'request.auth.presenter',
            'request.auth.claims[role]',
            'request.auth.claims[scope]',
            'request.auth.claims[realm][roles]',
            'request.auth.claims[a[b]',
            'request.auth.claims',
            'request.auth.claimsx',
          ),
          CLAIM_VALUES,
        ],
        [from('destination.port'), PORTS],
        [from('connection.sni'), HOSTS],
        [from('experimental.envoy.filters.network.mysql_proxy[db.table]', 'experimental.envoy.filters.bad'), from('v', '[v]')],
        [from('no.such.thing'), from('x')],
      ] as const
    ).map(([key, values]) => fc.record({ key, values: maybe(some(values), 2), notValues: maybe(some(values), 4) })),
  )
  .map((value) => Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)));

const rule = record({
  from: maybe(some(fc.record({ source }))),
  to: maybe(some(fc.record({ operation }))),
  when: maybe(some(condition), 3),
});

const NAMESPACE = fc.oneof(
  { arbitrary: fc.constant('shop'), weight: 5 },
  { arbitrary: fc.constant('istio-system'), weight: 2 },
  fc.constant('other'),
);
const selector = from({ matchLabels: { app: 'web' } }, { matchLabels: { app: 'api' } }, {}, { matchLabels: {} });
const name = fc.nat({ max: 40 }).map((number) => `p${number}`);
const age = fc.nat({ max: 3 });

const target = from(
  { kind: 'Service', name: 'web' },
  { group: 'core', kind: 'Service', name: 'web' },
  { kind: 'Service', name: 'api' },
  { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'waypoint' },
  { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'waypoint', namespace: 'other' },
  { group: 'gateway.networking.k8s.io', kind: 'GatewayClass', name: 'istio-waypoint' },
  { kind: 'Gateway', name: 'waypoint' },
);
const reach = fc.oneof(
  { arbitrary: fc.constant({}), weight: 3 },
  { arbitrary: selector.map((each) => ({ selector: each })), weight: 2 },
  { arbitrary: some(target).map((targetRefs) => ({ targetRefs })), weight: 3 },
  target.map((targetRef) => ({ targetRef })),
);

export const authorizationPolicy: fc.Arbitrary<Manifest> = fc
  .record({
    name,
    age,
    namespace: NAMESPACE,
    reach,
    action: from(undefined, 'ALLOW', 'ALLOW', 'DENY', 'DENY', 'CUSTOM', 'AUDIT'),
    rules: fc.oneof(
      { arbitrary: fc.array(fc.oneof({ arbitrary: rule, weight: 12 }, fc.constant({}), fc.constant(null)), { maxLength: 2 }), weight: 8 },
      fc.constant(undefined),
    ),
    dryRun: from('true', 'true', 'false', '1', 'maybe'),
    shadow: fc.integer({ min: 0, max: 7 }),
    provider: from('ext', 'ext', 'ext', 'ext', 'second', undefined),
  })
  .map(({ name: given, age: born, namespace, reach: where, action, rules, dryRun, shadow, provider }) =>
    policy(
      given,
      {
        ...where,
        ...(action === undefined ? {} : { action }),
        ...(rules === undefined ? {} : { rules }),
        ...(action === 'CUSTOM' && provider !== undefined ? { provider: { name: provider } } : {}),
      },
      { namespace, age: born, annotations: shadow === 0 ? { 'istio.io/dry-run': dryRun } : {} },
    ),
  );

const MODE = from(undefined, 'UNSET', 'STRICT', 'PERMISSIVE', 'DISABLE');
const mtls = MODE.map((mode) => (mode === undefined ? {} : { mtls: { mode } }));

const peerPolicy: fc.Arbitrary<Manifest> = fc
  .record({
    name,
    age,
    namespace: NAMESPACE,
    mtls,
    selector: maybe(selector),
    ports: maybe(
      fc.dictionary(
        from('8080', '9090'),
        MODE.map((mode) => (mode === undefined ? {} : { mode })),
      ),
      2,
    ),
  })
  .map(({ name: given, age: born, namespace, mtls: mode, selector: which, ports }) =>
    peerAuthentication(
      given,
      { ...mode, ...(which === undefined ? {} : { selector: which }), ...(ports === undefined ? {} : { portLevelMtls: { ...ports } }) },
      { namespace, age: born },
    ),
  );

const tokenPolicy: fc.Arbitrary<Manifest> = fc
  .record({
    name,
    age,
    namespace: NAMESPACE,
    reach,
    jwtRules: fc.array(
      record({
        issuer: from('https://idp', 'https://idp', 'https://other'),
        audiences: maybe(from(['api'], ['https://api/'], ['x']), 4),
        spaceDelimitedClaims: maybe(fc.constant(['role']), 4),
      }),
      { maxLength: 1 },
    ),
  })
  .map(({ name: given, age: born, namespace, reach: where, jwtRules }) =>
    requestAuthentication(given, { ...where, jwtRules }, { namespace, age: born }),
  );

/** No two objects of a kind and a namespace have the same name. */
export const objects: fc.Arbitrary<readonly Manifest[]> = fc
  .tuple(
    fc.array(authorizationPolicy, { maxLength: 4 }),
    fc.array(peerPolicy, { maxLength: 4 }),
    fc.oneof({ arbitrary: fc.constant([]), weight: 1 }, { arbitrary: fc.array(tokenPolicy, { maxLength: 2 }), weight: 1 }),
  )
  .map((lists) => {
    const known = new Set<string>();
    return lists.flat().filter(({ kind, metadata }) => {
      const key = JSON.stringify([kind, Object.entries(metadata ?? {}).slice(0, 2)]);
      return !known.has(key) && known.add(key);
    });
  });

/** A callee with what stands before it. */
export interface Setting {
  readonly callee: Callee;
  readonly aliases: readonly string[];
  readonly extra: readonly Manifest[];
  readonly waypoint: NonNullable<Situation['waypoint']> | undefined;
}

const WEB_SERVICE = service('web', { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] });

export const setting: fc.Arbitrary<Setting> = fc
  .record({
    mesh: from('sidecar', 'sidecar', 'ambient', 'waypoint'),
    aliases: from([], [], ['td2'], ['old', 'td2']),
    annotations: fc.oneof(
      { arbitrary: fc.constant({}), weight: 12 },
      from(
        { 'traffic.sidecar.istio.io/excludeInboundPorts': '9090,8080' },
        { 'traffic.sidecar.istio.io/includeInboundPorts': '9090' },
        { 'traffic.sidecar.istio.io/includeInboundPorts': '8080', 'traffic.sidecar.istio.io/excludeInboundPorts': '8080' },
        { 'ambient.istio.io/bypass-inbound-capture': 'true' },
      ),
    ),
  })
  .map(({ mesh, aliases, annotations }): Setting => {
    const callee: Callee = { ...WEB, annotations, mesh: mesh === 'sidecar' ? 'istio-sidecar' : 'istio-ambient' };
    if (mesh !== 'waypoint') return { callee, aliases, extra: [], waypoint: undefined };
    return {
      callee: { ...callee, services: ['web'], namespaceLabels: { 'istio.io/use-waypoint': 'waypoint' } },
      aliases,
      extra: [WEB_SERVICE, gateway('waypoint')],
      waypoint: { namespace: 'shop', name: 'waypoint', service: 'web', servicePort: 80 },
    };
  });

/** A call of which everything is known. */
export interface KnownCall {
  readonly principal: string | undefined;
  readonly address: string;
  readonly http: boolean;
  readonly method: string;
  readonly path: string;
  readonly host: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly claims: Readonly<Record<string, unknown>> | null;
  readonly sni: string;
}

const claims = fc.oneof(
  fc.constant(null),
  record({
    iss: from('https://idp', 'https://idp', 'https://third'),
    sub: fc.oneof({ arbitrary: from('alice', 'bob'), weight: 4 }, fc.constant(undefined)),
    aud: maybe(from<unknown>('api', ['x', 'api'], 'https://api')),
    azp: maybe(from('api', 'app')),
    role: maybe(from<unknown>('admin', 'read admin', ['read'], 7)),
    scope: maybe(from('read write', 'admin')),
    realm: maybe(from<unknown>({ roles: ['admin'] }, { roles: 'read' }, 'admin')),
  }),
);

export const knownCall: fc.Arbitrary<KnownCall> = fc.record({
  principal: fc.oneof(
    { arbitrary: fc.constant(undefined), weight: 2 },
    {
      arbitrary: from(
        'spiffe://cluster.local/ns/shop/sa/client',
        'spiffe://cluster.local/ns/shop/sa/client',
        'spiffe://cluster.local/ns/shop/sa/client',
        'spiffe://cluster.local/ns/other/sa/client',
        'spiffe://td2/ns/shop/sa/client',
        'spiffe://old/ns/shop/sa/web',
        'spiffe://cluster.local/ns/istio-system/sa/client',
      ),
      weight: 6,
    },
  ),
  address: from('10.0.0.7', '192.168.1.1', 'fd00::1'),
  http: fc.boolean(),
  method: from('GET', 'POST'),
  path: from('/', '/a', '/a/b', '/a/b?x=/c', '/a/', '/b', '/a/b/c', '/a/x=y', '/a/b/'),
  host: from('web.shop', 'Web.Shop:8080', 'api.shop'),
  headers: fc
    .record({ stage: maybe(from('one', 'two', 'one,two')), forwarded: maybe(from('192.168.1.1', '1.1.1.1, 10.0.0.9', 'junk'), 4) })
    .map(({ stage, forwarded }) => ({
      ...(stage === undefined ? {} : { 'x-stage': stage }),
      ...(forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }),
    })),
  claims,
  sni: from('', 'web.shop'),
});

export function peerOf({ principal, address }: KnownCall): Peer {
  const identity: Peer['identity'] = principal === undefined ? { tag: 'plain-text' } : { tag: 'mutual-tls', name: principal };
  return { identity, address, loopback: false };
}

export function callOf({ http, method, path, host, headers, claims: given, sni }: KnownCall): AccessCall {
  if (!http) return { protocol: 'tcp', method: undefined, path: undefined, host: undefined, headers: undefined, sni, claims: undefined };
  const known: AccessCall['claims'] = given === null ? null : JSON.parse(JSON.stringify(given));
  return { protocol: 'http', method, path, host, headers: Object.entries(headers), sni, claims: known };
}

/** What a caller need not know. */
export const veil = fc.record({
  identity: fc.boolean(),
  address: fc.boolean(),
  protocol: fc.boolean(),
  method: fc.boolean(),
  path: fc.boolean(),
  host: fc.boolean(),
  headers: fc.boolean(),
  claims: fc.boolean(),
  sni: fc.boolean(),
});
export type Veil = typeof veil extends fc.Arbitrary<infer Value> ? Value : never;

/** The same peer and call with some of it not known. */
export function conceal(known: KnownCall, hidden: Veil): { readonly peer: Peer; readonly call: AccessCall } {
  const peer = peerOf(known);
  const call = callOf(known);
  return {
    peer: {
      ...peer,
      identity: hidden.identity ? { tag: 'unknown' } : peer.identity,
      address: hidden.address ? undefined : peer.address,
    },
    call: {
      protocol: hidden.protocol ? 'unknown' : call.protocol,
      method: hidden.method ? undefined : call.method,
      path: hidden.path ? undefined : call.path,
      host: hidden.host ? undefined : call.host,
      headers: hidden.headers ? undefined : call.headers,
      sni: hidden.sni ? undefined : call.sni,
      claims: hidden.claims ? undefined : call.claims,
    },
  };
}

export function situationOf(manifests: readonly Manifest[], { callee, aliases, waypoint }: Setting, known: KnownCall): Situation {
  return {
    objects: manifests,
    namespace: callee.namespace,
    labels: { ...callee.labels },
    annotations: { ...callee.annotations },
    mesh: callee.mesh === 'istio-ambient' ? 'istio-ambient' : 'istio-sidecar',
    port: 8080,
    root: 'istio-system',
    trustDomain: 'cluster.local',
    aliases,
    ...(waypoint === undefined ? {} : { waypoint }),
    ...known,
    headers: { ...known.headers },
    podAddress: '10.1.0.1',
    waypointAddress: '10.1.0.2',
    authorizer: () => true,
    metadata: () => false,
  };
}
