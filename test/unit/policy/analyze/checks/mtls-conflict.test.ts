import { mtlsConflict } from '../../../../../src/policy/analyze/checks/mtls-conflict.ts';
import { describeCheck } from '../describe-check.ts';
import { deployment, destinationRule, namespace, peerAuthentication, service, worldWith } from '../world.ts';

const ROOT = { namespace: 'istio-system' };
const gate = { app: 'gate' };

describeCheck(mtlsConflict, [
  [
    'mutual TLS to a workload of the root namespace that a policy there means to take it from: such a policy holds nowhere',
    worldWith(
      namespace('istio-system', { 'istio-injection': 'enabled' }),
      service('gate', gate, [{ port: 80, name: 'http', targetPort: 8080 }], ROOT),
      deployment('gate', gate, 8080, ROOT),
      destinationRule('gate', { host: 'gate', trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL' } } }, ROOT),
      peerAuthentication('off', { selector: { matchLabels: gate }, mtls: { mode: 'DISABLE' } }, ROOT),
    ),
    [],
  ],
  [
    'plain text to a server that takes mutual TLS only',
    worldWith(destinationRule('web', { host: 'web', trafficPolicy: { tls: { mode: 'DISABLE' } } })),
    ['error MESH0204 DestinationRule shop/web spec.trafficPolicy.tls.mode'],
  ],
  [
    'ordinary TLS to the same',
    worldWith(
      destinationRule('web', { host: 'web', trafficPolicy: { portLevelSettings: [{ port: { number: 80 }, tls: { mode: 'SIMPLE' } }] } }),
    ),
    ['error MESH0204 DestinationRule shop/web spec.trafficPolicy.portLevelSettings[0].tls.mode'],
  ],
  [
    'mutual TLS to a server that takes plain text only',
    worldWith(
      destinationRule('web', { host: 'web', trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL' } } }),
      peerAuthentication('off', { mtls: { mode: 'DISABLE' } }),
    ),
    ['error MESH0204 DestinationRule shop/web spec.trafficPolicy.tls.mode'],
  ],
  [
    'the same for one port of the workload',
    worldWith(
      destinationRule('web', { host: 'web', trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL' } } }),
      peerAuthentication('off', { selector: { matchLabels: { app: 'web' } }, portLevelMtls: { 8080: { mode: 'DISABLE' } } }),
    ),
    ['error MESH0204 DestinationRule shop/web spec.trafficPolicy.tls.mode'],
  ],
  [
    'another port of the workload',
    worldWith(
      destinationRule('web', { host: 'web', trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL' } } }),
      peerAuthentication('off', { selector: { matchLabels: { app: 'web' } }, portLevelMtls: { 9090: { mode: 'DISABLE' } } }),
    ),
    [],
  ],
  [
    'a server without a proxy',
    worldWith(
      namespace('old', { 'istio-injection': 'disabled' }),
      service('crm', { app: 'crm' }, [{ port: 80 }], { namespace: 'old' }),
      deployment('crm', { app: 'crm' }, 80, { namespace: 'old' }),
      destinationRule('crm', { host: 'crm.old.svc.cluster.local', trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL' } } }),
    ),
    ['error MESH0204 DestinationRule shop/crm spec.trafficPolicy.tls.mode'],
  ],
  [
    'plain text to the same, which is right',
    worldWith(
      namespace('old', { 'istio-injection': 'disabled' }),
      service('crm', { app: 'crm' }, [{ port: 80 }], { namespace: 'old' }),
      deployment('crm', { app: 'crm' }, 80, { namespace: 'old' }),
      destinationRule('crm', { host: 'crm.old.svc.cluster.local', trafficPolicy: { tls: { mode: 'DISABLE' } } }),
    ),
    [],
  ],
  [
    'a host outside the mesh',
    worldWith(destinationRule('bank', { host: 'api.bank.example', trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL' } } })),
    ['error MESH0204 DestinationRule shop/bank spec.trafficPolicy.tls.mode'],
  ],
  [
    'a subset’s own setting',
    worldWith(
      destinationRule('web', {
        host: 'web',
        subsets: [{ name: 'v1', labels: { version: 'v1' }, trafficPolicy: { tls: { mode: 'DISABLE' } } }],
      }),
    ),
    ['error MESH0204 DestinationRule shop/web spec.subsets[0].trafficPolicy.tls.mode'],
  ],
  [
    'plain text where it is taken',
    worldWith(
      destinationRule('web', { host: 'web', trafficPolicy: { tls: { mode: 'DISABLE' } } }),
      peerAuthentication('soft', { mtls: { mode: 'PERMISSIVE' } }),
    ),
    [],
  ],
  [
    'UNSET asks the next level',
    worldWith(
      destinationRule('web', { host: 'web', trafficPolicy: { tls: { mode: 'DISABLE' } } }),
      peerAuthentication('unset', { mtls: { mode: 'UNSET' } }),
    ),
    ['error MESH0204 DestinationRule shop/web spec.trafficPolicy.tls.mode'],
  ],
]);
