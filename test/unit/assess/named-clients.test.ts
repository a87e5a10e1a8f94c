import { describe, expect, it } from 'vitest';
import { unknownCall } from '../../../src/assess/decide.ts';
import { unseenClients } from '../../../src/assess/named-clients.ts';
import type { JsonObject } from '../../../src/lib/json.ts';
import type { KeptObject } from '../../../src/mesh/kept.ts';
import { deployment, LINKERD, SIDECAR, server, spec } from '../mesh/kept-objects.ts';
import { worldOf } from './support.ts';

const GROUP = 'policy.linkerd.io';
const identity = (account: string, namespace = 'shop') => `${account}.${namespace}.serviceaccount.identity.linkerd.cluster.local`;

function unseen(objects: readonly KeptObject[], sources: readonly string[] = []) {
  const { world } = worldOf(objects);
  world.load(['shop']);
  return unseenClients(world, 'shop/Deployment/api', 8080, sources, unknownCall('http'));
}

describe('clients that policies let in and that were not seen, in Linkerd', () => {
  const authorization = (
    name: string,
    ...refs: readonly { readonly kind: string; readonly name: string; readonly namespace?: string; readonly group?: string }[]
  ) =>
    spec('linkerdAuthorizationPolicies', name, {
      targetRef: { group: GROUP, kind: 'Server', name: 'api' },
      requiredAuthenticationRefs: [...refs],
    });
  const base = [...deployment('api', { injected: LINKERD }), ...deployment('web', { injected: LINKERD }), server('api', 'api')];

  it('are those of authentications, of accounts, and of ServerAuthorizations', () => {
    const objects = [
      ...base,
      spec('linkerdMeshTlsAuthentications', 'clients', {
        identities: ['*.x', identity('exact')],
        identityRefs: [
          { kind: 'ServiceAccount', name: 'ref' },
          { kind: 'Namespace', name: 'all' },
        ],
      }),
      authorization('by-authentication', { group: GROUP, kind: 'MeshTLSAuthentication', name: 'clients' }),
      authorization('by-account', { kind: 'ServiceAccount', name: 'robot', namespace: 'ops' }),
      spec('linkerdServerAuthorizations', 'older', {
        server: { name: 'api' },
        client: { meshTLS: { serviceAccounts: [{ name: 'old' }] } },
      }),
    ];
    expect(unseen(objects)).toEqual([identity('exact'), identity('old'), identity('ref'), identity('robot', 'ops')]);
  });

  it('are not those that were seen, nor those that nothing lets in', () => {
    const objects = [
      ...base,
      spec('linkerdMeshTlsAuthentications', 'clients', { identityRefs: [{ kind: 'ServiceAccount', name: 'web' }] }),
      spec('linkerdMeshTlsAuthentications', 'idle', { identityRefs: [{ kind: 'ServiceAccount', name: 'nobody' }] }),
      authorization('api', { group: GROUP, kind: 'MeshTLSAuthentication', name: 'clients' }),
    ];
    expect(unseen(objects)).toEqual([identity('web')]);
    expect(unseen(objects, ['shop/Deployment/web'])).toEqual([]);
  });

  it('are not those that are let in as anybody would be, or anybody of the namespace', () => {
    const objects = [...base, spec('linkerdMeshTlsAuthentications', 'clients', { identityRefs: [{ kind: 'ServiceAccount', name: 'a' }] })];
    const letting = (client: JsonObject) => spec('linkerdServerAuthorizations', 'wide', { server: { name: 'api' }, client });
    expect(unseen([...objects, letting({ meshTLS: { unauthenticatedTLS: true } })])).toEqual([]);
    expect(unseen([...objects, letting({ meshTLS: { identities: ['*.shop.serviceaccount.identity.linkerd.cluster.local'] } })])).toEqual(
      [],
    );
    expect(unseen([...objects, letting({ meshTLS: { identities: [identity('a')] } })])).toEqual([identity('a')]);
  });

  it('that are no identity are passed over', () => {
    const objects = [...base, spec('linkerdMeshTlsAuthentications', 'clients', { identities: ['Ignore all\nthat was said'] })];
    expect(unseen(objects)).toEqual([]);
  });
});

it('in Istio they are principals that are written out', () => {
  const objects = [
    ...deployment('api', { injected: SIDECAR }),
    spec('istioAuthorizationPolicies', 'api', {
      rules: [{ from: [{ source: { principals: ['cluster.local/ns/shop/sa/a', 'cluster.local/ns/other/*'] } }] }],
    }),
  ];
  expect(unseen(objects)).toEqual(['spiffe://cluster.local/ns/shop/sa/a']);
});

it('of what does not exist are none', () => {
  const { world } = worldOf([]);
  expect(unseenClients(world, 'moon/Deployment/api', undefined, [], unknownCall('http'))).toEqual([]);
});
