import { linkerdAnnotationWords } from '../../../../../src/policy/analyze/checks/linkerd-annotation-words.ts';
import { describeCheck } from '../describe-check.ts';
import { annotated, payWith, workload } from '../linkerd-world.ts';

describeCheck(linkerdAnnotationWords, [
  [
    'a policy of a namespace',
    payWith(annotated('pay', { 'config.linkerd.io/default-inbound-policy': 'allow' })),
    ['error MESH0901 Namespace pay metadata.annotations["config.linkerd.io/default-inbound-policy"]'],
  ],
  [
    'a policy of pods',
    payWith(workload('x', [], { 'config.linkerd.io/default-inbound-policy': 'Deny' })),
    ['error MESH0901 Deployment pay/x spec.template.metadata.annotations["config.linkerd.io/default-inbound-policy"]'],
  ],
  [
    'injection',
    payWith(workload('x', [], { 'linkerd.io/inject': 'true' })),
    ['error MESH0901 Deployment pay/x spec.template.metadata.annotations["linkerd.io/inject"]'],
  ],
  [
    'injection of a namespace',
    payWith(annotated('x', { 'linkerd.io/inject': '' })),
    ['error MESH0901 Namespace x metadata.annotations["linkerd.io/inject"]'],
  ],
  [
    'a pod by itself',
    payWith({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x', namespace: 'pay', annotations: { 'linkerd.io/inject': 'yes' } } }),
    ['error MESH0901 Pod pay/x metadata.annotations["linkerd.io/inject"]'],
  ],
  [
    'words that it knows',
    payWith(workload('x', [], { 'linkerd.io/inject': 'ingress', 'config.linkerd.io/default-inbound-policy': 'audit' })),
    [],
  ],
  ['what is not kept', payWith(workload('x', [], { 'linkerd.io/inject': '(not kept)' })), []],
]);
