import { linkerdServerPort } from '../../../../../src/policy/analyze/checks/linkerd-server-port.ts';
import { describeCheck } from '../describe-check.ts';
import { apps, PAY, payWith, server, workload } from '../linkerd-world.ts';
import { other } from '../world.ts';

describeCheck(linkerdServerPort, [
  [
    'a name that no container has',
    payWith(server('x', { podSelector: apps('api'), port: 'web' })),
    ['warning MESH0703 Server pay/x spec.port'],
  ],
  [
    'a number that no container declares',
    payWith(server('x', { podSelector: apps('api'), port: 80 })),
    ['warning MESH0703 Server pay/x spec.port'],
  ],
  ['a number where containers declare none', payWith(server('x', { podSelector: apps('client'), port: 80 })), []],
  ['a name that one of several workloads has', payWith(server('x', { podSelector: {}, port: 'client' })), []],
  [
    'a port of a native sidecar',
    payWith(
      other(
        'apps/v1',
        'Deployment',
        'api',
        {
          spec: {
            template: {
              metadata: { labels: { app: 'api' } },
              spec: {
                containers: [{ ports: [{ containerPort: 8080 }] }],
                initContainers: [{ ports: [{ containerPort: 9990, name: 'side' }] }],
              },
            },
          },
        },
        PAY,
      ),
      server('x', { podSelector: apps('api'), port: 'side' }),
    ),
    ['warning MESH0703 Server pay/api-http spec.port', 'warning MESH0703 Server pay/api-grpc spec.port'],
  ],
  [
    'a port of UDP',
    payWith(workload('dns', [{ containerPort: 53, name: 'dns', protocol: 'UDP' }]), server('x', { podSelector: apps('dns'), port: 'dns' })),
    ['warning MESH0703 Server pay/x spec.port'],
  ],
  ['machines outside', payWith(server('x', { externalWorkloadSelector: apps('vm'), port: 80 })), []],
  ['nothing selected', payWith(server('x', { podSelector: apps('none'), port: 80 })), []],
]);
