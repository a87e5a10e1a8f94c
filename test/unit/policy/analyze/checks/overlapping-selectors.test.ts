import { overlappingSelectors } from '../../../../../src/policy/analyze/checks/overlapping-selectors.ts';
import { describeCheck } from '../describe-check.ts';
import { INGRESS, sidecar, telemetry, worldWith } from '../world.ts';

describeCheck(overlappingSelectors, [
  [
    'two Sidecars for the namespace',
    worldWith(sidecar('again', {})),
    ['error IST0111 Sidecar shop/again spec', 'error IST0111 Sidecar shop/default spec'],
  ],
  [
    'two Sidecars for one workload',
    worldWith(
      sidecar('a', { workloadSelector: { labels: { app: 'web' } } }),
      sidecar('b', { workloadSelector: { labels: { version: 'v1' } } }),
    ),
    ['error IST0110 Sidecar shop/a spec.workloadSelector', 'error IST0110 Sidecar shop/b spec.workloadSelector'],
  ],
  [
    'two Telemetries for the namespace',
    worldWith(telemetry('again', {})),
    ['error IST0160 Telemetry shop/again spec', 'error IST0160 Telemetry shop/default spec'],
  ],
  [
    'two Telemetries with one selector, for workloads that are not in the set',
    worldWith(telemetry('a', { selector: { matchLabels: { app: 'x' } } }), telemetry('b', { selector: { matchLabels: { app: 'x' } } })),
    ['error IST0159 Telemetry shop/a spec.selector', 'error IST0159 Telemetry shop/b spec.selector'],
  ],
  [
    'one for the namespace, one for a workload, one elsewhere',
    worldWith(
      sidecar('web', { workloadSelector: { labels: { app: 'web' } } }),
      sidecar('default', {}, INGRESS),
      telemetry('gateway', { targetRefs: [{ kind: 'Gateway', name: 'x' }] }),
    ),
    [],
  ],
]);
