import { portLevelMtls } from '../../../../../src/policy/analyze/checks/port-level-mtls.ts';
import { describeCheck } from '../describe-check.ts';
import { peerAuthentication, worldWith } from '../world.ts';

describeCheck(portLevelMtls, [
  [
    'no selector',
    worldWith(peerAuthentication('p', { portLevelMtls: { 8080: { mode: 'DISABLE' } } })),
    ['error MESH0506 PeerAuthentication shop/p spec.portLevelMtls'],
  ],
  [
    'the Service’s port, and none',
    worldWith(
      peerAuthentication('p', {
        selector: { matchLabels: { app: 'web' } },
        portLevelMtls: { 80: { mode: 'DISABLE' }, http: { mode: 'STRICT' } },
      }),
    ),
    [
      'error MESH0506 PeerAuthentication shop/p spec.portLevelMtls.http',
      'warning MESH0506 PeerAuthentication shop/p spec.portLevelMtls["80"]',
    ],
  ],
  [
    'the container’s port',
    worldWith(peerAuthentication('p', { selector: { matchLabels: { app: 'web' } }, portLevelMtls: { 8080: { mode: 'DISABLE' } } })),
    [],
  ],
]);
