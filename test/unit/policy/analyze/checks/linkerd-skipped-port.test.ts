import { linkerdSkippedPort } from '../../../../../src/policy/analyze/checks/linkerd-skipped-port.ts';
import { describeCheck } from '../describe-check.ts';
import { annotated, payWith, workload } from '../linkerd-world.ts';

const PORTS = [
  { containerPort: 8080, name: 'http' },
  { containerPort: 9090, name: 'grpc' },
];

describeCheck(linkerdSkippedPort, [
  [
    'a port with a Server',
    payWith(workload('api', PORTS, { 'config.linkerd.io/skip-inbound-ports': '8000-8100' })),
    ['warning MESH0905 Server pay/api-http spec.port'],
  ],
  [
    'the same by the namespace',
    payWith(annotated('pay', { 'linkerd.io/inject': 'enabled', 'config.linkerd.io/skip-inbound-ports': '9090' })),
    ['warning MESH0905 Server pay/api-grpc spec.port'],
  ],
  [
    'ports of NATS',
    payWith(workload('x', [], { 'config.linkerd.io/skip-inbound-ports': '4222,6222,7422,8222' })),
    ['warning MESH0905 Deployment pay/x spec.template.metadata.annotations["config.linkerd.io/skip-inbound-ports"]'],
  ],
  [
    'a client of a database',
    payWith(workload('x', [], { 'config.linkerd.io/skip-outbound-ports': '443,27017' })),
    ['warning MESH0905 Deployment pay/x spec.template.metadata.annotations["config.linkerd.io/skip-outbound-ports"]'],
  ],
  ['other ports', payWith(workload('api', PORTS, { 'config.linkerd.io/skip-inbound-ports': '7000' })), []],
  [
    'a workload outside of the mesh',
    payWith(workload('api', PORTS, { 'config.linkerd.io/skip-inbound-ports': '8080', 'linkerd.io/inject': 'disabled' })),
    [],
  ],
]);
