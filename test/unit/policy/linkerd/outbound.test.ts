import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AccessAnswer, AccessCall } from '../../../../src/policy/access/model.ts';
import { type Destination, linkerdOutbound } from '../../../../src/policy/linkerd/outbound.ts';
import { asObject, CALL, egressNetwork, garbled, type Manifest, SETTINGS, worldOf } from './worlds.ts';

const FAR: Destination = { address: '8.8.8.8', port: 443 };

function ask(objects: readonly Manifest[], call: Partial<AccessCall> = {}, destination: Partial<Destination> = {}): AccessAnswer {
  return linkerdOutbound('shop', worldOf(objects)).decide({ ...FAR, ...destination }, { ...CALL, host: 'api.example.com', ...call });
}
const verdict = (...question: Parameters<typeof ask>) => ask(...question).verdict;

const deny = (name = 'out', spec: object = {}, metadata: object = {}) => egressNetwork(name, { trafficPolicy: 'Deny', ...spec }, metadata);
const allow = (name = 'out', spec: object = {}, metadata: object = {}) =>
  egressNetwork(name, { trafficPolicy: 'Allow', ...spec }, metadata);

type Kind = 'HTTPRoute' | 'GRPCRoute' | 'TLSRoute' | 'TCPRoute';

function egressRoute(kind: Kind, name: string, spec: object = {}, part: object = {}, metadata: object = {}): Manifest {
  const parent = { group: 'policy.linkerd.io', kind: 'EgressNetwork', name: 'out', namespace: 'shop', port: 443, ...part };
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind,
    metadata: { name, namespace: 'shop', creationTimestamp: '2024-01-01T00:00:00Z', ...metadata },
    spec: { parentRefs: [parent], rules: [{}], ...spec },
    status: { parents: [{ parentRef: parent, conditions: [{ type: 'Accepted', status: 'True' }] }] },
  };
}

describe('EgressNetwork', () => {
  it.each([
    ['http', 403],
    ['grpc', 403],
    ['tcp', 'reset'],
    ['tls', 'reset'],
  ] as const)('its trafficPolicy decides on %s that no route takes', (protocol, refusal) => {
    expect(ask([deny()], { protocol, method: 'POST' })).toMatchObject({
      verdict: 'denied',
      refusal,
      decidedBy: { object: { kind: 'EgressNetwork', name: 'out' }, field: 'spec.trafficPolicy' },
      remarks: [expect.stringContaining('its own proxy')],
    });
    expect(verdict([allow()], { protocol, method: 'POST' })).toBe('allowed');
  });

  it('none: everything is let out', () => {
    expect(verdict([])).toBe('allowed');
    expect(verdict([], {}, { address: undefined, port: undefined })).toBe('allowed');
  });

  it.each([
    ['8.8.8.8', undefined, 'denied'],
    ['10.1.1.1', undefined, 'allowed'],
    ['2001:db8::1', undefined, 'denied'],
    ['fd00::1', undefined, 'allowed'],
    ['8.8.8.8', [], 'allowed'],
    ['8.8.8.8', [{ cidr: '8.0.0.0/8' }], 'denied'],
    ['8.8.8.8', [{ cidr: '8.0.0.0/8', except: ['8.8.8.0/24'] }], 'allowed'],
    ['10.1.1.1', [{ cidr: '10.0.0.0/8' }], 'denied'],
  ])('covers %s with networks %j: %s', (address, networks, expected) => {
    expect(verdict([deny('out', { networks })], {}, { address })).toBe(expected);
  });

  it('of several the smallest network, then the oldest, then the first by name', () => {
    const wide = { networks: [{ cidr: '8.0.0.0/8' }] };
    const small = { networks: [{ cidr: '8.8.8.8/32' }] };
    expect(verdict([deny('a', wide), allow('b', small)])).toBe('allowed');
    expect(verdict([deny('a', wide), allow('b', { networks: [{ cidr: '8.0.0.0/8', except: ['8.1.0.0/16'] }] })])).toBe('allowed');
    expect(verdict([deny('a', wide), allow('b', wide, { creationTimestamp: '2020-01-01T00:00:00Z' })])).toBe('allowed');
    expect(verdict([deny('a', wide), allow('b', wide)])).toBe('denied');
  });

  it('those of the global namespace are for namespaces that have none', () => {
    const everywhere = deny('all', {}, { namespace: 'linkerd-egress' });
    const own = allow('own', { networks: [{ cidr: '9.9.9.9' }] });
    expect(verdict([everywhere])).toBe('denied');
    expect(verdict([everywhere, own])).toBe('allowed');
    expect(verdict([deny('x', {}, { namespace: 'elsewhere' })])).toBe('allowed');
    const named = linkerdOutbound('shop', {
      objects: [asObject(deny('x', {}, { namespace: 'out' }))],
      settings: { ...SETTINGS, globalEgressNamespace: 'out' },
    });
    expect(named.decide(FAR, CALL).verdict).toBe('denied');
  });

  it.each([{ trafficPolicy: 'Maybe' }, { networks: [{ cidr: 'x' }] }, { networks: {} }])(
    'one with %j cannot be read and counts for nothing',
    (spec) => {
      expect(verdict([deny('out', spec)])).toBe('allowed');
    },
  );
});

describe('routes of an EgressNetwork', () => {
  const http = egressRoute('HTTPRoute', 'r', { rules: [{ matches: [{ path: { value: '/ok' } }] }] });

  it('let out what they match, whatever the trafficPolicy', () => {
    expect(ask([deny(), http], { path: '/ok' })).toMatchObject({ verdict: 'allowed', decidedBy: { object: { kind: 'HTTPRoute' } } });
    expect(verdict([deny(), http], { path: '/no' })).toBe('denied');
    expect(verdict([allow(), http], { path: '/no' })).toBe('allowed');
    expect(verdict([deny(), http], { protocol: 'tcp' })).toBe('denied');
  });

  it('hold for their port alone, and for none without one', () => {
    expect(verdict([deny(), http], { path: '/ok' }, { port: 80 })).toBe('denied');
    const portless = ask([deny(), egressRoute('HTTPRoute', 'r', {}, { port: undefined })]);
    expect(portless.verdict).toBe('denied');
    expect(portless.chain.map(({ says }) => says).join()).toContain('has to name the port');
  });

  it('count once they are accepted, or are yet to be made', () => {
    expect(verdict([deny(), { ...egressRoute('HTTPRoute', 'r'), status: undefined }])).toBe('denied');
    expect(verdict([deny(), { ...egressRoute('HTTPRoute', 'r'), status: egressRoute('HTTPRoute', 'r', {}, { port: 80 }).status }])).toBe(
      'denied',
    );
    expect(
      verdict([deny(), { ...egressRoute('HTTPRoute', 'r'), status: egressRoute('HTTPRoute', 'r', {}, { port: undefined }).status }]),
    ).toBe('allowed');
    expect(verdict([deny(), { ...egressRoute('HTTPRoute', 'r', {}, {}, { creationTimestamp: undefined }), status: undefined }])).toBe(
      'allowed',
    );
  });

  it('of the client’s own namespace hold for an EgressNetwork of another', () => {
    const there = { namespace: 'linkerd-egress' };
    expect(verdict([deny('out', {}, there), egressRoute('HTTPRoute', 'r', {}, there)])).toBe('allowed');
    expect(verdict([deny('out', {}, there), egressRoute('HTTPRoute', 'r', {}, there, { namespace: 'elsewhere' })])).toBe('denied');
  });

  it('of gRPC make the port one of gRPC', () => {
    const grpc = egressRoute('GRPCRoute', 'g', { rules: [{ matches: [{ method: { service: 'a.B' } }] }] });
    const call = { protocol: 'grpc', method: 'POST', path: '/a.B/C' } as const;
    expect(verdict([deny(), grpc, http], call)).toBe('allowed');
    expect(verdict([deny(), grpc, http], { ...call, path: '/a.X/C' })).toBe('denied');
    expect(ask([allow(), grpc], { protocol: 'tcp' })).toMatchObject({ verdict: 'denied', refusal: 'reset' });
  });

  it('of TLS go by the server name', () => {
    const tls = egressRoute('TLSRoute', 't', { hostnames: ['*.example.com'] });
    expect(verdict([deny(), tls], { protocol: 'tls', sni: 'api.example.com' })).toBe('allowed');
    expect(verdict([deny(), tls], { protocol: 'tls', sni: 'example.org' })).toBe('denied');
    expect(ask([deny(), tls], { protocol: 'tls', sni: undefined }).dependsOn).toEqual(['the server name of the TLS handshake']);
    expect(verdict([allow(), tls], { protocol: 'http' })).toBe('denied');
  });

  it('of TCP let out everything', () => {
    const tcp = egressRoute('TCPRoute', 'c');
    expect(verdict([deny(), tcp], { protocol: 'tcp' })).toBe('allowed');
    expect(verdict([deny(), tcp, egressRoute('TLSRoute', 't', { hostnames: ['x'] })], { protocol: 'tls', sni: 'y' })).toBe('denied');
  });

  it('a redirect answers instead', () => {
    const filters = [{ type: 'RequestRedirect', requestRedirect: { hostname: 'example.org' } }];
    expect(ask([deny(), egressRoute('HTTPRoute', 'r', { rules: [{ filters }] })])).toMatchObject({ verdict: 'denied', refusal: 302 });
  });
});

describe('what is not known of a destination', () => {
  const http = egressRoute('HTTPRoute', 'r');
  it('the address and the port, where they matter', () => {
    expect(ask([deny()], {}, { address: undefined }).dependsOn).toEqual(["the destination's address"]);
    expect(ask([allow()], {}, { address: undefined }).verdict).toBe('allowed');
    expect(ask([deny(), http], {}, { port: undefined }).dependsOn).toEqual(["the destination's port"]);
    expect(ask([deny()], {}, { port: undefined }).verdict).toBe('denied');
  });

  it('nor is the address needed where every way lets the call out, which is said', () => {
    const answer = ask([allow()], {}, { address: undefined });
    expect(answer).toMatchObject({ verdict: 'allowed', decidedBy: { says: expect.stringContaining('Whichever') } });
    expect(answer.chain.map(({ says, object }) => [says.split(':')[0], object?.name])).toEqual([
      ['Perhaps', undefined],
      ['Perhaps', 'out'],
      [answer.decidedBy.says, undefined],
    ]);
  });
  it('the protocol', () => {
    const silent = { protocol: 'unknown', method: undefined, path: undefined, headers: undefined } as const;
    expect(ask([deny(), http], silent).dependsOn).toEqual(['the protocol that is spoken']);
    expect(verdict([deny()], silent)).toBe('denied');
  });
});

describe('whatever the objects', () => {
  const objects = [
    deny(),
    allow('b', { networks: [{ cidr: '8.0.0.0/8', except: ['8.1.0.0/16'] }] }),
    egressRoute('HTTPRoute', 'r'),
    egressRoute('TLSRoute', 't', { hostnames: ['x'] }),
    egressRoute('GRPCRoute', 'g'),
    egressRoute('TCPRoute', 'c'),
  ];

  it('their order never matters', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(objects),
        fc.constantFrom('http', 'grpc', 'tcp', 'tls', 'unknown'),
        fc.constantFrom(443, 80, undefined),
        (some, protocol, port) => {
          const sorted = [...some].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
          expect(ask(some, { protocol }, { port })).toEqual(ask(sorted, { protocol }, { port }));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('garbage never throws', () => {
    fc.assert(
      fc.property(
        fc.tuple(...objects.map((object) => garbled(object))),
        fc.constantFrom(FAR, { address: undefined, port: undefined }, { address: 'x', port: -1 }),
        (some, destination) => {
          expect(['allowed', 'denied', 'unknown', 'not-found']).toContain(ask(some, {}, destination).verdict);
        },
      ),
      { numRuns: 200 },
    );
  });
});
