import { annotationPlace } from '../../../../../src/policy/analyze/checks/annotation-place.ts';
import { describeCheck } from '../describe-check.ts';
import { PAY, payWith, workload } from '../linkerd-world.ts';
import { other } from '../world.ts';

const marked = (annotations: Readonly<Record<string, string>>) => workload('x', [], {}, 'Deployment', { annotations });

describeCheck(annotationPlace, [
  [
    'injection on the Deployment',
    payWith(marked({ 'linkerd.io/inject': 'enabled' })),
    ['warning MESH0909 Deployment pay/x metadata.annotations["linkerd.io/inject"]'],
  ],
  [
    'ports on the Deployment',
    payWith(marked({ 'config.linkerd.io/opaque-ports': '4222' })),
    ['warning MESH0909 Deployment pay/x metadata.annotations["config.linkerd.io/opaque-ports"]'],
  ],
  [
    'Istio’s',
    payWith(marked({ 'sidecar.istio.io/inject': 'false' })),
    ['warning MESH0909 Deployment pay/x metadata.annotations["sidecar.istio.io/inject"]'],
  ],
  [
    'in both places',
    payWith(workload('x', [], { 'linkerd.io/inject': 'enabled' }, 'Deployment', { annotations: { 'linkerd.io/inject': 'enabled' } })),
    [],
  ],
  ['annotations of others', payWith(marked({ 'linkerd.io/created-by': 'linkerd/cli', 'example.com/a': 'b' })), []],
  [
    'a pod, which is where they belong',
    payWith(other('v1', 'Pod', 'x', {}, { ...PAY, annotations: { 'linkerd.io/inject': 'enabled' } })),
    [],
  ],
]);
