import { destinationSubset } from '../../../../../src/policy/analyze/checks/destination-subset.ts';
import { describeCheck } from '../describe-check.ts';
import { destinationRule, to, virtualService, worldWith } from '../world.ts';

describeCheck(destinationSubset, [
  [
    'a subset that is not defined',
    worldWith(virtualService('web', { hosts: ['web'], http: [{ route: [to('web', { subset: 'v3' })] }] })),
    ['error IST0101 VirtualService shop/web spec.http[0].route[0].destination.subset'],
  ],
  [
    'a mirror’s',
    worldWith(virtualService('web', { hosts: ['web'], http: [{ route: [to('web')], mirror: { host: 'web', subset: 'v3' } }] })),
    ['error IST0101 VirtualService shop/web spec.http[0].mirror.subset'],
  ],
  [
    'a rule that is kept to another namespace',
    worldWith(
      destinationRule('web', { host: 'web', exportTo: ['vault'], subsets: [{ name: 'v1', labels: { version: 'v1' } }] }),
      virtualService('web', { hosts: ['web'], http: [{ route: [to('web', { subset: 'v1' })] }] }),
    ),
    ['error IST0101 VirtualService shop/web spec.http[0].route[0].destination.subset'],
  ],
  [
    'a rule for a wildcard',
    worldWith(
      destinationRule('all', { host: '*.shop.svc.cluster.local', subsets: [{ name: 'v9', labels: { version: 'v1' } }] }),
      virtualService('web', { hosts: ['web'], http: [{ route: [to('web', { subset: 'v9' })] }] }),
    ),
    [],
  ],
]);
