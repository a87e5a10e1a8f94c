import { peerAuthenticationConflict } from '../../../../../src/policy/analyze/checks/peer-authentication-conflict.ts';
import { describeCheck } from '../describe-check.ts';
import { peerAuthentication, worldWith } from '../world.ts';

describeCheck(peerAuthenticationConflict, [
  [
    'two for the namespace',
    worldWith(peerAuthentication('a', {}), peerAuthentication('b', { selector: { matchLabels: {} } })),
    ['warning MESH0507 PeerAuthentication shop/a spec', 'warning MESH0507 PeerAuthentication shop/b spec'],
  ],
  [
    'two for one workload',
    worldWith(
      peerAuthentication('a', { selector: { matchLabels: { app: 'web' } } }),
      peerAuthentication('b', { selector: { matchLabels: { version: 'v2' } } }),
    ),
    ['warning MESH0507 PeerAuthentication shop/a spec', 'warning MESH0507 PeerAuthentication shop/b spec'],
  ],
  [
    'one for the namespace and one for a workload',
    worldWith(peerAuthentication('a', {}), peerAuthentication('b', { selector: { matchLabels: { app: 'web' } } })),
    [],
  ],
]);
