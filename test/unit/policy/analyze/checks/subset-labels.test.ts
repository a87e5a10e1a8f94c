import { subsetLabels } from '../../../../../src/policy/analyze/checks/subset-labels.ts';
import { describeCheck } from '../describe-check.ts';
import { destinationRule, worldWith } from '../world.ts';

describeCheck(subsetLabels, [
  [
    'no labels',
    worldWith(destinationRule('web', { host: 'web', subsets: [{ name: 'v1' }, { name: 'v2', labels: {} }] })),
    ['warning MESH0201 DestinationRule shop/web spec.subsets[0]', 'warning MESH0201 DestinationRule shop/web spec.subsets[1]'],
  ],
  [
    'one name twice',
    worldWith(
      destinationRule('web', {
        host: 'web',
        subsets: [
          { name: 'v1', labels: { version: 'v1' } },
          { name: 'v1', labels: { version: 'v2' } },
        ],
      }),
    ),
    ['error MESH0201 DestinationRule shop/web spec.subsets[1].name'],
  ],
]);
