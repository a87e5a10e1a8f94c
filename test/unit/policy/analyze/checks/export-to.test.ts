import { exportTo } from '../../../../../src/policy/analyze/checks/export-to.ts';
import { describeCheck } from '../describe-check.ts';
import { destinationRule, serviceEntry, virtualService, worldWith } from '../world.ts';

describeCheck(exportTo, [
  [
    'everyone and someone',
    worldWith(virtualService('web', { hosts: ['web'], exportTo: ['*', 'vault'] })),
    ['error MESH0004 VirtualService shop/web spec.exportTo'],
  ],
  [
    'the own namespace twice',
    worldWith(serviceEntry('bank', { hosts: ['a'], exportTo: ['.', 'shop'] })),
    ['error MESH0004 ServiceEntry shop/bank spec.exportTo[1]'],
  ],
  [
    'no one',
    worldWith(serviceEntry('bank', { hosts: ['a'], exportTo: ['~'] }), destinationRule('web', { host: 'web', exportTo: ['~'] })),
    ['error MESH0004 DestinationRule shop/web spec.exportTo'],
  ],
  [
    'a rule for some clients, exported',
    worldWith(destinationRule('web', { host: 'web', workloadSelector: { matchLabels: { app: 'db' } }, exportTo: ['vault'] })),
    ['error MESH0004 DestinationRule shop/web spec.exportTo'],
  ],
  [
    'the same for its own namespace',
    worldWith(destinationRule('web', { host: 'web', workloadSelector: { matchLabels: { app: 'db' } }, exportTo: ['.'] })),
    [],
  ],
]);
