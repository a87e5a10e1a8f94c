import { linkerdFailureAccrual } from '../../../../../src/policy/analyze/checks/linkerd-failure-accrual.ts';
import { describeCheck } from '../describe-check.ts';
import { payService, payWith } from '../linkerd-world.ts';

const breaking = (settings: Readonly<Record<string, string>>, more: Readonly<Record<string, string>> = {}) =>
  payService('x', 'api', [{ port: 80 }], {
    ...Object.fromEntries(Object.entries(settings).map(([name, value]) => [`balancer.linkerd.io/failure-accrual${name}`, value])),
    ...more,
  });

describeCheck(linkerdFailureAccrual, [
  [
    'a mode that there is not',
    payWith(breaking({ '': 'on' })),
    ['error MESH0902 Service pay/x metadata.annotations["balancer.linkerd.io/failure-accrual"]'],
  ],
  [
    'settings without a mode',
    payWith(breaking({ '-consecutive-max-failures': '3' })),
    ['warning MESH0902 Service pay/x metadata.annotations["balancer.linkerd.io/failure-accrual-consecutive-max-failures"]'],
  ],
  [
    'no count',
    payWith(breaking({ '': 'consecutive', '-consecutive-max-failures': '-1' })),
    ['error MESH0902 Service pay/x metadata.annotations["balancer.linkerd.io/failure-accrual-consecutive-max-failures"]'],
  ],
  [
    'no duration',
    payWith(breaking({ '': 'consecutive', '-consecutive-max-penalty': '1m30s' })),
    ['error MESH0902 Service pay/x metadata.annotations["balancer.linkerd.io/failure-accrual-consecutive-max-penalty"]'],
  ],
  [
    'the shortest longer than the longest',
    payWith(breaking({ '': 'consecutive', '-consecutive-min-penalty': '2m' })),
    ['error MESH0902 Service pay/x metadata.annotations["balancer.linkerd.io/failure-accrual-consecutive-min-penalty"]'],
  ],
  ['the shortest as long as the longest', payWith(breaking({ '': 'consecutive', '-consecutive-min-penalty': '60s' })), []],
  [
    'no penalty at all',
    payWith(breaking({ '': 'consecutive', '-consecutive-max-penalty': '0', '-consecutive-min-penalty': '0' })),
    ['error MESH0902 Service pay/x metadata.annotations["balancer.linkerd.io/failure-accrual-consecutive-max-penalty"]'],
  ],
  [
    'too much jitter',
    payWith(breaking({ '': 'consecutive', '-consecutive-jitter-ratio': '100.1' })),
    ['error MESH0902 Service pay/x metadata.annotations["balancer.linkerd.io/failure-accrual-consecutive-jitter-ratio"]'],
  ],
  ['the most jitter', payWith(breaking({ '': 'consecutive', '-consecutive-jitter-ratio': '100' })), []],
  [
    'a share of more than all',
    payWith(breaking({ '': 'unified' }, { 'balancer.alpha.linkerd.io/failure-accrual-success-rate-threshold': '95' })),
    ['error MESH0902 Service pay/x metadata.annotations["balancer.alpha.linkerd.io/failure-accrual-success-rate-threshold"]'],
  ],
  ['a share', payWith(breaking({ '': 'unified' }, { 'balancer.alpha.linkerd.io/failure-accrual-success-rate-threshold': '0.95' })), []],
]);
