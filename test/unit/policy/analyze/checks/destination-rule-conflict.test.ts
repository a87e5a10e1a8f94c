import { destinationRuleConflict } from '../../../../../src/policy/analyze/checks/destination-rule-conflict.ts';
import { describeCheck } from '../describe-check.ts';
import { destinationRule, worldWith } from '../world.ts';

describeCheck(destinationRuleConflict, [
  [
    'two policies for one host',
    worldWith(destinationRule('again', { host: 'web', trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL' } } })),
    ['warning MESH0202 DestinationRule shop/again spec.trafficPolicy', 'warning MESH0202 DestinationRule shop/web spec.trafficPolicy'],
  ],
  [
    'one subset in both',
    worldWith(destinationRule('again', { host: 'web', subsets: [{ name: 'v2', labels: { version: 'v2' } }] })),
    ['warning MESH0202 DestinationRule shop/again spec.subsets[0].name', 'warning MESH0202 DestinationRule shop/web spec.subsets[1].name'],
  ],
  [
    'other subsets, which Istio joins',
    worldWith(destinationRule('again', { host: 'web', subsets: [{ name: 'v3', labels: { version: 'v3' } }] })),
    [],
  ],
  [
    'one for some clients only',
    worldWith(
      destinationRule('again', {
        host: 'web',
        workloadSelector: { matchLabels: { app: 'db' } },
        trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL' } },
      }),
    ),
    [],
  ],
  [
    'one exported elsewhere',
    worldWith(destinationRule('again', { host: 'web', exportTo: ['.'], trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL' } } })),
    [],
  ],
]);
