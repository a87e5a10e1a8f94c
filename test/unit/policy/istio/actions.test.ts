import { describe, expect, it } from 'vitest';
import {
  allow,
  ask,
  brief,
  CLIENT,
  deny,
  GET,
  type Manifest,
  PLAIN,
  peerAuthentication,
  policy,
  requestAuthentication,
  SETTINGS,
  service,
  TCP,
  WEB,
} from './mesh.ts';

const custom = (name: string, rules: unknown, provider = 'ext', annotations: Readonly<Record<string, string>> = {}): Manifest =>
  policy(name, { action: 'CUSTOM', rules, ...(provider === '' ? {} : { provider: { name: provider } }) }, { annotations });
const ANY = [{}];
const NEVER = [{ to: [{ operation: { methods: ['TRACE'] } }] }];
const DRY = { annotations: { 'istio.io/dry-run': 'true' } };

describe('the order of actions', () => {
  it.each([
    ['without policies a call is allowed', [], 'allowed'],
    ['DENY goes before ALLOW', [allow('a', ANY), deny('d', ANY)], 'denied by d'],
    ['a DENY that does not match denies nothing', [deny('d', NEVER)], 'allowed'],
    ['no ALLOW policy at all allows', [deny('d', NEVER)], 'allowed'],
    ['an ALLOW that matches allows', [allow('a', NEVER), allow('b', ANY)], 'allowed by b'],
    ['an ALLOW that does not match denies', [allow('a', NEVER)], 'denied by a'],
    ['AUDIT never decides', [policy('audit', { action: 'AUDIT', rules: ANY })], 'allowed'],
    ['an action that Istio does not know is passed over', [policy('x', { action: 'allow', rules: [] })], 'allowed'],
    ['the action is ALLOW unless it says otherwise', [policy('x', {})], 'denied by x'],
    ['CUSTOM that matches leaves it to the authorizer', [custom('c', ANY)], 'unknown by c'],
    ['CUSTOM that does not match asks nobody', [custom('c', NEVER)], 'allowed'],
    ['what is denied anyway no authorizer can save', [custom('c', ANY), deny('d', ANY)], 'denied by d'],
    ['what no ALLOW lets in no authorizer can save', [custom('c', ANY), allow('a', NEVER)], 'denied by a'],
    ['CUSTOM without a provider denies what matches', [custom('c', ANY, '')], 'denied by c'],
    ['CUSTOM with several providers denies what matches', [custom('c', ANY), custom('e', NEVER, 'second')], 'denied by c'],
  ] as const)('%s', (_, objects, expected) => {
    expect(brief(ask({ objects }))).toBe(expected);
  });
  it('what an authorizer decides is named', () => {
    expect(ask({ objects: [custom('c', ANY)] }).dependsOn).toEqual([
      'the decision of the authorizer "ext", which AuthorizationPolicy shop/c asks',
    ]);
  });
  it('CUSTOM comes before tokens are checked, so that it sees no claims', () => {
    const idp = requestAuthentication('idp', { jwtRules: [{ issuer: 'https://idp' }] });
    const objects = [idp, custom('c', [{ when: [{ key: 'request.auth.claims[role]', values: ['admin'] }] }])];
    expect(ask({ objects, call: { ...GET, claims: { iss: 'https://idp', role: 'admin' } } }).verdict).toBe('allowed');
  });
  it('AUDIT is a remark', () => {
    const { remarks } = ask({ objects: [policy('audit', { action: 'AUDIT', rules: ANY })] });
    expect(remarks).toEqual(['AuthorizationPolicy shop/audit marks the call to be logged (AUDIT).']);
  });
  it('a dry run of AUDIT is another', () => {
    expect(ask({ objects: [policy('audit', { action: 'AUDIT', rules: ANY }, DRY)] }).remarks.join()).toContain('its AUDIT would match');
  });
  it('a denied call is answered with 403, a connection is reset', () => {
    expect(ask({ objects: [deny('d', ANY)] }).refusal).toBe(403);
    expect(ask({ objects: [deny('d', ANY)], call: TCP }).refusal).toBe('reset');
  });
});

describe('the annotation istio.io/dry-run', () => {
  it.each([
    ['DENY', deny('d', ANY, DRY), 'its DENY would match'],
    ['ALLOW, which then is no ALLOW policy', allow('a', NEVER, DRY), 'its ALLOW would not match'],
  ])('of %s is a remark only', (_, object, words) => {
    const answer = ask({ objects: [object] });
    expect(brief(answer)).toBe('allowed');
    expect(answer.remarks.join()).toContain(words);
  });
  it.each(['false', 'maybe', ''])('%j is none', (value) => {
    expect(brief(ask({ objects: [deny('d', ANY, { annotations: { 'istio.io/dry-run': value } })] }))).toBe('denied by d');
  });
  it('of CUSTOM depends on the version of Istio', () => {
    const answer = ask({ objects: [custom('c', ANY, 'ext', DRY.annotations)] });
    expect(answer.verdict).toBe('unknown');
    expect(answer.dependsOn.join()).toContain('dry run of CUSTOM');
  });
});

describe('which policies hold', () => {
  const elsewhere = { namespace: 'other' };
  const root = { namespace: 'istio-system' };
  const select = (labels: unknown) => ({ action: 'DENY', rules: ANY, selector: { matchLabels: labels } });
  it.each([
    ['those of the namespace', deny('d', ANY), 'denied by d'],
    ['none of another namespace', deny('d', ANY, elsewhere), 'allowed'],
    ['those of the root namespace', deny('d', ANY, root), 'denied by d'],
    ['those whose selector the pods satisfy', policy('d', select({ app: 'web' })), 'denied by d'],
    ['none whose selector they do not', policy('d', select({ app: 'web', x: 'y' })), 'allowed'],
    ['an empty selector selects all', policy('d', { action: 'DENY', rules: ANY, selector: {} }), 'denied by d'],
    ['a selector works from the root namespace too', policy('d', select({ app: 'web' }), root), 'denied by d'],
    [
      'those with targetRefs are not for sidecars',
      policy('d', { action: 'DENY', rules: ANY, targetRefs: [{ kind: 'Service', name: 'web' }] }),
      'allowed',
    ],
    [
      'nor those with the older targetRef',
      policy('d', { action: 'DENY', rules: ANY, targetRef: { kind: 'Service', name: 'web' } }),
      'allowed',
    ],
  ])('%s', (_, object, expected) => {
    expect(brief(ask({ objects: [object] }))).toBe(expected);
  });
  it('what is passed over is told with its reason', () => {
    const { chain } = ask({ objects: [policy('d', select({ app: 'api' }))] });
    expect(chain).toContainEqual({
      object: { apiVersion: 'security.istio.io/v1', kind: 'AuthorizationPolicy', namespace: 'shop', name: 'd' },
      field: 'spec.selector',
      says: 'AuthorizationPolicy shop/d is passed over: the pods do not bear its labels.',
    });
  });
  it('another root namespace', () => {
    const objects = [deny('d', ANY, { namespace: 'mesh' })];
    expect(brief(ask({ objects, settings: { ...SETTINGS, rootNamespace: 'mesh' } }))).toBe('denied by d');
  });
  it('AuthorizationPolicies of Linkerd are not Istio’s', () => {
    expect(brief(ask({ objects: [{ ...allow('l', []), apiVersion: 'policy.linkerd.io/v1alpha1' }] }))).toBe('allowed');
  });
});

describe('the pods of a Gateway', () => {
  const callee = { ...WEB, labels: { 'gateway.networking.k8s.io/gateway-name': 'edge', app: 'edge' }, mesh: undefined };
  const target = (reference: unknown, place = {}) => policy('d', { action: 'DENY', rules: ANY, targetRefs: [reference] }, place);
  const edge = { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'edge' };
  it.each([
    ['take what targets the Gateway', target(edge), 'denied by d'],
    ['and nothing that targets another', target({ ...edge, name: 'x' }), 'allowed'],
    ['nor one of another group', target({ ...edge, group: 'networking.istio.io' }), 'allowed'],
    ['a reference to another namespace never attaches', target({ ...edge, namespace: 'other' }), 'allowed'],
    ['a policy of another namespace never attaches', target(edge, { namespace: 'istio-system' }), 'allowed'],
    ['take a selector too', policy('d', { action: 'DENY', rules: ANY, selector: { matchLabels: { app: 'edge' } } }), 'denied by d'],
  ])('%s', (_, object, expected) => {
    expect(brief(ask({ objects: [object], callee }))).toBe(expected);
  });
});

describe('the pods of a gateway that Istio installs', () => {
  const callee = { ...WEB, labels: { istio: 'ingressgateway' }, mesh: undefined };
  it('take what selects them', () => {
    expect(
      brief(
        ask({ objects: [policy('d', { action: 'DENY', rules: ANY, selector: { matchLabels: { istio: 'ingressgateway' } } })], callee }),
      ),
    ).toBe('denied by d');
    expect(brief(ask({ objects: [policy('d', { action: 'DENY', rules: ANY, selector: { matchLabels: { istio: 'x' } } })], callee }))).toBe(
      'allowed',
    );
  });
  it('take plain text whatever a PeerAuthentication says', () => {
    expect(brief(ask({ objects: [peerAuthentication('n', { mtls: { mode: 'STRICT' } })], callee, peer: PLAIN }))).toBe('allowed');
  });
  it('do not believe x-forwarded-for', () => {
    const objects = [deny('d', [{ from: [{ source: { remoteIpBlocks: ['1.1.1.1'] } }] }])];
    const call = { ...GET, headers: [['x-forwarded-for', '1.1.1.1']] as const };
    expect(brief(ask({ objects, callee, call }))).toBe('allowed');
    expect(brief(ask({ objects, call }))).toBe('denied by d');
    expect(ask({ objects, callee, call }).assumed.join()).toContain('numTrustedProxies');
  });
});

describe('what a port is declared as', () => {
  const web = (name: string) => service('web', { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http', name }] });
  const callee = { ...WEB, services: ['web'] };
  const methods = deny('d', [{ to: [{ operation: { methods: ['POST'] } }] }]);
  const UNSAID = { ...TCP, protocol: 'unknown' } as const;
  it('TCP makes a call of HTTP a connection', () => {
    expect(brief(ask({ objects: [web('tcp-web'), methods], callee, call: GET }))).toBe('denied by d');
    expect(ask({ objects: [web('tcp-web'), methods], callee }).refusal).toBe('reset');
  });
  it('TCP makes a call of gRPC a connection, and says so', () => {
    const { chain } = ask({ objects: [web('tcp-web')], callee, call: { ...TCP, protocol: 'grpc' } });
    expect(chain.map(({ says }) => says)).toContain('The port is declared as none of HTTP, so policies see a connection and no call.');
    expect(
      ask({ objects: [web('tcp-web')], callee, call: TCP })
        .chain.map(({ says }) => says)
        .join(),
    ).not.toContain('declared');
  });
  it('HTTP takes nothing else', () => {
    expect(brief(ask({ objects: [web('http-web')], callee, call: TCP }))).toBe('denied by web');
    expect(ask({ objects: [web('http-web')], callee, call: TCP }).refusal).toBe('reset');
  });
  it('decides where nobody says what is spoken', () => {
    expect(brief(ask({ objects: [web('tcp-web'), methods], callee, call: UNSAID }))).toBe('denied by d');
    expect(ask({ objects: [web('http-web'), methods], callee, call: UNSAID }).dependsOn).toEqual(['the method']);
  });
  it('nothing leaves both open', () => {
    const answer = ask({ objects: [web('web'), methods], callee, call: UNSAID });
    expect(answer.verdict).toBe('unknown');
    expect(answer.dependsOn).toEqual(['the method', 'whether the call is one of HTTP']);
    expect(ask({ objects: [web('web'), deny('d', ANY)], callee, call: UNSAID }).verdict).toBe('denied');
  });
  it('the oldest Service decides', () => {
    const older = { ...service('old', { selector: { app: 'web' }, ports: [{ port: 1, targetPort: 8080, name: 'tcp' }] }, { age: -5 }) };
    const both = { ...WEB, services: ['old', 'web'] };
    expect(brief(ask({ objects: [web('http-web'), older, methods], callee: both }))).toBe('denied by d');
  });
  it('a port of UDP is another', () => {
    const udp = service('web', { selector: { app: 'web' }, ports: [{ port: 53, targetPort: 8080, protocol: 'UDP' }] });
    expect(brief(ask({ objects: [udp, methods], callee, call: GET }))).toBe('allowed');
  });
  it('a Service that is not known is an assumption', () => {
    expect(ask({ objects: [methods], callee }).assumed.join()).toContain('not all Services');
    expect(ask({ objects: [methods], callee: WEB, peer: CLIENT }).assumed).toEqual([]);
  });
});
