import { linkerdTargetRef } from '../../../../../src/policy/analyze/checks/linkerd-target-ref.ts';
import { describeCheck } from '../describe-check.ts';
import { linkerdPolicy, onServer, payWith, ref } from '../linkerd-world.ts';

const about = (targetRef: unknown) => linkerdPolicy('x', { targetRef, requiredAuthenticationRefs: [] });

describeCheck(linkerdTargetRef, [
  ['a Server that is not there', payWith(about(onServer('none'))), ['error MESH0701 AuthorizationPolicy pay/x spec.targetRef.name']],
  [
    'a Server without its group',
    payWith(about({ kind: 'Server', name: 'api-http' })),
    ['error MESH0701 AuthorizationPolicy pay/x spec.targetRef'],
  ],
  [
    'a route that is not there',
    payWith(about(ref('gateway.networking.k8s.io', 'GRPCRoute', 'none'))),
    ['error MESH0701 AuthorizationPolicy pay/x spec.targetRef.name'],
  ],
  [
    'a route of the other group',
    payWith(about(ref('gateway.networking.k8s.io', 'HTTPRoute', 'probes'))),
    ['error MESH0701 AuthorizationPolicy pay/x spec.targetRef.name'],
  ],
  ['a Deployment', payWith(about(ref('apps', 'Deployment', 'api'))), ['error MESH0701 AuthorizationPolicy pay/x spec.targetRef']],
  [
    'another namespace',
    payWith(about({ kind: 'Namespace', name: 'shop' })),
    ['error MESH0701 AuthorizationPolicy pay/x spec.targetRef.name'],
  ],
  ['its own namespace', payWith(about({ kind: 'Namespace', name: 'pay' })), []],
  ['its own namespace, with the group in words', payWith(about(ref('core', 'Namespace', 'pay'))), []],
  ['other capitals, which Linkerd takes', payWith(about(ref('Policy.Linkerd.io', 'server', 'api-http'))), []],
  ['nothing', payWith(linkerdPolicy('x', { requiredAuthenticationRefs: [] })), ['error MESH0701 AuthorizationPolicy pay/x spec.targetRef']],
  ['manifests without any Server', [about(onServer('none'))], []],
  [
    'the same, said to be complete',
    [about(onServer('none'))],
    ['error MESH0701 AuthorizationPolicy pay/x spec.targetRef.name'],
    { complete: true },
  ],
]);
