import { faultInjection } from '../../../../../src/policy/analyze/checks/fault-injection.ts';
import { describeCheck } from '../describe-check.ts';
import { to, virtualService, worldWith } from '../world.ts';

describeCheck(faultInjection, [
  [
    'nothing to do',
    worldWith(virtualService('web', { hosts: ['web'], http: [{ route: [to('web')], fault: {} }] })),
    ['error MESH0107 VirtualService shop/web spec.http[0].fault'],
  ],
  [
    'no delay, no status',
    worldWith(
      virtualService('web', {
        hosts: ['web'],
        http: [{ route: [to('web')], fault: { delay: { percentage: { value: 50 } }, abort: { percentage: { value: 10 } } } }],
      }),
    ),
    [
      'error MESH0107 VirtualService shop/web spec.http[0].fault.abort',
      'error MESH0107 VirtualService shop/web spec.http[0].fault.delay.fixedDelay',
    ],
  ],
  [
    'percentages out of range',
    worldWith(
      virtualService('web', {
        hosts: ['web'],
        http: [
          {
            route: [to('web')],
            fault: { delay: { fixedDelay: '5s', percentage: { value: 101 } }, abort: { httpStatus: 503, percentage: { value: -1 } } },
          },
        ],
      }),
    ),
    [
      'error MESH0107 VirtualService shop/web spec.http[0].fault.abort.percentage.value',
      'error MESH0107 VirtualService shop/web spec.http[0].fault.delay.percentage.value',
    ],
  ],
  [
    'no percentage',
    worldWith(virtualService('web', { hosts: ['web'], http: [{ route: [to('web')], fault: { delay: { fixedDelay: '5s' } } }] })),
    ['warning MESH0107 VirtualService shop/web spec.http[0].fault.delay'],
  ],
  [
    'too small a percentage',
    worldWith(
      virtualService('web', {
        hosts: ['web'],
        http: [{ route: [to('web')], fault: { delay: { fixedDelay: '5s', percentage: { value: 0.00001 } } } }],
      }),
    ),
    ['warning MESH0107 VirtualService shop/web spec.http[0].fault.delay.percentage.value'],
  ],
  [
    'a status that is none',
    worldWith(
      virtualService('web', {
        hosts: ['web'],
        http: [{ route: [to('web')], fault: { abort: { httpStatus: 99, percentage: { value: 10 } } } }],
      }),
    ),
    ['error MESH0107 VirtualService shop/web spec.http[0].fault.abort.httpStatus'],
  ],
  [
    'half of the requests late, a tenth refused',
    worldWith(
      virtualService('web', {
        hosts: ['web'],
        http: [
          {
            route: [to('web')],
            fault: { delay: { fixedDelay: '5s', percentage: { value: 50 } }, abort: { httpStatus: 503, percentage: { value: 10 } } },
          },
        ],
      }),
    ),
    [],
  ],
]);
