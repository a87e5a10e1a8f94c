import { describe, expect, it } from 'vitest';
import type { AccessCall } from '../../../../src/policy/access/model.ts';
import { ask, type Question, says, verdict } from './questions.ts';
import { accountRef, authorizationPolicy, type Manifest, meshed, plain, rateLimit, route, routeRef, server, serverRef } from './worlds.ts';

describe('6. who is let in: requests by route, other connections as a whole', () => {
  const p = authorizationPolicy('p', routeRef('linkerd', 'r'), []);
  const r = route('linkerd', 'r', 'a', [{}]);

  it("a route's own authorization lets in to that route alone", () => {
    const pay = route('linkerd', 'pay', 'a', [{ matches: [{ path: { value: '/pay' } }] }]);
    expect(verdict([server('a'), p, r, pay])).toBe('allowed');
    expect(verdict([server('a'), p, r, pay], { call: { path: '/pay' } })).toBe('denied');
  });

  it('of both groups of HTTPRoutes, and names without case', () => {
    const gateway = route('gateway', 'r', 'a', [{}]);
    expect(verdict([server('a'), gateway, p])).toBe('denied');
    expect(verdict([server('a'), gateway, authorizationPolicy('p', routeRef('gateway', 'R'), [])])).toBe('allowed');
    expect(
      verdict([server('a', { proxyProtocol: 'gRPC' }), route('grpc', 'g', 'a', [{}]), authorizationPolicy('p', routeRef('grpc', 'g'), [])]),
    ).toBe('allowed');
  });

  it('a refusal names the route and what did not help', () => {
    const answer = ask([server('a'), r, authorizationPolicy('p', serverRef('a'), [accountRef('web')])]);
    expect(answer).toMatchObject({ verdict: 'denied', refusal: 403, decidedBy: { object: { kind: 'HTTPRoute', name: 'r' } } });
    expect(says(answer)).toContain('AuthorizationPolicy shop/p admits ServiceAccount shop/web. The client is none of them.');
  });

  it.each([
    [undefined, 'tcp', 'denied', 'reset'],
    [undefined, 'tls', 'denied', 'reset'],
    [undefined, 'http', 'allowed', undefined],
    ['opaque', 'http', 'denied', 'reset'],
    ['TLS', 'tls', 'denied', 'reset'],
    ['HTTP/1', 'tcp', 'denied', 'reset'],
    ['HTTP/2', 'tls', 'denied', 'reset'],
    ['gRPC', 'tcp', 'denied', 'reset'],
  ] as const)('with proxyProtocol %s and %s, a route of its own helps requests alone: %s', (proxyProtocol, protocol, expected, refusal) => {
    const answer = ask([server('a', { proxyProtocol }), p, r], { call: { protocol } });
    expect([answer.verdict, answer.refusal]).toEqual([expected, refusal]);
  });

  it.each(['opaque', 'TLS', undefined])('with proxyProtocol %s connections are let in by the Server’s authorizations', (proxyProtocol) => {
    expect(verdict([server('a', { proxyProtocol }), authorizationPolicy('q', serverRef('a'), [])], { call: { protocol: 'tcp' } })).toBe(
      'allowed',
    );
  });

  it('nothing but HTTP gets in where HTTP is told, whoever asks', () => {
    const open = server('a', { proxyProtocol: 'HTTP/1', accessPolicy: 'all-unauthenticated' });
    expect(ask([open], { call: { protocol: 'tcp' } })).toMatchObject({ verdict: 'denied', refusal: 'reset' });
  });

  it('gRPC cannot be unencrypted on a port of HTTP/1; between proxies it can', () => {
    const open = server('a', { proxyProtocol: 'HTTP/1', accessPolicy: 'all-unauthenticated' });
    const call = { protocol: 'grpc', method: 'POST', path: '/a/b' } as const;
    expect(ask([open], { call, peer: plain() })).toMatchObject({ verdict: 'denied', refusal: 'reset' });
    expect(verdict([open], { call })).toBe('allowed');
    expect(ask([open], { call, peer: { ...plain(), identity: { tag: 'unknown' } } }).dependsOn).toEqual(["the client's identity"]);
  });

  it('a redirect answers instead of the application', () => {
    const redirect = (requestRedirect: object, call: Partial<AccessCall> = {}) =>
      ask([server('a'), p, route('linkerd', 'r', 'a', [{ filters: [{ type: 'RequestRedirect', requestRedirect }] }])], { call });
    expect(redirect({ hostname: 'elsewhere.example.com', statusCode: 301 })).toMatchObject({ verdict: 'denied', refusal: 301 });
    expect(redirect({ scheme: 'https' })).toMatchObject({ verdict: 'denied', refusal: 302 });
    expect(redirect({ path: { type: 'ReplaceFullPath', replaceFullPath: '/new' } }).verdict).toBe('denied');
    expect(redirect({ path: { type: 'ReplaceFullPath', replaceFullPath: '/new' } }, { path: '/new' }).verdict).toBe('allowed');
    expect(redirect({ hostname: 'web.shop' }).verdict).toBe('allowed');
    expect(redirect({ hostname: 'web.shop' }, { host: 'web.shop:80' }).verdict).toBe('denied');
    expect(redirect({ port: 8080 }).verdict).toBe('allowed');
    expect(redirect({ port: 80 }).verdict).toBe('denied');
    expect(redirect({ hostname: 'web.shop' }, { host: undefined }).dependsOn).toEqual(['the host']);
  });

  it('a refused client of gRPC hears so in its own way', () => {
    const call = { protocol: 'grpc', method: 'POST', path: '/a/b' } as const;
    expect(ask([server('a')], { call }).remarks).toEqual(['A client of gRPC sees status 7 (PERMISSION_DENIED).']);
  });
});

describe('rate limits come after authorization', () => {
  const open = server('a', { accessPolicy: 'all-unauthenticated' });
  const limits = {
    total: { requestsPerSecond: 100 },
    identity: { requestsPerSecond: 10 },
    overrides: [{ requestsPerSecond: 50, clientRefs: [{ kind: 'ServiceAccount', name: 'web', namespace: 'other' }] }],
  };
  const remarks = (objects: readonly Manifest[], question: Question = {}) => ask(objects, question).remarks;
  const TOTAL = 'HTTPLocalRateLimitPolicy shop/l: each proxy lets in at most 100 requests a second.';

  it('those that hold for the caller are told', () => {
    const objects = [open, rateLimit('l', 'a', limits)];
    expect(remarks(objects)).toEqual([
      TOTAL,
      'HTTPLocalRateLimitPolicy shop/l: each client may make at most 10 requests a second to a proxy.',
    ]);
    expect(remarks(objects, { peer: meshed('web', 'other') })).toEqual([
      TOTAL,
      'HTTPLocalRateLimitPolicy shop/l: an override lets this client make at most 50 requests a second to a proxy.',
    ]);
    expect(remarks(objects, { peer: plain() })[1]).toContain('all clients without an identity together');
    expect(remarks([server('a'), rateLimit('l', 'a', limits)])).toEqual([]);
  });

  it.each([
    ['on another Server', [open, rateLimit('l', 'b', limits)]],
    ['that is not accepted', [open, rateLimit('l', 'a', limits, false)]],
    ['on gRPC', [server('a', { accessPolicy: 'all-unauthenticated', proxyProtocol: 'gRPC' }), rateLimit('l', 'a', limits)]],
    ['of nothing', [open, rateLimit('l', 'a', { total: { requestsPerSecond: 0 } })]],
    [
      'for somebody who is no ServiceAccount',
      [open, rateLimit('l', 'a', { ...limits, overrides: [{ requestsPerSecond: 1, clientRefs: [{ kind: 'Pod', name: 'x' }] }] })],
    ],
  ])('none %s', (_, objects) => {
    expect(remarks(objects, { call: { method: 'POST', path: '/a/b' } })).toEqual([]);
  });

  it('none on connections', () => {
    expect(remarks([open, rateLimit('l', 'a', limits)], { call: { protocol: 'tcp' } })).toEqual([]);
  });
});
