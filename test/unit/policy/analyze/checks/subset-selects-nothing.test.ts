import { subsetSelectsNothing } from '../../../../../src/policy/analyze/checks/subset-selects-nothing.ts';
import { describeCheck } from '../describe-check.ts';
import { destinationRule, serviceEntry, worldWith } from '../world.ts';

describeCheck(subsetSelectsNothing, [
  [
    'labels that no workload of the host has',
    worldWith(
      destinationRule('web', {
        host: 'web',
        subsets: [
          { name: 'v1', labels: { version: 'v1' } },
          { name: 'v3', labels: { version: 'v3' } },
          { name: 'db', labels: { app: 'db' } },
        ],
      }),
    ),
    ['error IST0173 DestinationRule shop/web spec.subsets[1].labels'],
  ],
  [
    'labels of a workload of another host',
    worldWith(destinationRule('db', { host: 'db', subsets: [{ name: 'v1', labels: { version: 'v1' } }] })),
    ['error IST0173 DestinationRule shop/db spec.subsets[0].labels'],
  ],
  [
    'endpoints that someone else keeps',
    worldWith(
      serviceEntry('bank', { hosts: ['api.bank.example'] }),
      destinationRule('bank', { host: 'api.bank.example', subsets: [{ name: 'eu', labels: { region: 'eu' } }] }),
    ),
    [],
  ],
]);
