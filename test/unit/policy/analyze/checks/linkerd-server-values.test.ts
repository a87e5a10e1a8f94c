import { linkerdServerValues } from '../../../../../src/policy/analyze/checks/linkerd-server-values.ts';
import { describeCheck } from '../describe-check.ts';
import { apps, payWith, server } from '../linkerd-world.ts';

describeCheck(linkerdServerValues, [
  [
    'a protocol that there is not',
    payWith(server('x', { podSelector: apps('api'), port: 80, proxyProtocol: 'http1' })),
    ['error MESH0706 Server pay/x spec.proxyProtocol'],
  ],
  [
    'another that there is not',
    payWith(server('x', { podSelector: apps('api'), port: 80, proxyProtocol: 'TCP' })),
    ['error MESH0706 Server pay/x spec.proxyProtocol'],
  ],
  [
    'an access policy that there is not',
    payWith(server('x', { podSelector: apps('api'), port: 80, accessPolicy: 'allow' })),
    ['error MESH0706 Server pay/x spec.accessPolicy'],
  ],
  ['a number in quotes', payWith(server('x', { podSelector: apps('api'), port: '80' })), ['error MESH0706 Server pay/x spec.port']],
  ['no port', payWith(server('x', { podSelector: apps('api') })), ['error MESH0706 Server pay/x spec.port']],
  ['a port out of bounds', payWith(server('x', { podSelector: apps('api'), port: 65_536 })), ['error MESH0706 Server pay/x spec.port']],
  ['the last port', payWith(server('x', { podSelector: apps('api'), port: 65_535, proxyProtocol: 'TLS', accessPolicy: 'audit' })), []],
]);
