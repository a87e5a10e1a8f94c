import { describe, expect, it } from 'vitest';
import type { AccessCall } from '../../../../src/policy/access/model.ts';
import { ask, type Question, says, verdict } from './questions.ts';
import { acceptedOn, authorizationPolicy, plain, route, routeRef, server, serverRef } from './worlds.ts';

describe('5. routes', () => {
  const open = authorizationPolicy('open', serverRef('a'), []);
  const onA = (...rules: readonly object[]) => [server('a', { proxyProtocol: 'HTTP/2' }), open, route('linkerd', 'r', 'a', rules)];
  const taken = (rules: readonly object[], call: Partial<AccessCall>) => verdict(onA(...rules), { call });

  it.each([
    ['an exact path', { path: { type: 'Exact', value: '/a' } }, { path: '/a?x=1' }, 'allowed'],
    ['not its slash', { path: { type: 'Exact', value: '/a' } }, { path: '/a/' }, 'not-found'],
    ['a prefix of whole segments', { path: { value: '/a' } }, { path: '/a/b' }, 'allowed'],
    ['a prefix with a slash', { path: { type: 'PathPrefix', value: '/a/' } }, { path: '/a' }, 'allowed'],
    ['no half segments', { path: { value: '/a' } }, { path: '/ab' }, 'not-found'],
    ['every path', { path: { value: '/' } }, { path: '/x' }, 'allowed'],
    ['an expression as a whole', { path: { type: 'RegularExpression', value: '/a.' } }, { path: '/ab' }, 'allowed'],
    ['not a part', { path: { type: 'RegularExpression', value: '/a' } }, { path: '/ab' }, 'not-found'],
    ['the first alternative that matches', { path: { type: 'RegularExpression', value: '/a|/ab' } }, { path: '/ab' }, 'not-found'],
    ['a method', { method: 'POST' }, { method: 'POST' }, 'allowed'],
    ['another method', { method: 'POST' }, {}, 'not-found'],
    ['a header, its name without case', { headers: [{ name: 'X-Stage', value: 'blue' }] }, { headers: [['x-stage', 'blue']] }, 'allowed'],
    [
      'one of its values',
      { headers: [{ name: 'x', value: 'b' }] },
      {
        headers: [
          ['x', 'a'],
          ['x', 'b'],
        ],
      },
      'allowed',
    ],
    ['a header of another name', { headers: [{ name: 'x', value: 'b' }] }, { headers: [['y', 'b']] }, 'not-found'],
    ['another value', { headers: [{ name: 'x', value: 'b' }] }, { headers: [['x', 'B']] }, 'not-found'],
    [
      'an expression on a header',
      { headers: [{ name: 'x', type: 'RegularExpression', value: 'b+' }] },
      { headers: [['x', 'bb']] },
      'allowed',
    ],
    ['no header', { headers: [{ name: 'x', type: 'RegularExpression', value: '.*' }] }, {}, 'not-found'],
    ['a query parameter', { queryParams: [{ name: 'q', value: 'a b' }] }, { path: '/?p=1&q=a+%62' }, 'allowed'],
    ['another parameter', { queryParams: [{ name: 'q', value: '1' }] }, { path: '/?Q=1' }, 'not-found'],
    ['all of them at once', { method: 'GET', path: { value: '/a' } }, { path: '/b' }, 'not-found'],
  ] as const)('a match of %s', (_, match, call, expected) => {
    expect(taken([{ matches: [match] }], call as Partial<AccessCall>)).toBe(expected);
  });

  it('a rule without matches takes everything, a route without rules nothing', () => {
    expect(taken([{}], {})).toBe('allowed');
    expect(ask(onA(), {})).toMatchObject({ verdict: 'not-found', refusal: 404 });
  });

  it.each([
    [['web.shop'], 'web.shop:8080', 'allowed'],
    [['WEB.shop'], 'web.SHOP.', 'allowed'],
    [['web.shop.'], 'web.shop.', 'allowed'],
    [['web.shop.'], 'web.shop', 'not-found'],
    [['api.shop'], 'web.shop', 'not-found'],
    [['*.shop'], 'a.web.shop', 'allowed'],
    [['*.shop'], 'shop', 'not-found'],
    [['api.shop', '*.shop'], 'web.shop', 'allowed'],
  ])('host names %j and %s: %s', (hostnames, host, expected) => {
    const objects = [server('a'), open, route('gateway', 'r', 'a', [{}], { spec: { hostnames } })];
    expect(verdict(objects, { call: { host } })).toBe(expected);
  });

  // Which of two rules takes a request shows by whom it lets in: the wanted one has an authorization of its own.
  const wins = (wanted: object, other: object, call: Partial<AccessCall>) =>
    verdict(
      [
        server('a'),
        route('linkerd', 'other', 'a', [other], { metadata: { creationTimestamp: '2020-01-01T00:00:00Z' } }),
        route('linkerd', 'wanted', 'a', [wanted]),
        authorizationPolicy('p', routeRef('linkerd', 'wanted'), []),
      ],
      { call },
    );
  const match = (...matches: readonly object[]) => ({ matches });
  it.each([
    ['the longer path', match({ path: { value: '/a/b' } }), match({ path: { value: '/a' } }), { path: '/a/b/c' }],
    [
      'a longer prefix than an expression',
      match({ path: { value: '/aaaa' } }),
      match({ path: { type: 'RegularExpression', value: '/.*' }, headers: [] }),
      { path: '/aaaa' },
    ],
    [
      'more headers on equal paths',
      match({ headers: [{ name: 'x', value: '1' }] }),
      match({ queryParams: [{ name: 'q', value: '1' }], method: 'GET' }),
      { path: '/?q=1', headers: [['x', '1']] },
    ],
    ['more parameters after that', match({ queryParams: [{ name: 'q', value: '1' }] }), match({ method: 'GET' }), { path: '/?q=1' }],
    ['a method at last', match({ method: 'GET' }), match({}), {}],
    [
      'the best of several matches',
      match({ path: { value: '/' } }, { path: { value: '/a/b' } }),
      match({ path: { value: '/a' } }),
      { path: '/a/b' },
    ],
  ] as const)('of two routes that match, %s', (name, wanted, other, call) => {
    // An expression counts the whole path, so that there the older route ties and wins.
    expect(wins(wanted, other, call as Partial<AccessCall>)).toBe(name.startsWith('a longer prefix') ? 'denied' : 'allowed');
  });

  it('a host name goes before everything else, an exact one before a suffix', () => {
    const routes = (wanted: string[], other: string[] | undefined) => [
      server('a'),
      route('gateway', 'other', 'a', [match({ path: { value: '/aaa' } })], { spec: { hostnames: other } }),
      route('gateway', 'wanted', 'a', [{}], { spec: { hostnames: wanted } }),
      authorizationPolicy('p', routeRef('gateway', 'wanted'), []),
    ];
    const call = { path: '/aaa', host: 'api.web.shop' };
    expect(verdict(routes(['*.shop'], undefined), { call })).toBe('allowed');
    expect(verdict(routes(['api.web.shop'], ['*.web.shop']), { call })).toBe('allowed');
    expect(verdict(routes(['*.web.shop'], ['*.shop']), { call })).toBe('allowed');
    expect(verdict(routes(['*.shop'], ['*.web.shop']), { call })).toBe('denied');
  });

  it('ties are settled by age, then by name; an exact path ties with a prefix of its length', () => {
    const pair = (a: object, b: object, older = false) => [
      server('a'),
      route('linkerd', 'r1', 'a', [a]),
      route('linkerd', 'r2', 'a', [b], older ? { metadata: { creationTimestamp: '2020-01-01T00:00:00Z' } } : {}),
      authorizationPolicy('p', routeRef('linkerd', 'r2'), []),
    ];
    expect(verdict(pair({}, {}))).toBe('denied');
    expect(verdict(pair({}, {}, true))).toBe('allowed');
    const [prefix, exact] = [match({ path: { value: '/a' } }), match({ path: { type: 'Exact', value: '/a' } })];
    expect(verdict(pair(prefix, exact), { call: { path: '/a' } })).toBe('denied');
  });

  it.each([
    ['not accepted', { status: { parents: [{ ...acceptedOn('a').parents[0], conditions: [{ type: 'Accepted', status: 'False' }] }] } }],
    [
      'accepted by somebody else',
      { status: { parents: [{ ...acceptedOn('a').parents[0], controllerName: 'istio.io/gateway-controller' }] } },
    ],
    ['accepted on another Server', { status: acceptedOn('b') }],
    ['without a status', { status: null }],
    ['with a port of the Server', { spec: { parentRefs: [{ ...serverRef('a'), port: 8080 }] } }],
    ['with a section', { spec: { parentRefs: [{ ...serverRef('a'), sectionName: 'x' }] } }],
    ['also on a Server of another namespace', { spec: { parentRefs: [serverRef('a'), { ...serverRef('b'), namespace: 'other' }] } }],
    ['on a Service', { spec: { parentRefs: [{ kind: 'Service', name: 'a' }] } }],
    ['of another namespace', { metadata: { namespace: 'other' } }],
  ] as const)('a route that is %s does not count, so that the default route takes the request', (_, part) => {
    expect(verdict([server('a'), open, route('linkerd', 'r', 'a', [match({ path: { value: '/never' } })], part)])).toBe('allowed');
  });

  it.each([
    [{ matches: [{ path: { value: 'a' } }] }],
    [{ matches: [{ path: { type: 'Glob', value: '/a' } }] }],
    [{ matches: [{ headers: [{ name: 'a b', value: 'x' }] }] }],
    [{ matches: [{ method: 'FETCH' }] }],
    [{ filters: [{ type: 'RequestMirror', requestMirror: {} }] }],
    [{ filters: [{ type: 'URLRewrite', urlRewrite: {} }] }],
    [{ filters: [{ type: 'ExtensionRef', extensionRef: {} }] }],
    [{ filters: [{}] }],
  ])('a rule %j makes Linkerd ignore the whole route', (rule) => {
    const answer = ask([server('a'), open, route('gateway', 'r', 'a', [rule, match({ path: { value: '/never' } })])]);
    expect(answer.verdict).toBe('allowed');
    expect(says(answer)).toContain('HTTPRoute shop/r is ignored: Linkerd cannot read its rules.');
  });

  it('a route that is not in the cluster yet will be accepted, which is said; an HTTPRoute gives way to a GRPCRoute', () => {
    const planned = route('linkerd', 'r', 'a', [match({ path: { value: '/never' } })], {
      metadata: { creationTimestamp: undefined },
      status: undefined,
    });
    expect(ask([server('a'), open, planned])).toMatchObject({ verdict: 'not-found', assumed: [expect.stringContaining('will accept it')] });
    expect(verdict([server('a'), open, planned, route('grpc', 'g', 'a', [])])).toBe('allowed');
  });

  it('a Server that is not in the cluster yet will have its routes accepted', () => {
    const before = route('linkerd', 'r', 'a', [match({ path: { value: '/never' } })], { status: null });
    const planned = server('a', {}, { creationTimestamp: undefined });
    expect(ask([planned, open, before])).toMatchObject({
      verdict: 'not-found',
      assumed: ["Server shop/a is not in the cluster yet; Linkerd's controller will accept HTTPRoute shop/r on it."],
    });
  });

  it('a GRPCRoute that is not in the cluster yet will cost the HTTPRoutes of the Server their acceptance', () => {
    const http = route('linkerd', 'r', 'a', [match({ path: { value: '/never' } })]);
    const grpc = route('grpc', 'g', 'a', [], { metadata: { creationTimestamp: undefined } });
    expect(verdict([server('a'), open, http])).toBe('not-found');
    expect(verdict([server('a'), open, http, grpc])).toBe('allowed');
  });

  describe('of probes', () => {
    const callee = {
      probes: [
        { path: '/healthz?full=1', port: 'HTTP' },
        { path: '/ready', port: 9999 },
      ],
    };
    const kubelet = plain('192.168.1.1');
    const probe = (call: Partial<AccessCall>, more: Question = {}) => ask([server('a')], { callee, peer: kubelet, call, ...more });

    it.each([
      [{ path: '/healthz' }, 'allowed'],
      [{ path: '/healthz?x' }, 'allowed'],
      [{ path: '/healthz', method: 'HEAD' }, 'denied'],
      [{ path: '/healthz/' }, 'denied'],
      [{ path: '/ready' }, 'denied'],
    ])('%j: %s', (call, expected) => {
      expect(probe(call).verdict).toBe(expected);
    });

    it('hold without a Server too, and only from the probe networks', () => {
      const settings = { defaultInboundPolicy: 'deny' };
      expect(ask([], { callee, peer: kubelet, settings, call: { path: '/healthz' } }).verdict).toBe('allowed');
      expect(probe({ path: '/healthz' }, { settings: { probeNetworks: ['10.0.0.0/8'] } }).verdict).toBe('denied');
      expect(probe({ path: '/healthz' }, { settings: { probeNetworks: [] } }).verdict).toBe('denied');
    });

    it('are gone once a route is attached', () => {
      expect(verdict([server('a'), route('linkerd', 'r', 'a', [{}])], { callee, peer: kubelet, call: { path: '/healthz' } })).toBe(
        'denied',
      );
    });

    it('a call without a path is taken for none, which is said where it matters', () => {
      expect(probe({ path: undefined })).toMatchObject({ verdict: 'denied', assumed: [expect.stringContaining('"/healthz"')] });
      expect(ask([server('a'), open], { callee, call: { path: undefined } })).toMatchObject({ verdict: 'allowed', assumed: [] });
    });
  });

  describe('of gRPC', () => {
    const grpc = (protocol: string | undefined, ...rules: readonly object[]) => [
      server('a', { proxyProtocol: protocol }),
      open,
      route('grpc', 'g', 'a', rules),
    ];
    const add: Question = { call: { protocol: 'grpc', method: undefined, path: '/shop.Cart/Add' } };

    it('GRPCRoutes count on Servers of gRPC alone, HTTPRoutes on all others', () => {
      const never = match({ method: { service: 'never' } });
      expect(verdict(grpc('gRPC', never), add)).toBe('not-found');
      expect(verdict(grpc('HTTP/2', never), add)).toBe('allowed');
      const http = route('linkerd', 'r', 'a', []);
      expect(verdict([server('a', { proxyProtocol: 'gRPC' }), open, http], add)).toBe('allowed');
    });

    it.each([
      [{ method: { service: 'shop.Cart' } }, 'allowed'],
      [{ method: { method: 'Add' } }, 'allowed'],
      [{ method: { service: 'shop.Cart', method: 'Add', type: 'Exact' } }, 'allowed'],
      [{ method: { service: 'shop', method: 'Add' } }, 'not-found'],
      [{ method: { service: 'shop.Cart' }, headers: [{ name: 'x', value: '1' }] }, 'not-found'],
    ])('a match %j: %s', (each, expected) => {
      expect(verdict(grpc('gRPC', match(each)), add)).toBe(expected);
    });

    it('an expression on the method makes Linkerd ignore the route', () => {
      expect(verdict(grpc('gRPC', match({ method: { type: 'RegularExpression', service: 'x' } })), add)).toBe('allowed');
    });

    it('the longer service wins, then the longer method', () => {
      const objects = [
        server('a', { proxyProtocol: 'gRPC' }),
        route('grpc', 'g1', 'a', [match({ method: { method: 'Add' } })]),
        route('grpc', 'g2', 'a', [match({ method: { service: 'shop.Cart' } })]),
        authorizationPolicy('p', routeRef('grpc', 'g2'), []),
      ];
      expect(verdict(objects, add)).toBe('allowed');
    });

    it('without routes every POST to a service and a method is taken, and nothing else', () => {
      const objects = [server('a', { proxyProtocol: 'gRPC' }), open];
      expect(verdict(objects, add)).toBe('allowed');
      expect(verdict(objects, { call: { method: 'GET', path: '/shop.Cart/Add' } })).toBe('not-found');
      expect(verdict(objects, { call: { method: 'POST', path: '/healthz' } })).toBe('not-found');
    });

    it('a call of which nobody says what it is is taken for one of gRPC, which is said', () => {
      const unsaid = { protocol: 'unknown', method: undefined, path: undefined, headers: undefined } as const;
      const answer = ask([server('a', { proxyProtocol: 'gRPC' }), open], { call: unsaid });
      expect(answer).toMatchObject({ verdict: 'allowed', assumed: [expect.stringContaining('The call is one of gRPC')] });
      expect(ask(grpc('gRPC', match({ method: { service: 'shop.Cart' } })), { call: unsaid })).toMatchObject({
        verdict: 'unknown',
        dependsOn: ['the path'],
      });
      expect(verdict([server('a', { proxyProtocol: 'gRPC' }), open], { call: { ...unsaid, method: 'GET' } })).toBe('not-found');
    });

    it('a match without a method breaks the whole Server', () => {
      const answer = ask(grpc('gRPC', match({ headers: [{ name: 'x', value: '1' }] })), add);
      expect(answer).toMatchObject({ verdict: 'denied', refusal: 500, decidedBy: { object: { kind: 'GRPCRoute', name: 'g' } } });
    });
  });
});
