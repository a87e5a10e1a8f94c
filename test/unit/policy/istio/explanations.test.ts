import { describe, expect, it } from 'vitest';
import {
  AMBIENT,
  allow,
  ask,
  brief,
  CLIENT,
  deny,
  GET,
  gateway,
  type Manifest,
  NOBODY,
  PLAIN,
  peerAuthentication,
  policy,
  requestAuthentication,
  service,
  TCP,
  WEB,
} from './mesh.ts';

const from = (source: Manifest) => [{ from: [{ source }] }];
const to = (operation: Manifest) => [{ to: [{ operation }] }];
const when = (key: string, value: string) => [{ when: [{ key, values: [value] }] }];

/** All that is said of a call. */
function told(objects: readonly Manifest[], more: Partial<Parameters<typeof ask>[0]> = {}): string {
  return ask({ objects, ...more })
    .chain.map(({ says }) => says)
    .join('\n');
}

describe('why a rule does not match', () => {
  it.each([
    ['methods', to({ methods: ['PUT'] }), 'spec.rules[0].to[0].operation.methods: the method is "GET"; it asks for something else'],
    ['paths', to({ paths: ['/a'] }), 'operation.paths: the path is "/"'],
    ['hosts', to({ hosts: ['a'] }), 'operation.hosts: the host is "web.shop"'],
    ['ports', to({ ports: ['1'] }), 'operation.ports: the port is 8080'],
    ['notMethods', to({ notMethods: ['GET'] }), 'operation.notMethods: the method is "GET", which it excludes'],
    ['principals', from({ principals: ['x'] }), 'source.principals: the client is "spiffe://cluster.local/ns/shop/sa/client"'],
    ['ipBlocks', from({ ipBlocks: ['1.1.1.1'] }), 'source.ipBlocks: the client\'s address is "10.0.0.7"'],
    ['remoteIpBlocks', from({ remoteIpBlocks: ['1.1.1.1'] }), 'the address of the original client is "10.0.0.7"'],
    ['a header', when('request.headers[x]', 'a'), 'spec.rules[0].when[0].values: the header "x" is missing'],
    ['a token', when('request.auth.claims[x]', 'a'), 'the call bears no token that was checked'],
    ['alternatives', [{ to: [{ operation: { methods: ['A'] } }, { operation: { methods: ['B'] } }] }], 'and the alternatives fail too'],
    ['an unknown attribute', when('no.such', 'a'), 'its rules drop out, since of spec.rules[0].when[0].key Istio knows no such attribute'],
    ['a range', from({ ipBlocks: ['x'] }), 'its rules drop out, since of spec.rules[0].from[0].source.ipBlocks Istio cannot read it'],
  ])('%s', (_, rules, words) => {
    expect(told([allow('a', rules)])).toContain(words);
  });
  it('the header that is another', () => {
    expect(told([allow('a', when('request.headers[x]', 'a'))], { call: { ...GET, headers: [['x', 'b']] } })).toContain(
      'the header "x" is "b"',
    );
  });
  it('the claim that is another, and the identity that is not proved', () => {
    const idp = requestAuthentication('idp', { jwtRules: [{ issuer: 'i' }] });
    expect(told([idp, allow('a', when('request.auth.claims[x]', 'a'))], { call: { ...GET, claims: { iss: 'i' } } })).toContain(
      'the token’s claim "x" differs',
    );
    expect(told([allow('a', from({ namespaces: ['x'] }))], { peer: PLAIN })).toContain('the client proves no identity');
  });
  it('a rule of which nothing is left', () => {
    expect(told([deny('d', to({ methods: ['GET'] }))], { callee: AMBIENT })).toContain('nothing is left of it that could match');
  });
  it('rules that are many, and some that drop out', () => {
    const rules = [
      ...to({ methods: ['A'] }),
      ...to({ methods: ['B'] }),
      ...to({ methods: ['C'] }),
      ...to({ methods: ['D'] }),
      ...when('no.such', 'a'),
    ];
    expect(told([allow('a', rules)])).toContain(
      '; and 1 more rules; of spec.rules[4].when[0].key Istio knows no such attribute, so its rule drops out',
    );
  });
});

describe('what is passed over', () => {
  it.each([
    ['a selector', policy('d', { selector: { matchLabels: { app: 'x' } } }), {}, 'the pods do not bear its labels'],
    ['a target, at a sidecar', policy('d', { targetRefs: [{ kind: 'Service', name: 'web' }] }), {}, 'it is for a "Service", not for pods'],
    ['an action', policy('d', { action: 'X' }), {}, 'its action is none that Istio knows'],
    ['CUSTOM, at ztunnel', policy('d', { action: 'CUSTOM' }), { callee: AMBIENT }, 'ztunnel knows no "CUSTOM"'],
    ['AUDIT, at ztunnel', policy('d', { action: 'AUDIT' }), { callee: AMBIENT }, 'ztunnel knows no "AUDIT"'],
    [
      'another gateway',
      policy('d', { targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'x' }] }),
      { callee: { ...WEB, labels: { 'gateway.networking.k8s.io/gateway-name': 'edge' } } },
      'it is for another gateway',
    ],
  ])('%s', (_, object, more, words) => {
    expect(told([object], more)).toContain(words);
  });
  it('at a waypoint', () => {
    const web = service('web', { ports: [{ port: 80, targetPort: 8080 }] });
    const callee = { ...AMBIENT, services: ['web'], namespaceLabels: { 'istio.io/use-waypoint': 'waypoint' } };
    const other = policy('d', { targetRefs: [{ kind: 'Service', name: 'api' }] });
    expect(told([web, gateway('waypoint'), other], { callee })).toContain('it is neither for this waypoint nor for the Service');
  });
  it('only the first of many', () => {
    const many = Array.from({ length: 25 }, (_, index) => policy(`p${index}`, { selector: { matchLabels: { app: 'x' } } }));
    expect(told(many)).toContain('5 more policies are for something else.');
  });
});

describe('who decides', () => {
  it('a policy of the root namespace before others, then the oldest', () => {
    expect(brief(ask({ objects: [deny('a', [{}]), deny('r', [{}], { namespace: 'istio-system', age: 9 })] }))).toBe('denied by r');
    expect(brief(ask({ objects: [deny('a', [{}], { age: 2 }), deny('b', [{}], { age: 1 })] }))).toBe('denied by b');
  });
  it('several ALLOW policies, none of which matches', () => {
    const objects = [allow('a', []), allow('b', []), allow('c', []), allow('d', [])];
    expect(ask({ objects }).decidedBy.says).toBe(
      'None of the ALLOW policies matches (shop/a, shop/b, shop/c and 1 more), so the call is denied.',
    );
  });
  it('authorizers that are too many or none', () => {
    const custom = (name: string, provider: Manifest) => policy(name, { action: 'CUSTOM', rules: [{}], ...provider });
    const two = ask({ objects: [custom('a', { provider: { name: 'x' } }), custom('b', { provider: { name: 'y' } })] });
    expect(two.decidedBy.says).toContain('Several authorizers are named');
    expect(two.assumed.join()).toContain('PILOT_ENABLE_MULTIPLE_CUSTOM_AUTHZ_PROVIDERS');
    const none = ask({ objects: [custom('a', {})] });
    expect(none.decidedBy.says).toContain('It names no authorizer');
    expect(none.assumed).toEqual([]);
    const mixed = ask({ objects: [custom('a', {}), custom('b', { provider: { name: 'y' } })] });
    expect(mixed.decidedBy.says).toContain('Several authorizers are named');
  });
});

describe('what is said besides', () => {
  it('that a token counts for nothing, where the call bears one', () => {
    const words = 'its claims count for nothing';
    expect(told([], { call: { ...GET, claims: { iss: 'x' } } })).toContain(words);
    expect(told([])).not.toContain(words);
    expect(told([], { call: { ...GET, claims: undefined } })).not.toContain(words);
  });
  it('which case is which', () => {
    const objects = [peerAuthentication('n', { mtls: { mode: 'STRICT' } })];
    expect(told(objects, { peer: NOBODY })).toContain('In case the client proves no identity.');
    expect(told(objects, { peer: NOBODY })).toContain('In case the client proves an identity.');
    expect(told(objects, { peer: CLIENT })).not.toContain('In case');
    const either = told([allow('a', to({ methods: ['GET'] }))], { call: { ...TCP, protocol: 'unknown' } });
    expect(either).toContain('In case the call is one of HTTP.');
    expect(either).toContain('In case it is a connection without HTTP.');
    expect(told([deny('d', [{}])], { call: { ...TCP, protocol: 'unknown' } })).not.toContain('In case');
  });
  it('that clients without an identity go past a waypoint of one of the Services', () => {
    const way = { 'istio.io/use-waypoint': 'waypoint' };
    const web = service('web', { ports: [{ port: 80, targetPort: 8080 }] }, { labels: way });
    const callee = { ...AMBIENT, services: ['api', 'web'] };
    expect(ask({ objects: [web, gateway('waypoint')], callee, peer: PLAIN }).assumed.join()).toContain('past their waypoint');
    expect(ask({ objects: [web], callee, peer: PLAIN }).assumed).toEqual([]);
    const both = told([web, gateway('waypoint')], { callee });
    expect(both).toContain('In case Service "web" is called.');
    expect(both).toContain('In case the way goes past the waypoints.');
  });
  it('nothing of what an object holds is left unquoted', () => {
    const odd = 'a\nb"c';
    const text = told([
      deny('d', when(`request.headers[${odd}]`, 'x')),
      policy('c', { action: 'CUSTOM', rules: [{}], provider: { name: odd } }),
    ]);
    expect(text).not.toContain(odd);
  });
});
