import { describe, expect, it } from 'vitest';
import { annotated, ask, NOBODY, says, verdict } from './questions.ts';
import { authorizationPolicy, CALLEE, meshed, namespaceRef, plain, server } from './worlds.ts';

describe('1. without a proxy, or past it, no policy applies', () => {
  it.each(['istio-sidecar', 'istio-ambient', undefined] as const)('a callee in %s is reached', (mesh) => {
    const answer = ask([server('a')], { callee: { mesh } });
    expect(answer.verdict).toBe('allowed');
    expect(says(answer)).toContain("is not in Linkerd's mesh");
  });

  it.each([
    ['8080', 'allowed'],
    ['25,8000-8090', 'allowed'],
    ['25, 8080', 'denied'],
    ['8080-99999', 'denied'],
    ['http,8080', 'allowed'],
    ['8081', 'denied'],
    ['http', 'denied'],
    ['', 'denied'],
  ])('skip-inbound-ports %j: %s', (ports, expected) => {
    expect(verdict([server('a')], annotated({ 'config.linkerd.io/skip-inbound-ports': ports }))).toBe(expected);
  });

  it('the chart skips 4567 and 4568 unless the pod says otherwise, which is said', () => {
    const answer = ask([], { ...NOBODY, port: 4567 });
    expect(answer).toMatchObject({ verdict: 'allowed', assumed: [expect.stringContaining('proxyInit.ignoreInboundPorts')] });
    expect(verdict([], { ...NOBODY, ...annotated({ 'config.linkerd.io/skip-inbound-ports': '25' }), port: 4567 })).toBe('denied');
  });

  it('on its admin port the proxy asks for the policy itself, though the port is skipped', () => {
    const skipped = annotated({ 'config.linkerd.io/skip-inbound-ports': '4191' });
    expect(verdict([server('a', { port: 'linkerd-admin' })], { ...skipped, port: 4191 })).toBe('denied');
  });
});

describe('2. the Server that selects the port', () => {
  const open = { accessPolicy: 'all-unauthenticated' };
  it.each([
    ['by number', { port: 8080 }, 'allowed'],
    ['by the name of a port', { port: 'http' }, 'allowed'],
    ['another number', { port: 8081 }, 'denied'],
    ['another name', { port: 'grpc' }, 'denied'],
    ['a number as a text is a name', { port: '8080' }, 'denied'],
    ['all pods', { podSelector: {} }, 'allowed'],
    ['an expression that holds', { podSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['web'] }] } }, 'allowed'],
    ['an expression that does not', { podSelector: { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['web'] }] } }, 'denied'],
    [
      'labels and expressions',
      { podSelector: { matchLabels: { app: 'web' }, matchExpressions: [{ key: 'x', operator: 'Exists' }] } },
      'denied',
    ],
    ['an external workload', { podSelector: undefined, externalWorkloadSelector: {} }, 'denied'],
  ])('%s', (_, spec, expected) => {
    expect(verdict([server('a', { ...open, ...spec })], NOBODY)).toBe(expected);
  });

  it('ports of init containers and native sidecars have names too, those of UDP do not', () => {
    const ports = [...(CALLEE.ports ?? []), { port: 7000, protocol: 'TCP', name: 'sidecar' }] as const;
    const named = (port: string) =>
      verdict([server('a', { ...open, port })], { ...NOBODY, callee: { ports }, port: port === 'udp' ? 9090 : 7000 });
    expect(named('sidecar')).toBe('allowed');
    expect(named('udp')).toBe('denied');
  });

  it('another namespace has no say', () => {
    expect(verdict([server('a', open, { namespace: 'other' })], NOBODY)).toBe('denied');
  });

  it('of several the oldest decides, then the first by name', () => {
    const older = { creationTimestamp: '2023-01-01T00:00:00Z' };
    const [a, b] = [server('a'), server('b', open)];
    expect(verdict([a, b])).toBe('denied');
    expect(verdict([a, { ...b, metadata: { ...b.metadata, ...older } }])).toBe('allowed');
    expect(says(ask([a, b]))).toContain('Server shop/b selects it too and is passed over: Server shop/a is older.');
  });

  it('one that is yet to be made is the youngest', () => {
    const [a, b] = [server('a', {}, { creationTimestamp: undefined }), server('b', open)];
    expect(verdict([a, b])).toBe('allowed');
  });

  it('where the names of ports are not known, an older Server by name makes the answer unknown if it matters', () => {
    const callee = { ports: undefined };
    const named = (spec: object) => server('a', { port: 'http', ...spec });
    expect(ask([named({}), server('b', open)], { callee })).toMatchObject({
      verdict: 'unknown',
      dependsOn: ['whether port 8080 is called http'],
    });
    expect(verdict([named(open), server('b', open)], { callee })).toBe('allowed');
    expect(verdict([server('0', open), named({})], { callee })).toBe('allowed');
  });

  it.each([{ port: 0 }, { port: 70_000 }, { port: null }, { proxyProtocol: 'HTTP/3' }, { podSelector: null }])(
    '%j cannot be read and counts for nothing',
    (spec) => {
      expect(verdict([server('a', { ...open, ...spec })], NOBODY)).toBe('denied');
    },
  );
});

describe('3. without a Server a default policy holds', () => {
  const stranger = plain('8.8.8.8');
  it.each([
    ['all-unauthenticated', stranger, 'allowed'],
    ['all-authenticated', stranger, 'denied'],
    ['all-authenticated', meshed('cart'), 'allowed'],
    ['cluster-unauthenticated', stranger, 'denied'],
    ['cluster-unauthenticated', plain('10.1.1.1'), 'allowed'],
    ['cluster-unauthenticated', plain('fd00::1'), 'allowed'],
    ['cluster-authenticated', plain('10.1.1.1'), 'denied'],
    ['cluster-authenticated', meshed('cart'), 'allowed'],
    ['cluster-authenticated', meshed('cart', 'shop', '8.8.8.8'), 'denied'],
    ['deny', meshed('cart'), 'denied'],
    ['audit', stranger, 'allowed'],
  ] as const)('%s for %j: %s', (policy, peer, expected) => {
    expect(verdict([], { peer, settings: { defaultInboundPolicy: policy } })).toBe(expected);
    expect(verdict([], { peer, ...annotated({ 'config.linkerd.io/default-inbound-policy': policy }) })).toBe(expected);
  });

  it('the annotation goes before the cluster, unless it is no policy', () => {
    expect(verdict([], { ...NOBODY, ...annotated({ 'config.linkerd.io/default-inbound-policy': 'all-unauthenticated' }) })).toBe('allowed');
    expect(verdict([], { ...NOBODY, ...annotated({ 'config.linkerd.io/default-inbound-policy': 'open' }) })).toBe('denied');
  });

  it('what is taken for granted of the default is said where it decides', () => {
    expect(ask([]).assumed).toEqual(['The default policy is the chart’s.']);
    expect(ask([], annotated({ 'config.linkerd.io/default-inbound-policy': 'deny' })).assumed).toEqual([]);
    expect(ask([server('a')]).assumed).toEqual([]);
  });

  it('a default that is not known leaves the answer unknown', () => {
    expect(ask([], { settings: { defaultInboundPolicy: '' } })).toMatchObject({
      verdict: 'unknown',
      dependsOn: ["Linkerd's default inbound policy"],
    });
  });

  it.each([
    ['all-unauthenticated', '8080', 'denied'],
    ['cluster-unauthenticated', '8000-9000', 'denied'],
    ['all-unauthenticated', '8081', 'allowed'],
    ['all-unauthenticated', '8080,http', 'allowed'],
    ['audit', '8080', 'allowed'],
  ])('%s with proxy-require-identity-inbound-ports %s: %s', (policy, ports, expected) => {
    const annotations = {
      'config.linkerd.io/proxy-require-identity-inbound-ports': ports,
      'config.linkerd.io/default-inbound-policy': policy,
    };
    expect(verdict([], { peer: plain(), callee: { annotations } })).toBe(expected);
  });

  it('opaque ports are decided on as connections; a name among them undoes the whole list', () => {
    const opaque = (ports: string) => ask([], { ...NOBODY, ...annotated({ 'config.linkerd.io/opaque-ports': ports }) }).refusal;
    expect(opaque('8080')).toBe('reset');
    expect(opaque('8080,http')).toBe(403);
  });

  it('an AuthorizationPolicy on the namespace does not count', () => {
    expect(verdict([authorizationPolicy('p', namespaceRef, [])], NOBODY)).toBe('denied');
  });
});
