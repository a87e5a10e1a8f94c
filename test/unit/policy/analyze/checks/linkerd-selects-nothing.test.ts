import { linkerdSelectsNothing } from '../../../../../src/policy/analyze/checks/linkerd-selects-nothing.ts';
import { describeCheck } from '../describe-check.ts';
import { apps, payWith, server, serverAuthorization } from '../linkerd-world.ts';

const authorizing = (target: unknown) => serverAuthorization('x', { server: target, client: { unauthenticated: true } });

describeCheck(linkerdSelectsNothing, [
  [
    'labels that no pod bears',
    payWith(server('x', { podSelector: apps('none'), port: 80 })),
    ['warning MESH0704 Server pay/x spec.podSelector'],
  ],
  [
    'an expression that no pod meets',
    payWith(server('x', { podSelector: { matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] }, port: 80 })),
    ['warning MESH0704 Server pay/x spec.podSelector'],
  ],
  [
    'an expression that some pod meets',
    payWith(server('x', { podSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['api'] }] }, port: 80 })),
    [],
  ],
  ['every pod', payWith(server('x', { podSelector: {}, port: 80 })), []],
  ['machines outside', payWith(server('x', { externalWorkloadSelector: apps('vm'), port: 80 })), []],
  ['a namespace of which no pod is known', [server('x', { podSelector: apps('none'), port: 80 })], []],
  ['a Server that is not there', payWith(authorizing({ name: 'none' })), ['error MESH0704 ServerAuthorization pay/x spec.server.name']],
  [
    'labels that no Server bears',
    payWith(authorizing({ selector: apps('api') })),
    ['warning MESH0704 ServerAuthorization pay/x spec.server.selector'],
  ],
  [
    'labels of a Server',
    payWith(
      server('labelled', { podSelector: apps('api'), port: 9090 }, { labels: { app: 'api' } }),
      authorizing({ selector: apps('api') }),
    ),
    [],
  ],
  ['every Server', payWith(authorizing({ selector: {} })), []],
  ['manifests without any Server', [authorizing({ selector: apps('api') }), authorizing({ name: 'none' })], []],
]);
