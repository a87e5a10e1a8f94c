import { destinationRuleHost } from '../../../../../src/policy/analyze/checks/destination-rule-host.ts';
import { describeCheck } from '../describe-check.ts';
import { destinationRule, worldWith } from '../world.ts';

describeCheck(destinationRuleHost, [
  [
    'a host that does not exist',
    worldWith(destinationRule('web', { host: 'wbe' })),
    ['warning IST0174 DestinationRule shop/web spec.host'],
  ],
  [
    'a Service of another namespace by its short name',
    worldWith(destinationRule('web', { host: 'gateway' })),
    ['warning IST0174 DestinationRule shop/web spec.host'],
  ],
  [
    'a wildcard, an entry’s host, a namespace that the set does not show',
    worldWith(
      destinationRule('a', { host: '*.local' }),
      destinationRule('b', { host: 'api.bank.example' }),
      destinationRule('c', { host: 'x.elsewhere.svc.cluster.local' }),
    ),
    [],
  ],
]);
