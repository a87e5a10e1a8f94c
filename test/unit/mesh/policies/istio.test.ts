import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../../../src/lib/json.ts';
import type { KeptKind, KeptObject } from '../../../../src/mesh/kept.ts';
import { AMBIENT, build, deployment, kept, LINKERD, policy, root, SIDECAR, service, spec } from '../kept-objects.ts';

const WEB = deployment('web', { injected: SIDECAR });
const API = deployment('api', { injected: SIDECAR });
const FOR_WEB = { selector: { matchLabels: { app: 'web' } } };
const NONE = { selector: { matchLabels: { app: 'none' } } };
const problems = (kind: KeptKind, value: JsonObject, more: Partial<KeptObject> = {}, objects: readonly KeptObject[] = WEB) =>
  policy(build([...objects, spec(kind, 'it', value, more)]), 'it').problems;

describe('selection', () => {
  const KINDS: readonly KeptKind[] = [
    'istioAuthorizationPolicies',
    'istioRequestAuthentications',
    'istioPeerAuthentications',
    'istioTelemetries',
  ];
  const FILLED = { jwtRules: [{ issuer: 'a.example' }], mtls: { mode: 'STRICT' }, metrics: [{}], rules: [{}] };

  it.each(KINDS)('of %s is by labels, or the whole namespace', (kind) => {
    const selects = (value: JsonObject) => policy(build([...WEB, ...API, spec(kind, 'it', { ...FILLED, ...value })]), 'it').selects;
    expect(selects(FOR_WEB)).toEqual(['shop/Deployment/web']);
    expect(selects({})).toEqual(['shop']);
    expect(selects({ selector: {} })).toEqual(['shop']);
  });

  it.each(KINDS)('of %s that finds nothing is a problem', (kind) => {
    expect(problems(kind, { ...FILLED, ...NONE })).toEqual(['No pod of this namespace matches its selector.']);
    const outside = deployment('web', { injected: LINKERD });
    expect(problems(kind, { ...FILLED, ...FOR_WEB }, {}, outside)).toEqual([
      "No pod that it selects is in Istio's mesh, so nothing enforces it.",
    ]);
    expect(problems(kind, FILLED, {}, outside)).toEqual(["No pod of this namespace is in Istio's mesh, so nothing enforces it."]);
    expect(problems(kind, { ...FILLED, ...FOR_WEB }, {}, deployment('web', { pods: 0 }))).toEqual([]);
    expect(policy(build([spec(kind, 'it', { ...FILLED, ...NONE })], [], { unread: ['pods'] }), 'it').problems).toEqual([]);
  });

  it('takes the proxies of gateways for a part of the mesh', () => {
    const gateway = deployment('web', { labels: { istio: 'ingressgateway' } });
    expect(problems('istioAuthorizationPolicies', { ...FOR_WEB, rules: [{}] }, {}, gateway)).toEqual([]);
  });

  it('may name what a policy attaches to', () => {
    const targetRefs = [
      { kind: 'Service', name: 'web' },
      { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'waypoint' },
      { group: 'networking.istio.io', kind: 'ServiceEntry', name: 'pay' },
    ];
    const there = [service('web'), spec('gateways', 'waypoint', {}), spec('istioServiceEntries', 'pay', {})];
    const value = { targetRefs, rules: [{}] };
    expect(policy(build([...there, spec('istioAuthorizationPolicies', 'it', value)]), 'it')).toMatchObject({
      selects: ['shop/Gateway/waypoint', 'shop/Service/web', 'shop/ServiceEntry.networking.istio.io/pay'],
      problems: [],
    });
    for (const kind of ['istioRequestAuthentications', 'istioTelemetries'] as const) {
      expect(policy(build([...there, spec(kind, 'it', { ...FILLED, ...value })]), 'it').selects).toHaveLength(3);
    }
    expect(policy(build([...there, spec('istioPeerAuthentications', 'it', { ...FILLED, ...value })]), 'it').selects).toEqual(['shop']);
    expect(problems('istioAuthorizationPolicies', value)).toEqual([
      'There is no Service web, which spec.targetRefs[0] names.',
      'There is no Gateway waypoint, which spec.targetRefs[1] names.',
      'There is no ServiceEntry pay, which spec.targetRefs[2] names.',
    ]);
  });

  it.each<[JsonObject, string]>([
    [{ ...FOR_WEB, targetRef: { kind: 'Service', name: 'web' } }, 'It is refused: a selector and targetRefs cannot stand side by side.'],
    [
      { targetRefs: [{ kind: 'Service', name: 'web', namespace: 'other' }] },
      'spec.targetRefs[0] names another namespace, where a policy never attaches.',
    ],
    [
      { targetRefs: [{ kind: 'Gateway', name: 'web' }] },
      'spec.targetRefs[0] is no Service, Gateway, ServiceEntry or GatewayClass, so nothing has this policy.',
    ],
    [
      { targetRefs: [{ kind: 'constructor', name: 'web' }] },
      'spec.targetRefs[0] is no Service, Gateway, ServiceEntry or GatewayClass, so nothing has this policy.',
    ],
    [
      { targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'GatewayClass', name: 'istio-waypoint' }] },
      'spec.targetRefs[0] has no effect: of GatewayClasses only istio-waypoint counts, and only in the root namespace.',
    ],
  ])('of %j is a problem', (value, problem) => {
    expect(problems('istioAuthorizationPolicies', { ...value, rules: [{}] }, {}, [...WEB, service('web')])).toEqual([problem]);
  });
});

describe('the root namespace', () => {
  const named = (objects: readonly KeptObject[], shared: readonly KeptObject[]) =>
    build(objects, shared).policies.map(({ kind, name, selects }) => `${kind} ${name} ${selects}`);
  const DENY = root('istioAuthorizationPolicies', 'deny', {});

  it('gives its policies to namespaces with pods of the mesh', () => {
    expect(named(WEB, [DENY])).toEqual(['AuthorizationPolicy istio-system/deny shop']);
    expect(policy(build(WEB, [DENY]), 'istio-system/deny')).toMatchObject({
      action: 'ALLOW',
      summary: 'from istio-system; allows nothing',
      problems: [],
    });
    expect(named(deployment('web'), [DENY])).toEqual([]);
    expect(named(deployment('web', { injected: LINKERD }), [DENY])).toEqual([]);
  });

  it('gives those with a selector where it selects, and stands beside policies of the same name', () => {
    const shared = [
      root('istioRequestAuthentications', 'it', { ...FOR_WEB, jwtRules: [{ issuer: 'https://id.example/x' }] }),
      root('istioAuthorizationPolicies', 'none', NONE),
    ];
    const own = spec('istioRequestAuthentications', 'it', { jwtRules: [{ issuer: 'x' }] });
    expect(named([...WEB, ...API, own], shared)).toEqual([
      'RequestAuthentication istio-system/it shop/Deployment/web',
      'RequestAuthentication it shop',
    ]);
    expect(named(API, shared)).toEqual([]);
  });

  it('gives the policies of waypoints to namespaces that have one', () => {
    const shared = [
      root('istioAuthorizationPolicies', 'all', {
        rules: [{}],
        targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'GatewayClass', name: 'istio-waypoint' }],
      }),
    ];
    const waypoint = spec('gateways', 'waypoint', { gatewayClassName: 'istio-waypoint' });
    expect(named([waypoint, spec('gateways', 'public', { gatewayClassName: 'istio' })], shared)).toEqual([
      'AuthorizationPolicy istio-system/all shop/Gateway/waypoint',
    ]);
    expect(named(WEB, shared)).toEqual([]);
  });

  it('gives of PeerAuthentications and Telemetries only the oldest for all', () => {
    const shared = [
      root('istioPeerAuthentications', 'b', { mtls: { mode: 'STRICT' } }, { created: 1 }),
      root('istioPeerAuthentications', 'a', { mtls: { mode: 'DISABLE' } }, { created: 2 }),
      root('istioPeerAuthentications', 'c', { ...FOR_WEB, mtls: { mode: 'STRICT' } }),
      root('istioTelemetries', 'b', { metrics: [{}] }, { created: 2 }),
      root('istioTelemetries', 'a', { tracing: [{}] }, { created: 1 }),
    ];
    expect(named(WEB, shared)).toEqual(['PeerAuthentication istio-system/b shop', 'Telemetry istio-system/a shop']);
  });

  it('keeps its own policies without saying that they find nothing', () => {
    const own = root('istioAuthorizationPolicies', 'deny', { ...NONE, rules: [{}] });
    const wide = spec('istioAuthorizationPolicies', 'wide', { rules: [{}] });
    const built = build([...deployment('istiod'), { ...own, namespace: 'shop' }, wide], [DENY], { istioRootNamespace: 'shop' });
    expect(policy(built, 'deny')).toMatchObject({ selects: [], problems: [] });
    expect(policy(built, 'wide')).toMatchObject({ selects: ['shop'], problems: [] });
    expect(built.policies).toHaveLength(2);
  });
});

describe('PeerAuthentication', () => {
  const peer = (name: string, value: JsonObject, more: Partial<KeptObject> = {}) => spec('istioPeerAuthentications', name, value, more);

  it('says which mode', () => {
    expect(
      policy(build([...WEB, peer('it', { ...FOR_WEB, mtls: { mode: 'STRICT' }, portLevelMtls: { 8080: { mode: 'DISABLE' } } })]), 'it'),
    ).toEqual({
      group: 'security.istio.io',
      kind: 'PeerAuthentication',
      name: 'it',
      action: 'STRICT',
      selects: ['shop/Deployment/web'],
      summary: 'mutual TLS STRICT; port 8080 DISABLE',
      problems: [],
    });
  });

  it.each<[JsonObject, string]>([
    [{}, 'It sets no mode, so the next level decides as it would without it.'],
    [{ mtls: { mode: 'UNSET' } }, 'It sets no mode, so the next level decides as it would without it.'],
    [{ mtls: { mode: 'LAX' } }, 'Its mode is none that Istio knows.'],
    [{ mtls: { mode: 'STRICT' }, portLevelMtls: { 8080: { mode: 'DISABLE' } } }, 'Its portLevelMtls has no effect without a selector.'],
    [
      { ...FOR_WEB, mtls: { mode: 'STRICT' }, portLevelMtls: { web: { mode: 'DISABLE' } } },
      'A part of its portLevelMtls is no port with a mode.',
    ],
    [
      { ...FOR_WEB, mtls: { mode: 'STRICT' }, portLevelMtls: { 80: { mode: 'DISABLE' } } },
      'No container that it selects declares port 80.',
    ],
  ])('says why %j has no effect', (value, problem) => {
    expect(problems('istioPeerAuthentications', value)).toEqual([problem]);
  });

  it('looks for a port in every workload that it selects', () => {
    const admin = deployment('admin', { injected: SIDECAR, labels: { team: 'a' }, ports: [{ containerPort: 9090 }] });
    const main = deployment('main', { injected: SIDECAR, labels: { team: 'a' } });
    const value = {
      selector: { matchLabels: { team: 'a' } },
      mtls: { mode: 'STRICT' },
      portLevelMtls: { 9090: { mode: 'DISABLE' }, 1: { mode: 'DISABLE' } },
    };
    expect(problems('istioPeerAuthentications', value, {}, [...admin, ...main])).toEqual(['No container that it selects declares port 1.']);
    expect(
      problems('istioPeerAuthentications', value, {}, [
        ...admin,
        ...deployment('x', { injected: SIDECAR, labels: { team: 'a' }, ports: [] }),
      ]),
    ).toEqual([]);
  });

  it('holds on its level by age, and gives way to more specific ones', () => {
    const strict = { mtls: { mode: 'STRICT' } };
    const younger = build([...WEB, peer('old', strict, { created: 1 }), peer('young', { mtls: { mode: 'DISABLE' } }, { created: 2 })]);
    expect([policy(younger, 'old').problems, policy(younger, 'young').problems]).toEqual([
      [],
      ['PeerAuthentication old is older, and only the oldest on a level holds.'],
    ]);
    const selecting = build([
      ...WEB,
      peer('old', { ...FOR_WEB, ...strict }, { created: 1 }),
      peer('young', { ...FOR_WEB, ...strict }, { created: 2 }),
    ]);
    expect([policy(selecting, 'old').problems, policy(selecting, 'young').problems]).toEqual([
      [],
      ['PeerAuthentication old is older, and only the oldest on a level holds.'],
    ]);
    const specific = [peer('wide', strict), peer('web', { ...FOR_WEB, mtls: { mode: 'PERMISSIVE' } })];
    expect(policy(build([...WEB, ...specific]), 'wide').problems).toEqual(['It decides on nothing: more specific ones do (web).']);
    expect(policy(build([...WEB, ...API, ...specific]), 'wide').problems).toEqual([]);
  });

  it('holds for the whole mesh from the root namespace, until a namespace says otherwise', () => {
    const shared = [root('istioPeerAuthentications', 'default', { mtls: { mode: 'STRICT' } })];
    expect(policy(build(WEB, shared), 'istio-system/default').summary).toBe('from istio-system; mutual TLS STRICT');
    const own = build([...WEB, peer('shop', { mtls: { mode: 'PERMISSIVE' } })], shared);
    expect(policy(own, 'istio-system/default')).toMatchObject({
      summary: 'from istio-system; mutual TLS STRICT; here overridden by shop',
      problems: [],
    });
  });

  it('must have no selector in the root namespace', () => {
    const built = build([...WEB, peer('it', { ...FOR_WEB, mtls: { mode: 'STRICT' } }), peer('all', { mtls: { mode: 'STRICT' } })], [], {
      istioRootNamespace: 'shop',
    });
    expect(policy(built, 'it').problems).toEqual(['It is ignored: in the root namespace a PeerAuthentication must have no selector.']);
    expect(policy(built, 'all').problems).toEqual([]);
  });
});

describe('AuthorizationPolicy', () => {
  const read = (value: JsonObject, more: Partial<KeptObject> = {}, objects: readonly KeptObject[] = WEB) =>
    policy(build([...objects, spec('istioAuthorizationPolicies', 'it', value, more)]), 'it');

  it.each<[Json, string]>([
    [
      [{ from: [{ source: { principals: ['cluster.local/ns/shop/sa/web', 'td/ns/other/sa/*', '*'] } }] }],
      'from shop/web, other/*, any meshed client',
    ],
    [
      [{ from: [{ source: { namespaces: ['front'], ipBlocks: ['10.0.0.0/8'], notNamespaces: ['x'] } }] }],
      'from front/*, 10.0.0.0/8; not from 1 named',
    ],
    [[{ from: [{ source: { serviceAccounts: ['web', 'other/bot'], requestPrincipals: ['*'] } }] }], 'from shop/web, other/bot; with a JWT'],
    [
      [
        {
          to: [
            { operation: { methods: ['GET', 'HEAD'], ports: ['8080'], paths: ['/a b', '/c'], hosts: ['a.example:*'], notPaths: ['/x'] } },
          ],
        },
      ],
      'methods GET, HEAD; ports 8080; hosts a.example:*; 2 paths; 1 exception',
    ],
    [
      [{ when: [{ key: 'request.headers[x]', values: ['secret'] }] }, { to: [{ operation: { methods: ['do this'] } }] }],
      '2 rules; methods others; 1 condition',
    ],
    [[{}], 'everything'],
    [[{ from: [{ source: { namespaces: ['front'] } }] }, {}], 'everything'],
    [[{ from: [], to: null }], 'everything'],
  ])('puts %j into words', (rules, summary) => {
    expect(read({ rules }).summary).toBe(summary);
  });

  it('has an action, ALLOW by default', () => {
    expect(read({ rules: [{}] })).toMatchObject({ action: 'ALLOW', problems: [] });
    expect(read({})).toMatchObject({ action: 'ALLOW', summary: 'allows nothing', problems: [] });
    expect(read({ action: 'DENY', rules: [{}] })).toMatchObject({ action: 'DENY', summary: 'everything', problems: [] });
    expect(read({ action: 'PERMIT', rules: [{}] })).toMatchObject({ problems: ['It is ignored: its action is none that Istio knows.'] });
    expect(read({ action: 'PERMIT' })).not.toHaveProperty('action');
  });

  it.each<[JsonObject, Partial<KeptObject>, string]>([
    [{ action: 'DENY' }, {}, 'It has no rules, and DENY without rules never matches.'],
    [{ action: 'CUSTOM', rules: [{}] }, {}, 'It is refused: CUSTOM needs a provider.'],
    [
      { rules: [{}] },
      { annotations: { 'istio.io/dry-run': 'true' } },
      'It is a dry run (annotation istio.io/dry-run): it is only logged what it would decide.',
    ],
    [
      { rules: [{ from: [{ source: { principals: ['spiffe://cluster.local/ns/shop/sa/web'] } }] }] },
      {},
      'spec.rules[0].from[0].source.principals[0] never matches: a principal has no spiffe:// before it.',
    ],
    [
      { rules: [{ from: [{ source: { principals: ['cluster.local/ns/shop/sa/gone', 'cluster.local/ns/other/sa/gone'] } }] }] },
      {},
      'No workload of this namespace runs as ServiceAccount gone, which spec.rules[0].from[0].source.principals[0] names.',
    ],
  ])('says why %j has no effect', (value, more, problem) => {
    expect(read(value, more).problems).toEqual([problem]);
  });

  it('knows what ztunnel does not', () => {
    const ambient = deployment('web', { annotated: AMBIENT });
    const get = { rules: [{ to: [{ operation: { methods: ['GET'] } }] }] };
    const where = 'Attach it to a waypoint with targetRefs.';
    expect(read(get, {}, ambient).problems).toEqual([
      `It is for ambient pods and speaks of HTTP, of which ztunnel knows nothing: such a rule never matches. ${where}`,
    ]);
    expect(read({ ...get, action: 'DENY' }, {}, ambient).problems).toEqual([
      `It is for ambient pods and speaks of HTTP, of which ztunnel knows nothing: the HTTP part of such a rule drops out, and one of whose from, to or when nothing is left never matches. ${where}`,
    ]);
    expect(read({ rules: [{ when: [{ key: 'request.auth.claims[x]', values: ['a'] }] }] }, {}, ambient).problems).toHaveLength(1);
    expect(
      read({ rules: [{ when: [{ key: 'source.ip', values: ['a'] }], to: [{ operation: { ports: ['80'] } }] }] }, {}, ambient).problems,
    ).toEqual([]);
    expect(
      read({ rules: [{ from: [{ source: { principals: ['*'] } }], to: [{ operation: { notPorts: ['80'] } }] }] }, {}, ambient).problems,
    ).toEqual([]);
    expect(read({ rules: [{ from: [{ source: { remoteIpBlocks: ['10.0.0.0/8'] } }] }] }, {}, ambient).problems).toHaveLength(1);
    expect(read({ action: 'AUDIT', rules: [{}] }, {}, ambient).problems).toEqual([
      'It is for ambient pods, and ztunnel knows no AUDIT: attach it to a waypoint with targetRefs.',
    ]);
    expect(read(get, {}, [...ambient, ...API]).problems).toEqual([]);
  });
});

describe('RequestAuthentication', () => {
  it('names the issuers', () => {
    const jwtRules = [{ issuer: 'https://accounts.example.com/realm' }, { issuer: 'free text' }, {}];
    expect(policy(build([...WEB, spec('istioRequestAuthentications', 'it', { jwtRules })]), 'it')).toMatchObject({
      summary: 'JWT of accounts.example.com, an issuer',
      problems: [],
    });
    expect(problems('istioRequestAuthentications', {})).toEqual(['It has no jwtRules, so no token is checked.']);
    expect(problems('istioRequestAuthentications', { jwtRules }, {}, deployment('web', { annotated: AMBIENT }))).toEqual([
      'It is for ambient pods, and ztunnel checks no tokens: attach it to a waypoint with targetRefs.',
    ]);
  });
});

describe('Sidecar and Telemetry', () => {
  const sidecar = (name: string, value: JsonObject, created = 0) => spec('istioSidecars', name, value, { created });
  const forWeb = { workloadSelector: { labels: { app: 'web' } } };

  it('say what they set', () => {
    const value = {
      ...forWeb,
      egress: [{ hosts: ['./*', 'istio-system/*', 'no host'] }],
      ingress: [{ port: { number: 8080 } }],
      outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' },
    };
    expect(policy(build([...WEB, sidecar('it', value)]), 'it')).toMatchObject({
      selects: ['shop/Deployment/web'],
      summary: 'sees ./*, istio-system/*; 1 inbound listener; known hosts only',
      problems: [],
    });
    expect(policy(build([...WEB, sidecar('it', {})]), 'it')).toMatchObject({ selects: ['shop'], summary: 'sees every host' });
    expect(policy(build([...WEB, sidecar('it', { egress: [] })]), 'it').summary).toBe('sees no host');
    expect(policy(build([...WEB, spec('istioTelemetries', 'it', { tracing: [{}], accessLogging: [{}] })]), 'it')).toMatchObject({
      summary: 'sets tracing, accessLogging',
      problems: [],
    });
  });

  it('hold by age', () => {
    const wide = build([...WEB, sidecar('young', {}, 2), sidecar('old', {}, 1)]);
    expect([policy(wide, 'old').problems, policy(wide, 'young').problems]).toEqual([
      [],
      ['Sidecar old is older and is for the whole namespace too, so this one does not hold.'],
    ]);
    const selecting = build([...WEB, ...API, sidecar('young', { workloadSelector: {} }, 2), sidecar('old', forWeb, 1)]);
    expect(policy(selecting, 'young').problems).toEqual(['Sidecar old is older and holds for Deployment web instead.']);
    const telemetries = build([
      ...WEB,
      spec('istioTelemetries', 'young', { metrics: [{}] }, { created: 2 }),
      spec('istioTelemetries', 'old', { metrics: [{}] }, { created: 1 }),
    ]);
    expect(policy(telemetries, 'young').problems).toEqual([
      'Telemetry old is older and is for the whole namespace too, so this one does not hold.',
    ]);
    expect(policy(telemetries, 'old').problems).toEqual([]);
  });

  it('say why they have no effect', () => {
    expect(problems('istioTelemetries', {})).toEqual(['It says nothing of metrics, tracing or access logs.']);
    expect(problems('istioSidecars', { workloadSelector: { labels: { app: 'none' } } })).toEqual([
      'No pod of this namespace matches its selector.',
    ]);
    expect(problems('istioSidecars', {}, {}, deployment('web', { annotated: AMBIENT }))).toEqual([
      'The pods that it selects have no sidecar that it could configure.',
    ]);
  });

  it('names a pod that nothing made', () => {
    expect(policy(build([kept('pods', 'debug', { labels: { app: 'web', ...SIDECAR } }), sidecar('it', forWeb)]), 'it').selects).toEqual([
      'shop/Pod/debug',
    ]);
  });
});
