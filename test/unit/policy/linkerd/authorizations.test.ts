import { describe, expect, it } from 'vitest';
import type { Peer } from '../../../../src/policy/access/model.ts';
import { ask, type Question, verdict } from './questions.ts';
import {
  accountRef,
  authorizationPolicy,
  identityOf,
  type Manifest,
  meshed,
  meshTls,
  meshTlsRef,
  namespaceRef,
  networkAuthentication,
  networkRef,
  plain,
  routeRef,
  server,
  serverAuthorization,
  serverRef,
} from './worlds.ts';

describe('4. the authorizations of a Server', () => {
  const admits = (...objects: readonly Manifest[]) => verdict([server('a', {}, { labels: { team: 'x' } }), ...objects]);
  const unauthenticated = { client: { unauthenticated: true } };

  it('nobody is let in without any', () => {
    expect(ask([server('a')])).toMatchObject({ verdict: 'denied', refusal: 403 });
    expect(verdict([server('a', { accessPolicy: 'deny' })])).toBe('denied');
  });

  it.each([
    [{ server: { name: 'a' } }, 'allowed'],
    [{ server: { name: 'b' } }, 'denied'],
    [{ server: { name: 'b', selector: {} } }, 'denied'],
    [{ server: { selector: { matchLabels: { team: 'x' } } } }, 'allowed'],
    [{ server: { selector: { matchLabels: { team: 'y' } } } }, 'denied'],
    [{ server: { selector: { matchExpressions: [{ key: 'team', operator: 'Exists' }] } } }, 'allowed'],
    [{ server: {} }, 'allowed'],
    [{}, 'denied'],
  ])('a ServerAuthorization with %j: %s', (selection, expected) => {
    expect(admits(serverAuthorization('s', { ...selection, ...unauthenticated }))).toBe(expected);
  });

  it.each([
    ['its Server', serverRef('a'), 'allowed'],
    ['another Server', serverRef('b'), 'denied'],
    ['group and kind without case', { group: 'Policy.Linkerd.io', kind: 'SERVER', name: 'a' }, 'allowed'],
    ['a Server without its group', { kind: 'Server', name: 'a' }, 'denied'],
    ['its namespace', namespaceRef, 'allowed'],
    ['another namespace, which means its own', { kind: 'Namespace', name: 'other' }, 'allowed'],
    ['a route, which lets in to nothing else', routeRef('linkerd', 'r'), 'denied'],
  ])('an AuthorizationPolicy on %s: %s', (_, target, expected) => {
    expect(admits(authorizationPolicy('p', target, []))).toBe(expected);
  });

  it('policies of another namespace do not count', () => {
    expect(admits(authorizationPolicy('p', serverRef('a'), [], { namespace: 'other' }))).toBe('denied');
  });

  it('the accessPolicy adds its default, and a word that is none adds nothing', () => {
    expect(verdict([server('a', { accessPolicy: 'all-authenticated' })])).toBe('allowed');
    expect(verdict([server('a', { accessPolicy: 'all-authenticated' })], { peer: plain() })).toBe('denied');
    expect(verdict([server('a', { accessPolicy: 'everybody' })])).toBe('denied');
  });

  it.each([
    [{ ...plain('127.0.0.1'), loopback: true }, 'allowed'],
    [{ ...plain('::1'), loopback: true }, 'allowed'],
    [{ identity: { tag: 'unknown' }, address: undefined, loopback: true }, 'allowed'],
    [{ identity: { tag: 'unknown' }, address: undefined, loopback: false }, 'denied'],
    [plain('10.0.0.9'), 'denied'],
  ] as const)('localhost is always let in: %j', (peer, expected) => {
    expect(verdict([server('a')], { peer })).toBe(expected);
  });
});

describe('7. when an authorization matches', () => {
  const admits = (refs: unknown, objects: readonly Manifest[] = [], question: Question = {}) =>
    ask([server('a'), authorizationPolicy('p', serverRef('a'), refs), ...objects], question);
  const nets = (...networks: readonly object[]) => networkAuthentication('n', networks);
  const ids = (...identities: readonly string[]) => meshTls('m', { identities });

  it.each([
    ['no refs: anyone', [], [], 'allowed'],
    ['a ServiceAccount', [accountRef('cart')], [], 'allowed'],
    ['another ServiceAccount', [accountRef('web')], [], 'denied'],
    ['one of another namespace', [accountRef('cart', 'other')], [], 'denied'],
    ['identities', [meshTlsRef('m')], [ids(identityOf('cart'))], 'allowed'],
    ['networks', [networkRef('n')], [nets({ cidr: '10.0.0.0/8' })], 'allowed'],
    ['an address alone', [networkRef('n')], [nets({ cidr: '10.0.0.9' })], 'allowed'],
    ['networks less what is excepted', [networkRef('n')], [nets({ cidr: '10.0.0.0/8', except: ['10.0.0.0/24'] })], 'denied'],
    [
      'what is excepted from one lies in another',
      [networkRef('n')],
      [nets({ cidr: '10.0.0.0/8', except: ['10.0.0.9'] }, { cidr: '10.0.0.9/32' })],
      'allowed',
    ],
    ['both', [meshTlsRef('m'), networkRef('n')], [ids('*'), nets({ cidr: '10.0.0.0/8' })], 'allowed'],
    ['both, of which one does not hold', [meshTlsRef('m'), networkRef('n')], [ids('*'), nets({ cidr: '11.0.0.0/8' })], 'denied'],
  ] as const)('%s', (_, refs, objects, expected) => {
    expect(admits(refs, objects).verdict).toBe(expected);
  });

  it('IPv6, and IPv4 that IPv6 maps', () => {
    const from = (cidr: string, address: string) =>
      admits([networkRef('n')], [nets({ cidr })], { peer: meshed('cart', 'shop', address) }).verdict;
    expect(from('fd00::/16', 'fd00:1::2')).toBe('allowed');
    expect(from('fd00::/16', 'fe00::2')).toBe('denied');
    expect(from('10.0.0.0/8', '::ffff:10.1.1.1')).toBe('allowed');
    expect(from('0.0.0.0/0', 'fd00::1')).toBe('denied');
    expect(from('::ffff:10.0.0.0/104', '10.1.1.1')).toBe('denied');
  });

  it.each([
    ['a missing MeshTLSAuthentication', [meshTlsRef('m')], [], 'spec.requiredAuthenticationRefs[0]'],
    ['a missing NetworkAuthentication', [networkRef('n')], [], 'spec.requiredAuthenticationRefs[0]'],
    ['one of another namespace', [meshTlsRef('m', 'other')], [ids('*')], 'spec.requiredAuthenticationRefs[0]'],
    ['one that names nobody', [meshTlsRef('m')], [meshTls('m', { identities: [] })], 'spec.requiredAuthenticationRefs[0]'],
    [
      'one that names a Pod',
      [meshTlsRef('m')],
      [meshTls('m', { identities: ['*'], identityRefs: [{ kind: 'Pod', name: 'x' }] })],
      'spec.requiredAuthenticationRefs[0]',
    ],
    ['one without networks', [networkRef('n')], [nets()], 'spec.requiredAuthenticationRefs[0]'],
    ['one with no network', [networkRef('n')], [nets({ cidr: 'ten' })], 'spec.requiredAuthenticationRefs[0]'],
    ['a missing group', [{ kind: 'MeshTLSAuthentication', name: 'm' }], [ids('*')], 'spec.requiredAuthenticationRefs[0]'],
    ['two identities', [meshTlsRef('m'), accountRef('cart')], [ids('*')], 'spec.requiredAuthenticationRefs[1]'],
    ['two networks', [networkRef('n'), networkRef('n')], [nets({ cidr: '10.0.0.0/8' })], 'spec.requiredAuthenticationRefs[1]'],
    ['no list', undefined, [], 'spec.requiredAuthenticationRefs'],
  ] as const)('%s makes Linkerd ignore the whole policy, and the answer says so', (_, refs, objects, field) => {
    const answer = admits(refs, objects);
    expect(answer.verdict).toBe('denied');
    expect(answer.chain).toContainEqual({
      object: expect.objectContaining({ kind: 'AuthorizationPolicy', name: 'p' }),
      field,
      says: expect.stringContaining('AuthorizationPolicy shop/p is ignored'),
    });
  });

  it('an authentication of another namespace is found where the reference says so', () => {
    expect(admits([meshTlsRef('m', 'other')], [meshTls('m', { identities: ['*'] }, { namespace: 'other' })]).verdict).toBe('allowed');
    expect(
      admits([networkRef('n', 'other')], [networkAuthentication('n', [{ cidr: '::/0' }, { cidr: '0.0.0.0/0' }], { namespace: 'other' })])
        .verdict,
    ).toBe('allowed');
  });

  describe('a ServerAuthorization', () => {
    const client = (part: object, peer: Peer = meshed('cart')) =>
      ask([server('a'), serverAuthorization('s', { server: { name: 'a' }, client: part })], { peer }).verdict;

    it.each([
      ['anybody', { unauthenticated: true }, plain(), 'allowed'],
      ['anybody with TLS', { meshTLS: { unauthenticatedTLS: true } }, meshed('x'), 'allowed'],
      ['nobody without', { meshTLS: { unauthenticatedTLS: true } }, plain(), 'denied'],
      ['identities', { meshTLS: { identities: [identityOf('cart')] } }, meshed('cart'), 'allowed'],
      ['ServiceAccounts, of its own namespace', { meshTLS: { serviceAccounts: [{ name: 'cart' }] } }, meshed('cart'), 'allowed'],
      ['ServiceAccounts of another', { meshTLS: { serviceAccounts: [{ name: 'cart', namespace: 'other' }] } }, meshed('cart'), 'denied'],
      ['nobody at all', { meshTLS: {} }, meshed('cart'), 'denied'],
      ['nobody by networks alone', { networks: [{ cidr: '0.0.0.0/0' }] }, meshed('cart'), 'denied'],
      ['without networks those of the cluster', { unauthenticated: true }, plain('8.8.8.8'), 'denied'],
      ['with networks these', { unauthenticated: true, networks: [{ cidr: '8.0.0.0/8' }] }, plain('8.8.8.8'), 'allowed'],
      ['these and no others', { unauthenticated: true, networks: [{ cidr: '8.0.0.0/8' }] }, plain('10.0.0.1'), 'denied'],
    ] as const)('admits %s', (_, part, peer, expected) => {
      expect(client(part, peer)).toBe(expected);
    });
  });
});

describe('8. identities', () => {
  const admits = (spec: object, name: string) =>
    ask([server('a'), authorizationPolicy('p', serverRef('a'), [meshTlsRef('m')]), meshTls('m', { ...spec })], {
      peer: { identity: { tag: 'mutual-tls', name }, address: '10.0.0.9', loopback: false },
    }).verdict;
  const cart = identityOf('cart');

  it.each([
    [[cart], cart, 'allowed'],
    [[identityOf('cart', 'other')], cart, 'denied'],
    [['*'], cart, 'allowed'],
    [['*.shop.serviceaccount.identity.linkerd.cluster.local'], cart, 'allowed'],
    [['*.other.serviceaccount.identity.linkerd.cluster.local'], cart, 'denied'],
    [['cart.*.serviceaccount.identity.linkerd.cluster.local'], cart, 'denied'],
    [['c*'], cart, 'denied'],
    [['spiffe://td/cart'], 'spiffe://td/cart', 'allowed'],
    [['*'], 'spiffe://td/cart', 'denied'],
    [['spiffe://td/*'], 'spiffe://td/cart', 'denied'],
  ])('%j and %s: %s', (identities, name, expected) => {
    expect(admits({ identities }, name)).toBe(expected);
  });

  it.each([
    [{ kind: 'ServiceAccount', name: 'cart' }, 'allowed'],
    [{ kind: 'ServiceAccount', name: 'cart', namespace: 'other' }, 'denied'],
    [{ kind: 'ServiceAccount', group: '', name: 'cart' }, 'allowed'],
    [{ kind: 'ServiceAccount', group: 'core', name: 'cart' }, 'allowed'],
    [{ kind: 'Namespace', name: 'shop' }, 'allowed'],
    [{ kind: 'Namespace', name: 'other' }, 'denied'],
    [{ kind: 'ServiceAccount', group: 'v1', name: 'cart' }, 'denied'],
  ])('identityRefs %j: %s', (reference, expected) => {
    expect(admits({ identityRefs: [reference] }, cart)).toBe(expected);
  });

  it('are made of the control plane’s namespace and the trust domain', () => {
    const settings = { controlNamespace: 'mesh', trustDomain: 'example.org' };
    const peer: Peer = {
      identity: { tag: 'mutual-tls', name: 'cart.shop.serviceaccount.identity.mesh.example.org' },
      address: '10.0.0.9',
      loopback: false,
    };
    expect(ask([server('a'), authorizationPolicy('p', serverRef('a'), [accountRef('cart')])], { settings, peer }).verdict).toBe('allowed');
  });
});

describe('9. audit is allowed, and logged', () => {
  const LOGGED = 'The proxy logs the call, because only the policy audit lets it in.';
  it.each(['tcp', 'http'] as const)('of %s', (protocol) => {
    expect(ask([], { settings: { defaultInboundPolicy: 'audit' }, call: { protocol } })).toMatchObject({
      verdict: 'allowed',
      remarks: [LOGGED],
    });
    expect(ask([server('a', { accessPolicy: 'audit' })], { call: { protocol } })).toMatchObject({ verdict: 'allowed', remarks: [LOGGED] });
  });

  it('not of those whom another authorization lets in', () => {
    const objects = [server('a', { accessPolicy: 'audit' }), authorizationPolicy('p', serverRef('a'), [accountRef('cart')])];
    expect(ask(objects).remarks).toEqual([]);
    expect(ask(objects, { peer: plain() }).remarks).toEqual([LOGGED]);
  });
});
