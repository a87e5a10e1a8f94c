import { describe, expect, it } from 'vitest';
import {
  AMBIENT,
  allow,
  ask,
  brief,
  CLIENT,
  deny,
  type Manifest,
  meshed,
  NOBODY,
  PLAIN,
  peerAuthentication,
  SETTINGS,
  service,
  sidecar,
  spiffe,
  WEB,
} from './mesh.ts';

const mode = (name: string, value: string, place = {}, more: Manifest = {}) =>
  peerAuthentication(name, { mtls: { mode: value }, ...more }, place);
const ROOT = { namespace: 'istio-system' };
const WEB_ONLY = { selector: { matchLabels: { app: 'web' } } };
const ports = (value: Readonly<Record<string, string>>) => ({
  portLevelMtls: Object.fromEntries(Object.entries(value).map(([port, each]) => [port, { mode: each }])),
});

describe('PeerAuthentication', () => {
  it.each([
    ['none is PERMISSIVE', [], 'allowed'],
    ['of the mesh', [mode('m', 'STRICT', ROOT)], 'denied by m'],
    ['of the namespace before the mesh', [mode('m', 'STRICT', ROOT), mode('n', 'PERMISSIVE')], 'allowed'],
    ['of the workload before the namespace', [mode('n', 'PERMISSIVE'), mode('w', 'STRICT', {}, WEB_ONLY)], 'denied by w'],
    ['of a port before the workload', [mode('w', 'STRICT', {}, { ...WEB_ONLY, ...ports({ 8080: 'PERMISSIVE' }) })], 'allowed'],
    ['of another port counts for nothing', [mode('w', 'PERMISSIVE', {}, { ...WEB_ONLY, ...ports({ 9: 'STRICT' }) })], 'allowed'],
    [
      'of a port of the Service counts for nothing: ports are those of the pods',
      [
        mode('w', 'PERMISSIVE', {}, { ...WEB_ONLY, ...ports({ 80: 'STRICT' }) }),
        service('web', { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] }),
      ],
      'allowed',
    ],
    ['a port needs a selector', [peerAuthentication('n', ports({ 8080: 'STRICT' }))], 'allowed'],
    ['UNSET inherits', [mode('m', 'STRICT', ROOT), mode('n', 'UNSET'), mode('w', 'UNSET', {}, WEB_ONLY)], 'denied by m'],
    ['the oldest wins', [mode('b', 'STRICT', { age: 1 }), mode('a', 'PERMISSIVE', { age: 2 })], 'denied by b'],
    [
      'the oldest wins, which one that is planned is not',
      [mode('b', 'STRICT', { age: 1 }), mode('a', 'PERMISSIVE', { age: Number.POSITIVE_INFINITY })],
      'denied by b',
    ],
    ['of the same age the first by name', [mode('b', 'STRICT'), mode('a', 'PERMISSIVE')], 'allowed'],
    ['of another namespace', [mode('x', 'STRICT', { namespace: 'other' })], 'allowed'],
    ['with a selector in the root namespace', [mode('x', 'STRICT', ROOT, WEB_ONLY)], 'allowed'],
    ['for other pods', [mode('x', 'STRICT', {}, { selector: { matchLabels: { app: 'api' } } })], 'allowed'],
  ])('%s, for a client in plain text', (_, objects, expected) => {
    expect(brief(ask({ objects, peer: PLAIN }))).toBe(expected);
  });

  it('STRICT denies plain text before any policy, and resets the connection', () => {
    const answer = ask({ objects: [mode('n', 'STRICT'), allow('all', [{}])], peer: PLAIN });
    expect(answer.decidedBy).toMatchObject({ object: { kind: 'PeerAuthentication', name: 'n' }, field: 'spec.mtls.mode' });
    expect(answer.refusal).toBe('reset');
    expect(answer.chain).toEqual([answer.decidedBy]);
  });
  it('STRICT takes mutual TLS', () => {
    expect(brief(ask({ objects: [mode('n', 'STRICT')] }))).toBe('allowed');
  });
  it('the port that says so is named', () => {
    const objects = [peerAuthentication('w', { ...WEB_ONLY, ...ports({ 8080: 'STRICT' }) })];
    expect(ask({ objects, peer: PLAIN }).decidedBy.field).toBe('spec.portLevelMtls["8080"].mode');
  });
  it('DISABLE: nobody proves an identity', () => {
    const objects = [mode('n', 'DISABLE'), allow('a', [{ from: [{ source: { principals: ['*'] } }] }])];
    expect(brief(ask({ objects }))).toBe('denied by a');
    expect(brief(ask({ objects: [mode('n', 'DISABLE')], peer: PLAIN }))).toBe('allowed');
  });
  it('a client of another trust domain is turned away', () => {
    const peer = meshed(spiffe('client', 'shop', 'elsewhere'));
    expect(ask({ objects: [], peer })).toMatchObject({ verdict: 'denied', refusal: 'reset' });
    expect(ask({ objects: [], peer, settings: { ...SETTINGS, trustDomainAliases: ['elsewhere'] } }).verdict).toBe('allowed');
    expect(ask({ objects: [mode('n', 'DISABLE')], peer }).verdict).toBe('allowed');
  });
  it('an identity of another mesh is none', () => {
    const peer = meshed('client.shop.serviceaccount.identity.linkerd.cluster.local');
    expect(brief(ask({ objects: [mode('n', 'STRICT')], peer }))).toBe('denied by n');
  });
  it('a SPIFFE id may be given without its scheme', () => {
    const objects = [allow('a', [{ from: [{ source: { namespaces: ['shop'] } }] }])];
    expect(brief(ask({ objects, peer: meshed('cluster.local/ns/shop/sa/client') }))).toBe('allowed by a');
  });

  it('TLS of a Sidecar’s own is an assumption', () => {
    const listener = { port: { number: 8080 }, tls: { mode: 'SIMPLE' } };
    const assumed = (spec: Manifest) => ask({ objects: [sidecar('s', spec)] }).assumed;
    expect(assumed({ ingress: [listener] }).join()).toContain('Sidecar shop/s');
    expect(assumed({ ingress: [{ ...listener, port: { number: 9 } }] })).toEqual([]);
    expect(assumed({ ingress: [{ ...listener, tls: undefined }] })).toEqual([]);
    const foreign = sidecar('s', { ingress: [listener] }, { namespace: 'other' });
    expect(ask({ objects: [foreign, { ...foreign, apiVersion: 'x.io/v1', metadata: { name: 's', namespace: 'shop' } }] }).assumed).toEqual(
      [],
    );
    expect(assumed({ ingress: [listener], workloadSelector: { labels: { app: 'api' } } })).toEqual([]);
  });

  describe('where nobody knows how the client comes', () => {
    it('it depends on that only where the outcomes differ', () => {
      expect(ask({ objects: [], peer: NOBODY }).verdict).toBe('allowed');
      expect(ask({ objects: [mode('n', 'STRICT')], peer: NOBODY })).toMatchObject({
        verdict: 'unknown',
        dependsOn: ['whether the client proves its identity by mutual TLS'],
        decidedBy: { object: { name: 'n' } },
      });
      expect(ask({ objects: [mode('n', 'STRICT'), deny('d', [{}])], peer: NOBODY }).verdict).toBe('denied');
    });
    it('a named workload has the identity of its service account', () => {
      const peer = { ...NOBODY, workload: { namespace: 'shop', serviceAccount: 'client' } };
      const objects = [mode('n', 'STRICT'), deny('d', [{ from: [{ source: { principals: ['cluster.local/ns/shop/sa/client'] } }] }])];
      expect(ask({ objects, peer }).verdict).toBe('denied');
      expect(ask({ objects, peer: NOBODY }).dependsOn).toEqual([
        "the client's identity",
        'whether the client proves its identity by mutual TLS',
      ]);
    });
    it('an identity that everyone in the mesh has need not be known', () => {
      const objects = [deny('d', [{ from: [{ source: { notPrincipals: ['*'] } }] }])];
      expect(ask({ objects: [...objects, mode('n', 'STRICT')], peer: NOBODY }).dependsOn).toEqual([
        'whether the client proves its identity by mutual TLS',
      ]);
    });
  });
});

describe('PeerAuthentication in ambient mode', () => {
  it.each([
    ['STRICT', [mode('n', 'STRICT')], 'denied by n'],
    ['none', [], 'allowed'],
    ['DISABLE is PERMISSIVE', [mode('n', 'DISABLE')], 'allowed'],
    ['a port that is STRICT', [mode('w', 'PERMISSIVE', {}, { ...WEB_ONLY, ...ports({ 8080: 'STRICT' }) })], 'denied by w'],
    ['a port that is not', [mode('w', 'STRICT', {}, { ...WEB_ONLY, ...ports({ 8080: 'DISABLE' }) })], 'allowed'],
    ['another port that is not', [mode('w', 'STRICT', {}, { ...WEB_ONLY, ...ports({ 9: 'DISABLE' }) })], 'denied by w'],
    [
      'a port that is PERMISSIVE under a strict namespace',
      [mode('n', 'STRICT'), peerAuthentication('w', { ...WEB_ONLY, ...ports({ 8080: 'PERMISSIVE' }) })],
      'allowed',
    ],
    // What follows are istiod's own oddities (pilot/pkg/serviceregistry/ambient/authorization.go).
    [
      'a port that is DISABLE under a strict namespace is strict',
      [mode('n', 'STRICT'), peerAuthentication('w', { ...WEB_ONLY, ...ports({ 8080: 'DISABLE' }) })],
      'denied by n',
    ],
    [
      'a STRICT port of a permissive workload in a strict mesh is not',
      [mode('m', 'STRICT', ROOT), mode('w', 'PERMISSIVE', {}, { ...WEB_ONLY, ...ports({ 8080: 'STRICT' }) })],
      'allowed',
    ],
    [
      'an exception below a namespace that leaves it to the strict mesh lifts all',
      [mode('m', 'STRICT', ROOT), mode('n', 'UNSET'), peerAuthentication('w', { ...WEB_ONLY, ...ports({ 9: 'PERMISSIVE' }) })],
      'allowed',
    ],
  ])('%s', (_, objects, expected) => {
    expect(brief(ask({ objects, callee: AMBIENT, peer: PLAIN }))).toBe(expected);
  });
  it('STRICT takes the mesh’s identity', () => {
    expect(brief(ask({ objects: [mode('n', 'STRICT')], callee: AMBIENT, peer: CLIENT }))).toBe('allowed');
  });
  it('an identity that nobody knows', () => {
    const from = (source: Manifest) => deny('d', [{ from: [{ source }] }]);
    const plain = 'whether the client proves its identity by mutual TLS';
    expect(ask({ objects: [from({ principals: ['*'] })], callee: AMBIENT, peer: NOBODY }).dependsOn).toEqual([plain]);
    expect(ask({ objects: [from({ namespaces: ['shop'] })], callee: AMBIENT, peer: NOBODY }).dependsOn).toEqual([
      "the client's identity",
      plain,
    ]);
    expect(ask({ objects: [from({ serviceAccounts: ['client'] })], callee: AMBIENT, peer: NOBODY }).dependsOn).toEqual([
      "the client's identity",
      plain,
    ]);
  });
  it('ztunnel takes no alias of the trust domain', () => {
    const peer = meshed(spiffe('client', 'shop', 'alias'));
    const settings = { ...SETTINGS, trustDomainAliases: ['alias'] };
    expect(ask({ objects: [], callee: AMBIENT, peer, settings })).toMatchObject({ verdict: 'denied', refusal: 'reset' });
    expect(ask({ objects: [], callee: WEB, peer, settings }).verdict).toBe('allowed');
  });
});
