import { linkerdOpaquePort } from '../../../../../src/policy/analyze/checks/linkerd-opaque-port.ts';
import { describeCheck } from '../describe-check.ts';
import { annotated, apps, PAY, payService, payWith, server, workload } from '../linkerd-world.ts';
import { other } from '../world.ts';

describeCheck(linkerdOpaquePort, [
  [
    'NATS without the annotation',
    payWith(workload('x', [{ containerPort: 4222 }])),
    ['warning MESH0906 Deployment pay/x spec.template.metadata.annotations'],
  ],
  [
    'a database that the annotation leaves out',
    payWith(workload('x', [{ containerPort: 5432 }], { 'config.linkerd.io/opaque-ports': '3306' })),
    ['warning MESH0906 Deployment pay/x spec.template.metadata.annotations'],
  ],
  ['a database by Linkerd’s own list', payWith(workload('x', [{ containerPort: 5432 }])), []],
  [
    'NATS by the namespace',
    payWith(
      annotated('pay', { 'linkerd.io/inject': 'enabled', 'config.linkerd.io/opaque-ports': '4222,6379' }),
      workload('x', [{ containerPort: 4222 }]),
    ),
    [],
  ],
  [
    'NATS by a Server',
    payWith(workload('x', [{ containerPort: 4222 }]), server('x', { podSelector: apps('x'), port: 4222, proxyProtocol: 'opaque' })),
    [],
  ],
  ['NATS skipped', payWith(workload('x', [{ containerPort: 4222 }], { 'config.linkerd.io/skip-inbound-ports': '4222' })), []],
  ['NATS’s monitoring, which is HTTP', payWith(workload('x', [{ containerPort: 8222 }])), []],
  ['NATS outside of the mesh', payWith(workload('x', [{ containerPort: 4222 }], { 'linkerd.io/inject': 'disabled' })), []],
  [
    'a Service that does not say so',
    payWith(payService('nats', 'nats', [{ port: 4222 }])),
    ['warning MESH0906 Service pay/nats spec.ports[0]'],
  ],
  [
    'a Service with another port',
    payWith(payService('nats', 'nats', [{ port: 80, targetPort: 'client' }], { 'config.linkerd.io/opaque-ports': '4222' })),
    ['warning MESH0906 Service pay/nats spec.ports[0]'],
  ],
  ['a Service that says its protocol', payWith(payService('nats', 'nats', [{ port: 4222, appProtocol: 'linkerd.io/opaque' }])), []],
  ['a Service of nothing opaque', payWith(payService('x', 'api', [{ port: 80, targetPort: 8080 }])), []],
  [
    'a CronJob',
    payWith(
      other(
        'batch/v1',
        'CronJob',
        'x',
        { spec: { jobTemplate: { spec: { template: { spec: { containers: [{ ports: [{ containerPort: 6222 }] }] } } } } } },
        PAY,
      ),
    ),
    ['warning MESH0906 CronJob pay/x spec.jobTemplate.spec.template.metadata.annotations'],
  ],
  ['a list that is not kept', payWith(workload('x', [{ containerPort: 4222 }], { 'config.linkerd.io/opaque-ports': '(not kept)' })), []],
]);
