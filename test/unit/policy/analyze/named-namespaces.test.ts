import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { namedNamespaces } from '../../../../src/policy/analyze/named-namespaces.ts';
import { readObjects } from '../../../../src/policy/objects/kube-object.ts';
import {
  httpRoute,
  L5D,
  linkerdPolicy,
  linkerdRoute,
  meshTls,
  onServer,
  profile,
  rateLimit,
  ref,
  serverAuthorization,
  toService,
} from './linkerd-world.ts';
import { authorizationPolicy, destinationRule, type Manifest, to, virtualService } from './world.ts';

const named = (...manifests: readonly Manifest[]) => namedNamespaces(readObjects(manifests), 'cluster.local');
const account = { kind: 'ServiceAccount', name: 'a', namespace: 'far' };

describe('the namespaces that objects name', () => {
  it.each([
    ['a destination', virtualService('x', { http: [{ route: [to('a.far.svc.cluster.local')] }] })],
    ['a mirror', virtualService('x', { http: [{ mirrors: [to('a.far.svc.cluster.local')] }] })],
    ['a gateway', virtualService('x', { gateways: ['mesh', 'far/a'] })],
    ['a DestinationRule’s host', destinationRule('x', { host: 'a.far.svc.cluster.local' })],
    ['a principal', authorizationPolicy('x', { rules: [{ from: [{ source: { principals: ['*', 'cluster.local/ns/far/sa/a'] } }] }] })],
    ['a ServiceAccount of a source', authorizationPolicy('x', { rules: [{ from: [{ source: { serviceAccounts: ['a', 'far/a'] } }] }] })],
    [
      'an authentication',
      linkerdPolicy('x', { requiredAuthenticationRefs: [ref(L5D, 'MeshTLSAuthentication', 'a', { namespace: 'far' })] }),
    ],
    ['an identity', meshTls('x', { identityRefs: [account] })],
    ['a client with a limit of its own', rateLimit('x', { overrides: [{ clientRefs: [account] }] })],
    ['a client of a ServerAuthorization', serverAuthorization('x', { client: { meshTLS: { serviceAccounts: [account] } } })],
    ['a profile', profile('a.far.svc.cluster.local', {})],
    ['a parent', httpRoute('x', { parentRefs: [{ name: 'a', namespace: 'far' }] })],
    ['a backend', linkerdRoute('x', { rules: [{ backendRefs: [toService('a', 80, { namespace: 'far' })] }] })],
  ])('%s', (_title, manifest) => {
    expect(named(manifest)).toEqual(['far']);
  });

  it('are none where everything is at home or outside', () => {
    const objects = [
      virtualService('x', {
        gateways: ['public'],
        http: [{ route: [to('web'), to('web.shop.svc.cluster.local'), to('api.bank.example')] }],
      }),
      linkerdPolicy('x', { targetRef: onServer('a'), requiredAuthenticationRefs: [ref(L5D, 'MeshTLSAuthentication', 'a')] }),
    ];
    expect(named(...objects)).toEqual([]);
  });

  it('are each there once, in order, whatever the objects are', () => {
    const spec = fc.jsonValue();
    const object = fc.constantFrom(virtualService, destinationRule, authorizationPolicy, linkerdPolicy, meshTls, httpRoute);
    fc.assert(
      fc.property(fc.array(fc.tuple(object, spec)), (made) => {
        const found = named(...made.map(([make, value], index) => make(`x${index}`, value)));
        expect(found).toEqual([...new Set(found)].sort());
      }),
    );
  });
});
