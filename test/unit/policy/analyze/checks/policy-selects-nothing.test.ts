import { policySelectsNothing } from '../../../../../src/policy/analyze/checks/policy-selects-nothing.ts';
import { describeCheck } from '../describe-check.ts';
import {
  authorizationPolicy,
  envoyFilter,
  INGRESS,
  namespace,
  other,
  peerAuthentication,
  requestAuthentication,
  serviceEntry,
  sidecar,
  telemetry,
  worldWith,
} from '../world.ts';

describeCheck(policySelectsNothing, [
  [
    'labels that no workload has',
    worldWith(
      authorizationPolicy('web', { selector: { matchLabels: { app: 'wbe' } } }),
      requestAuthentication('r', { selector: { matchLabels: { app: 'web', version: 'v3' } } }),
      peerAuthentication('p', { selector: { matchLabels: { app: 'x' } } }),
      sidecar('s', { workloadSelector: { labels: { app: 'x' } } }),
      envoyFilter('e', { workloadSelector: { labels: { app: 'x' } } }),
      telemetry('t', { selector: { matchLabels: { app: 'x' } } }),
      serviceEntry('v', { workloadSelector: { labels: { app: 'x' } } }),
    ),
    [
      'AuthorizationPolicy shop/web spec.selector',
      'RequestAuthentication shop/r spec.selector',
      'PeerAuthentication shop/p spec.selector',
      'Sidecar shop/s spec.workloadSelector',
      'EnvoyFilter shop/e spec.workloadSelector',
      'Telemetry shop/t spec.selector',
      'ServiceEntry shop/v spec.workloadSelector',
    ].map((each) => `warning IST0127 ${each}`),
  ],
  [
    'labels of another namespace’s workload',
    worldWith(
      namespace('vault'),
      other('apps/v1', 'Deployment', 'keys', { spec: { template: { metadata: { labels: { app: 'keys' } } } } }, { namespace: 'vault' }),
      authorizationPolicy('web', { selector: { matchLabels: { app: 'keys' } } }),
    ),
    ['warning IST0127 AuthorizationPolicy shop/web spec.selector'],
  ],
  [
    'from the root namespace every workload can be selected',
    worldWith(authorizationPolicy('all', { selector: { matchLabels: { app: 'web' } } }, INGRESS)),
    [],
  ],
  [
    'from another root namespace',
    worldWith(authorizationPolicy('all', { selector: { matchLabels: { app: 'web' } } }, INGRESS)),
    ['warning IST0127 AuthorizationPolicy istio-system/all spec.selector'],
    { rootNamespace: 'mesh' },
  ],
  [
    'a namespace of which the set shows no workload',
    worldWith(authorizationPolicy('x', { selector: { matchLabels: { app: 'x' } } }, { namespace: 'elsewhere' })),
    [],
  ],
  [
    'the same where the set is all there is',
    worldWith(authorizationPolicy('x', { selector: { matchLabels: { app: 'x' } } }, { namespace: 'elsewhere' })),
    ['warning IST0127 AuthorizationPolicy elsewhere/x spec.selector'],
    { complete: true },
  ],
  [
    'a selector without labels',
    worldWith(authorizationPolicy('web', { selector: { matchLabels: {} } })),
    ['warning IST0127 AuthorizationPolicy shop/web spec.selector'],
  ],
  [
    'a target that does not exist',
    worldWith(
      authorizationPolicy('web', {
        targetRefs: [
          { kind: 'Service', group: '', name: 'web' },
          { kind: 'Service', group: '', name: 'wbe' },
        ],
      }),
    ),
    ['error IST0101 AuthorizationPolicy shop/web spec.targetRefs[1].name'],
  ],
]);
