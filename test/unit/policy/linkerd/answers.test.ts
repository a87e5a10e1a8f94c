import { describe, expect, it } from 'vitest';
import type { AccessCall, Peer } from '../../../../src/policy/access/model.ts';
import { linkerdInbound } from '../../../../src/policy/linkerd/inbound.ts';
import { ask, says, verdict } from './questions.ts';
import {
  accountRef,
  authorizationPolicy,
  CALL,
  CALLEE,
  meshed,
  namespaceRef,
  networkAuthentication,
  networkRef,
  plain,
  route,
  routeRef,
  server,
  serverRef,
  worldOf,
} from './worlds.ts';

describe('what is not known', () => {
  const nobodyKnown: Peer = { identity: { tag: 'unknown' }, address: undefined, loopback: false };
  const fromNet = [
    server('a'),
    authorizationPolicy('p', serverRef('a'), [networkRef('n')]),
    networkAuthentication('n', [{ cidr: '10.0.0.0/8' }]),
  ];

  it('the address, where a network decides', () => {
    const answer = ask(fromNet, { peer: { ...meshed('cart'), address: undefined } });
    expect(answer).toMatchObject({ verdict: 'unknown', dependsOn: ["the client's address"] });
    expect(answer.decidedBy.says).toBe("It depends on the client's address.");
    expect(says(answer)).toContain('Perhaps allowed: AuthorizationPolicy shop/p');
    expect(says(answer)).toContain('Perhaps denied: No authorization');
  });

  it('not the address where every network lets the client in, or another authorization does', () => {
    const everywhere = networkAuthentication('n', [{ cidr: '0.0.0.0/0' }, { cidr: '::/0' }]);
    expect(verdict([...fromNet.slice(0, 2), everywhere], { peer: nobodyKnown })).toBe('allowed');
    expect(verdict([...fromNet, authorizationPolicy('q', serverRef('a'), [])], { peer: nobodyKnown })).toBe('allowed');
  });

  it("the address of a workload lies in the cluster's networks, which is taken for granted and said", () => {
    const objects = [server('a', { accessPolicy: 'cluster-unauthenticated' })];
    const inCluster: Peer = { ...meshed('cart'), address: undefined };
    expect(ask(objects, { peer: inCluster })).toMatchObject({ verdict: 'allowed', assumed: [expect.stringContaining('clusterNetworks')] });
    expect(ask(objects, { peer: nobodyKnown }).dependsOn).toEqual(["the client's address"]);
  });

  it('the identity, where one is asked for', () => {
    const objects = [server('a'), authorizationPolicy('p', serverRef('a'), [accountRef('cart')])];
    expect(ask(objects, { peer: nobodyKnown }).dependsOn).toEqual(["the client's identity"]);
    expect(verdict([server('a')], { peer: nobodyKnown })).toBe('denied');
  });

  it('both at once', () => {
    const objects = [
      server('a'),
      authorizationPolicy('p', serverRef('a'), [accountRef('cart'), networkRef('n')]),
      networkAuthentication('n', [{ cidr: '10.0.0.0/8' }]),
    ];
    expect(ask(objects, { peer: nobodyKnown }).dependsOn).toEqual(["the client's address", "the client's identity"]);
  });

  const routes = [
    server('a', { proxyProtocol: 'HTTP/1' }),
    route('linkerd', 'read', 'a', [{ matches: [{ method: 'GET' }] }]),
    route('linkerd', 'pay', 'a', [{ matches: [{ path: { value: '/pay' }, headers: [{ name: 'x-user', value: 'anna' }] }] }]),
    authorizationPolicy('p', routeRef('linkerd', 'read'), []),
  ];

  it.each([
    [{ path: undefined, headers: [['x-user', 'anna']] }, ['the path']],
    [{ path: '/pay', headers: undefined }, ['the header "x-user"']],
    [{ path: undefined, headers: undefined }, ['the path', 'the header "x-user"']],
    [{ method: undefined, path: '/' }, ['the method']],
  ] as const)('of the request %j, where routes differ: %j', (call, dependsOn) => {
    expect(ask(routes, { call: call as Partial<AccessCall> })).toMatchObject({ verdict: 'unknown', dependsOn });
  });

  it.each([[{ path: '/', headers: undefined }], [{ path: '/pay', headers: [] }], [{ path: undefined, headers: [] }]] as const)(
    'of the request %j does not matter',
    (call) => {
      expect(verdict(routes, { call: call as Partial<AccessCall> })).toBe('allowed');
    },
  );

  it('where an older route ties with the one that surely matches, it may be the one', () => {
    const objects = [
      server('a'),
      route('linkerd', 'root', 'a', [{ matches: [{ path: { type: 'Exact', value: '/' } }] }]),
      route('linkerd', 'siblings', 'a', [{}]),
      authorizationPolicy('p', routeRef('linkerd', 'siblings'), []),
    ];
    expect(ask(objects, { call: { path: undefined } }).dependsOn).toEqual(['the path']);
    expect(verdict(objects, { call: { path: '/' } })).toBe('denied');
    expect(verdict(objects, { call: { path: '/x' } })).toBe('allowed');
  });

  it('routes that let in the same clients leave nothing to know', () => {
    const both = authorizationPolicy('q', routeRef('linkerd', 'pay'), []);
    expect(verdict([...routes, both], { call: { path: undefined, headers: undefined } })).toBe('allowed');
  });

  it('the protocol, where a port is not told it and routes differ from connections', () => {
    const silent = { protocol: 'unknown', method: undefined, path: undefined, headers: undefined } as const;
    const objects = [server('a'), route('linkerd', 'r', 'a', [{}]), authorizationPolicy('p', routeRef('linkerd', 'r'), [])];
    expect(ask(objects, { call: silent }).dependsOn).toEqual(['the protocol that is spoken']);
    // By HTTP it would be a 403, by anything else a reset.
    expect(ask([server('a')], { call: silent }).verdict).toBe('denied');
    expect(ask([server('a')], { call: silent })).not.toHaveProperty('refusal');
    expect(verdict(objects, { call: { ...silent, path: '/' } })).toBe('allowed');
  });
});

describe('the answer', () => {
  it('tells the way to the verdict, with the objects', () => {
    const objects = [
      server('a'),
      authorizationPolicy('p', serverRef('a'), [accountRef('web')]),
      authorizationPolicy('q', namespaceRef, [accountRef('cart')]),
    ];
    const answer = ask(objects);
    expect(answer.chain.map(({ object, field, says: sentence }) => [object?.name, field, sentence])).toEqual([
      ['a', 'spec.port', 'Server shop/a selects port 8080 of Deployment shop/web and detects the protocol.'],
      [undefined, undefined, 'The default route takes the request.'],
      ['p', 'spec.requiredAuthenticationRefs', 'AuthorizationPolicy shop/p admits ServiceAccount shop/web. The client is none of them.'],
      ['q', 'spec.requiredAuthenticationRefs', 'AuthorizationPolicy shop/q admits ServiceAccount shop/cart.'],
    ]);
    expect(answer.decidedBy).toBe(answer.chain[3]);
  });

  it('quotes names that are none', () => {
    const answer = ask([server('a'), authorizationPolicy('p', serverRef('a'), [accountRef('ignore all\nprevious')])]);
    expect(says(answer)).toContain('"ignore all\\nprevious"');
  });

  it('is made anew for each call', () => {
    const policy = linkerdInbound(
      CALLEE,
      8080,
      worldOf([
        server('a'),
        authorizationPolicy('p', routeRef('linkerd', 'r'), []),
        route('linkerd', 'r', 'a', [{ matches: [{ path: { value: '/a' } }] }]),
      ]),
    );
    const verdicts = ['/a', '/b', '/a'].map((path) => policy.decide(plain(), { ...CALL, path }).verdict);
    expect(verdicts).toEqual(['allowed', 'not-found', 'allowed']);
  });

  it('is cheap for many callers and policies', () => {
    const policies = Array.from({ length: 50 }, (_, index) => authorizationPolicy(`p${index}`, serverRef('a'), [accountRef(`sa${index}`)]));
    const policy = linkerdInbound(CALLEE, 8080, worldOf([server('a'), ...policies]));
    const verdicts = Array.from({ length: 100 }, (_, index) => policy.decide(meshed(`sa${index}`), CALL).verdict);
    expect(verdicts.filter((each) => each === 'allowed')).toHaveLength(50);
  });
});
