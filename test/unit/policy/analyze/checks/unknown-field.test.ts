import { unknownField } from '../../../../../src/policy/analyze/checks/unknown-field.ts';
import { describeCheck } from '../describe-check.ts';
import { destinationRule, envoyFilter, other, peerAuthentication, to, virtualService, worldWith } from '../world.ts';

describeCheck(unknownField, [
  [
    'circuitBreaker',
    worldWith(destinationRule('web', { host: 'web', trafficPolicy: { circuitBreaker: { maxConnections: 1 } } })),
    ['error MESH0001 DestinationRule shop/web spec.trafficPolicy.circuitBreaker'],
  ],
  [
    'deep in lists and maps',
    worldWith(
      virtualService('web', {
        hosts: ['web'],
        http: [{ match: [{ headers: { 'x-a': { exakt: 'b' } } }], route: [to('web', { ports: 80 })] }],
      }),
    ),
    [
      'error MESH0001 VirtualService shop/web spec.http[0].match[0].headers["x-a"].exakt',
      'error MESH0001 VirtualService shop/web spec.http[0].route[0].destination.ports',
    ],
  ],
  [
    'a value that is not possible',
    worldWith(peerAuthentication('p', { mtls: { mode: 'strict' }, portLevelMtls: { 80: { mode: 'ON' } } })),
    ['error MESH0001 PeerAuthentication shop/p spec.mtls.mode', 'error MESH0001 PeerAuthentication shop/p spec.portLevelMtls["80"].mode'],
  ],
  [
    'a list where none is, none where one is',
    worldWith(
      virtualService('web', { hosts: 'web', http: { route: [] }, gateways: [['a']] }),
      destinationRule('web', { host: ['web'], trafficPolicy: 'none' }),
    ),
    [
      'error MESH0001 DestinationRule shop/web spec.host',
      'error MESH0001 DestinationRule shop/web spec.trafficPolicy',
      'error MESH0001 VirtualService shop/web spec.gateways[0]',
      'error MESH0001 VirtualService shop/web spec.hosts',
      'error MESH0001 VirtualService shop/web spec.http',
    ],
  ],
  [
    'Envoy’s own fields are not ours to judge',
    worldWith(
      envoyFilter('e', { configPatches: [{ applyTo: 'CLUSTER', patch: { operation: 'MERGE', value: { anything: { at: ['all'] } } } }] }),
    ),
    [],
  ],
  [
    'no spec at all',
    worldWith(other('networking.istio.io/v1', 'DestinationRule', 'web')),
    ['warning MESH0001 DestinationRule shop/web spec'],
  ],
  [
    'another group’s kind of the same name',
    worldWith(other('policy.linkerd.io/v1alpha1', 'AuthorizationPolicy', 'l', { spec: { targetRef: {}, requiredAuthenticationRefs: [] } })),
    [],
  ],
]);
