import { gatewayListeners } from '../../../../../src/policy/analyze/checks/gateway-listeners.ts';
import { describeCheck } from '../describe-check.ts';
import { kubeGateway, payWith } from '../linkerd-world.ts';

const TLS = { certificateRefs: [{ name: 'a' }] };
const listening = (...listeners: readonly object[]) =>
  kubeGateway('edge', { gatewayClassName: 'envoy', listeners: listeners.map((listener, index) => ({ name: `l${index}`, ...listener })) });

describeCheck(gatewayListeners, [
  [
    'two protocols on a port',
    payWith(listening({ port: 80, protocol: 'HTTP' }, { port: 80, protocol: 'TCP' })),
    ['error MESH0807 Gateway pay/edge spec.listeners[1].protocol'],
  ],
  [
    'the same host twice',
    payWith(listening({ port: 80, protocol: 'HTTP', hostname: 'a.example' }, { port: 80, protocol: 'HTTP', hostname: 'A.example' })),
    ['error MESH0807 Gateway pay/edge spec.listeners[1]'],
  ],
  [
    'no host twice',
    payWith(listening({ port: 80, protocol: 'HTTP' }, { port: 80, protocol: 'HTTP' })),
    ['error MESH0807 Gateway pay/edge spec.listeners[1]'],
  ],
  [
    'HTTPS and TLS by their hosts',
    payWith(
      listening(
        { port: 443, protocol: 'HTTPS', hostname: 'a.example', tls: TLS },
        { port: 443, protocol: 'TLS', hostname: 'b.example', tls: { mode: 'Passthrough' } },
      ),
    ),
    [],
  ],
  ['HTTPS without tls', payWith(listening({ port: 443, protocol: 'HTTPS' })), ['error MESH0807 Gateway pay/edge spec.listeners[0]']],
  [
    'HTTPS without a certificate',
    payWith(listening({ port: 443, protocol: 'HTTPS', tls: {} })),
    ['error MESH0807 Gateway pay/edge spec.listeners[0].tls'],
  ],
  [
    'HTTPS that passes through',
    payWith(listening({ port: 443, protocol: 'HTTPS', tls: { mode: 'Passthrough' } })),
    ['error MESH0807 Gateway pay/edge spec.listeners[0].tls.mode'],
  ],
  [
    'HTTP with tls',
    payWith(listening({ port: 80, protocol: 'HTTP', tls: TLS })),
    ['error MESH0807 Gateway pay/edge spec.listeners[0].tls'],
  ],
  [
    'TCP with a host',
    payWith(listening({ port: 9000, protocol: 'TCP', hostname: 'a.example' })),
    ['warning MESH0807 Gateway pay/edge spec.listeners[0].hostname'],
  ],
  ['a protocol of somebody else', payWith(listening({ port: 15008, protocol: 'HBONE' })), []],
]);
