import { describe, expect, it } from 'vitest';
import { checkAccess } from '../../../src/assess/check-access.ts';
import { unknownCall } from '../../../src/assess/decide.ts';
import type { KeptObject } from '../../../src/mesh/kept.ts';
import { SMALL_MESH } from '../../support/graph-meshes.ts';
import { AMBIENT, deployment, kept, LINKERD, SIDECAR, server, service, spec } from '../mesh/kept-objects.ts';
import { answerOf, node, worldOf } from './support.ts';

const small = worldOf(SMALL_MESH.objects).world;
const inBank = (objects: readonly KeptObject[]) => objects.map((object) => ({ ...object, namespace: 'bank' }));

describe('in Linkerd', () => {
  it('a workload that the policy names is allowed, by that policy', () => {
    expect(answerOf(small, 'shop/Deployment/web', 'shop/Service/orders')).toMatchObject({
      verdict: 'allowed',
      decidedBy: { object: { kind: 'AuthorizationPolicy', namespace: 'shop', name: 'orders-callers' } },
      dependsOn: [],
    });
  });

  it.each([
    ['one that it does not name', 'shop/Deployment/search'],
    ['one outside of the mesh', 'shop/Deployment/reports'],
    ['one of another mesh', 'bank/Deployment/portal'],
    ['callers that no metric names', 'unmeshed'],
  ])('%s is denied', (_who, from) => {
    expect(answerOf(small, from, 'shop/Service/orders')).toMatchObject({ verdict: 'denied', refusal: 403 });
  });

  it('a policy that is void lets nobody in', () => {
    expect(answerOf(small, 'shop/Deployment/checkout', 'shop/Service/payments').verdict).toBe('denied');
  });

  it('a port without a Server follows the default, which is assumed unless it was said', () => {
    const answer = answerOf(small, 'unmeshed', 'shop/Service/catalog');
    expect(answer).toMatchObject({ verdict: 'allowed', assumed: [expect.stringContaining('LINKERD_DEFAULT_INBOUND_POLICY')] });
    const strict = worldOf(SMALL_MESH.objects, { LINKERD_DEFAULT_INBOUND_POLICY: 'all-authenticated' }).world;
    expect(answerOf(strict, 'unmeshed', 'shop/Service/catalog')).toMatchObject({ verdict: 'denied', assumed: [] });
    expect(answerOf(strict, 'shop/Deployment/web', 'shop/Service/catalog').verdict).toBe('allowed');
  });

  it('an identity is as good as the workload that has it', () => {
    const as = (name: string) => answerOf(small, { tag: 'peer', identity: { tag: 'mutual-tls', name } }, 'shop/Service/orders').verdict;
    expect(as('web.shop.serviceaccount.identity.linkerd.cluster.local')).toBe('allowed');
    expect(as('web.other.serviceaccount.identity.linkerd.cluster.local')).toBe('denied');
    expect(as('spiffe://cluster.local/ns/shop/sa/web')).toBe('denied');
  });

  it('a caller of whom nothing is known is unknown, and that is what it depends on', () => {
    const answer = answerOf(small, { tag: 'peer', identity: { tag: 'unknown' } }, 'shop/Service/orders');
    expect(answer).toMatchObject({ verdict: 'unknown', dependsOn: ["the client's identity"] });
    expect(answerOf(small, 'nowhere/Deployment/web', 'shop/Service/orders').verdict).toBe('unknown');
  });

  it('pods without a proxy enforce nothing, so that it depends on which pod takes the call', () => {
    const old = kept('pods', 'orders-abc-9', { labels: { app: 'orders' }, owner: { kind: 'ReplicaSet', name: 'orders-abc' } });
    const { world } = worldOf([...SMALL_MESH.objects, old]);
    expect(answerOf(world, 'shop/Deployment/web', 'shop/Service/orders').verdict).toBe('allowed');
    expect(answerOf(world, 'shop/Deployment/search', 'shop/Service/orders')).toMatchObject({
      verdict: 'unknown',
      dependsOn: ['which of the pods takes the call'],
    });
  });

  it('a Service reaches no pods but those that it selects', () => {
    const canary = kept('pods', 'orders-abc-9', {
      labels: { app: 'orders', track: 'canary' },
      owner: { kind: 'ReplicaSet', name: 'orders-abc' },
    });
    const stable = spec('services', 'canary', { selector: { app: 'orders', track: 'canary' }, ports: [{ port: 80, targetPort: 8080 }] });
    const { world } = worldOf([...SMALL_MESH.objects, canary, stable]);
    // The canary has no proxy.
    expect(answerOf(world, 'shop/Deployment/search', 'shop/Service/canary').verdict).toBe('allowed');
    expect(answerOf(world, 'shop/Deployment/search', 'shop/Service/orders').verdict).toBe('unknown');
  });

  it('so do some pods of a caller', () => {
    const old = kept('pods', 'web-abc-9', { labels: { app: 'web' }, owner: { kind: 'ReplicaSet', name: 'web-abc' } });
    const { world } = worldOf([...SMALL_MESH.objects, old]);
    expect(answerOf(world, 'shop/Deployment/web', 'shop/Service/orders').dependsOn).toEqual(['which of the pods calls']);
  });
});

describe('in Istio', () => {
  it('a principal that the policy names is allowed, others are denied', () => {
    expect(answerOf(small, 'bank/Deployment/portal', 'bank/Service/ledger')).toMatchObject({
      verdict: 'allowed',
      decidedBy: { object: { kind: 'AuthorizationPolicy', namespace: 'bank', name: 'ledger' } },
    });
    expect(answerOf(small, 'bank/Deployment/ledger-db', 'bank/Service/ledger')).toMatchObject({ verdict: 'denied', refusal: 403 });
  });

  it('plain text is refused where mutual TLS is required', () => {
    for (const from of ['legacy/Deployment/crm', 'shop/Deployment/web']) {
      expect(answerOf(small, from, 'bank/Service/portal')).toMatchObject({
        verdict: 'denied',
        refusal: 'reset',
        decidedBy: { object: { kind: 'PeerAuthentication', name: 'default' } },
      });
    }
  });

  describe('a DestinationRule that sends plain text', () => {
    const rule = (host: string, more: object = {}, namespace = 'bank') => ({
      ...spec('istioDestinationRules', 'plain', { host, trafficPolicy: { tls: { mode: 'DISABLE' } }, ...more }),
      namespace,
    });
    const portalTo = (...rules: readonly KeptObject[]) =>
      answerOf(worldOf([...SMALL_MESH.objects, ...rules]).world, 'bank/Deployment/portal', 'bank/Service/ledger');

    it('makes a caller be refused, and is named', () => {
      const answer = portalTo(rule('ledger'));
      expect(answer).toMatchObject({ verdict: 'denied', refusal: 'reset' });
      expect(answer.remarks).toEqual([expect.stringContaining('DestinationRule bank/plain (spec.trafficPolicy.tls.mode)')]);
    });

    it.each([
      ['by its whole name', rule('ledger.bank.svc.cluster.local')],
      ['by a wildcard', rule('*.bank.svc.cluster.local')],
      ['from the root namespace', rule('ledger.bank.svc.cluster.local', {}, 'istio-system')],
      ['for its port', rule('ledger', { trafficPolicy: { portLevelSettings: [{ port: { number: 80 }, tls: { mode: 'SIMPLE' } }] } })],
    ])('names the host %s', (_how, object) => {
      expect(portalTo(kept('namespaces', 'istio-system', { namespace: 'istio-system' }), object).verdict).toBe('denied');
    });

    it.each([
      ['of another host', rule('portal')],
      ['of a short name from elsewhere', rule('ledger', {}, 'istio-system')],
      ['that is not exported', rule('ledger.bank.svc.cluster.local', { exportTo: ['.'] }, 'istio-system')],
      ['of other clients', rule('ledger', { workloadSelector: { matchLabels: { app: 'other' } } })],
      [
        'whose port says otherwise',
        rule('ledger', { trafficPolicy: { tls: { mode: 'DISABLE' }, portLevelSettings: [{ port: { number: 80 } }] } }),
      ],
      ['that is less exact than another', rule('*.bank.svc.cluster.local')],
    ])('%s makes no difference', (_how, object) => {
      const exact = {
        ...spec('istioDestinationRules', 'z-exact', { host: 'ledger', trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL' } } }),
        namespace: 'bank',
      };
      expect(portalTo(object, ...(object.spec?.host === '*.bank.svc.cluster.local' ? [exact] : [])).verdict).toBe('allowed');
    });
  });

  it('in ambient a policy holds by identity', () => {
    const objects = inBank([
      ...deployment('front', { annotated: AMBIENT }),
      ...deployment('other', { annotated: AMBIENT }),
      ...deployment('back', { annotated: AMBIENT }),
      service('back'),
      spec('istioAuthorizationPolicies', 'back', {
        selector: { matchLabels: { app: 'back' } },
        rules: [{ from: [{ source: { principals: ['cluster.local/ns/bank/sa/front'] } }] }],
      }),
    ]);
    const { world } = worldOf(objects);
    expect(answerOf(world, 'bank/Deployment/front', 'bank/Service/back').verdict).toBe('allowed');
    expect(answerOf(world, 'bank/Deployment/other', 'bank/Service/back')).toMatchObject({ verdict: 'denied', refusal: 'reset' });
  });

  it('in ambient only callers whose calls ztunnel carries pass the waypoint of the Service that they call', () => {
    const objects = inBank([
      ...deployment('front', { annotated: AMBIENT }),
      ...deployment('portal', { injected: SIDECAR }),
      ...deployment('back', { annotated: AMBIENT }),
      { ...service('back'), labels: { 'istio.io/use-waypoint': 'way' } },
      service('past', [{ port: 81, targetPort: 8080 }], { selector: { app: 'back' } }),
      spec('gateways', 'way', { gatewayClassName: 'istio-waypoint' }, { status: { conditions: [{ type: 'Programmed', status: 'True' }] } }),
      spec('istioAuthorizationPolicies', 'closed', { targetRefs: [{ kind: 'Service', name: 'back' }] }),
    ]);
    const { world } = worldOf(objects);
    const verdicts = (to: string) => ['front', 'portal'].map((name) => answerOf(world, `bank/Deployment/${name}`, to));
    expect(verdicts('bank/Service/back')).toMatchObject([
      { verdict: 'denied', refusal: 403, assumed: [] },
      { verdict: 'allowed', assumed: [] },
    ]);
    expect(verdicts('bank/Service/past')).toMatchObject([{ verdict: 'allowed' }, { verdict: 'allowed' }]);
    // Which Service stands between is not said where a workload is called.
    expect(verdicts('bank/Deployment/back')).toMatchObject([
      { verdict: 'unknown', dependsOn: ['which Service is called'] },
      { verdict: 'allowed' },
    ]);
  });
});

it('in no mesh everybody is let in', () => {
  expect(answerOf(small, 'unmeshed', 'legacy/Service/crm')).toMatchObject({
    verdict: 'allowed',
    decidedBy: { says: 'Deployment crm is in no mesh, so no policy of a mesh is enforced there.' },
  });
});

describe('what is called', () => {
  const ask = (to: string, port?: number) => checkAccess(small, { from: node('shop/Deployment/web'), to, port, call: unknownCall('http') });

  it('is a port of a Service, or of a workload’s pods', () => {
    expect(ask('shop/Service/orders', 80)).toMatchObject({ tag: 'judged', parts: [{ port: 8080 }] });
    expect(ask('shop/Deployment/orders', 8080)).toMatchObject({ tag: 'judged', answer: { verdict: 'allowed' } });
    expect(ask('shop/Service/orders', 8080)).toEqual({ tag: 'no-port', ports: [80] });
    expect(ask('shop/Service/nothing')).toEqual({ tag: 'nobody' });
    expect(ask('moon/Service/orders')).toEqual({ tag: 'nobody' });
  });

  it('is every port where none is given, and what differs is said', () => {
    const ports = [{ containerPort: 8080 }, { containerPort: 9090 }];
    const { world } = worldOf([
      ...deployment('web', { injected: LINKERD }),
      ...deployment('api', { injected: LINKERD, ports }),
      server('api-http', 'api'),
    ]);
    const result = checkAccess(world, {
      from: node('shop/Deployment/web'),
      to: 'shop/Deployment/api',
      port: undefined,
      call: unknownCall('http'),
    });
    expect(result).toMatchObject({ tag: 'judged', answer: { verdict: 'unknown', dependsOn: ['the port that is called'] } });
  });

  it('that is scaled to zero is judged as it would be, which is said', () => {
    const answer = answerOf(small, 'shop/Deployment/web', 'shop/Service/gift-cards');
    expect(answer.verdict).toBe('allowed');
    expect(answer.assumed).toEqual(expect.arrayContaining([expect.stringContaining('Deployment gift-cards has no pods')]));
  });

  it('of which the policies could not be read says so', () => {
    const { world } = worldOf(SMALL_MESH.objects, {}, ['linkerdServers', 'istioAuthorizationPolicies']);
    const { assumed } = answerOf(world, 'shop/Deployment/web', 'shop/Service/orders');
    expect(assumed).toEqual([expect.stringContaining('Server.policy.linkerd.io')]);
    expect(assumed.join()).not.toContain('AuthorizationPolicy');
  });
});

describe('what is read', () => {
  it('is both ends and Istio’s root namespace, in one batch', () => {
    const { world, reads } = worldOf(SMALL_MESH.objects);
    answerOf(world, 'bank/Deployment/portal', 'shop/Service/orders');
    expect(reads).toEqual([['bank', 'istio-system', 'shop']]);
  });

  it('is a namespace that a policy refers to as well', () => {
    const objects = [
      ...deployment('web', { injected: LINKERD }),
      ...deployment('api', { injected: LINKERD }),
      server('api-http', 'api'),
      spec('linkerdAuthorizationPolicies', 'api', {
        targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: 'api-http' },
        requiredAuthenticationRefs: [{ group: 'policy.linkerd.io', kind: 'MeshTLSAuthentication', name: 'clients', namespace: 'platform' }],
      }),
      {
        ...spec('linkerdMeshTlsAuthentications', 'clients', { identities: ['web.shop.serviceaccount.identity.linkerd.cluster.local'] }),
        namespace: 'platform',
      },
    ];
    const { world, reads } = worldOf(objects);
    expect(answerOf(world, 'shop/Deployment/web', 'shop/Deployment/api', { port: 8080 }).verdict).toBe('allowed');
    expect(reads).toEqual([['istio-system', 'shop'], ['platform']]);
  });
});

it('a machine of Istio’s proves itself', () => {
  const entry = spec('istioWorkloadEntries', 'mainframe', {
    address: '10.0.0.1',
    labels: { app: 'mainframe' },
    serviceAccount: 'mainframe',
  });
  const { world } = worldOf([
    ...inBank([entry, ...deployment('api', { injected: SIDECAR })]),
    ...inBank([
      spec('istioAuthorizationPolicies', 'api', {
        rules: [{ from: [{ source: { principals: ['cluster.local/ns/bank/sa/mainframe'] } }] }],
      }),
    ]),
  ]);
  const answer = answerOf(world, 'bank/WorkloadEntry/mainframe', 'bank/Deployment/api', { port: 8080 });
  expect(answer).toMatchObject({ verdict: 'allowed', assumed: [expect.stringContaining('is a machine')] });
});
