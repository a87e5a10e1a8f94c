import { retryBudget } from '../../../../../src/policy/analyze/checks/retry-budget.ts';
import { describeCheck } from '../describe-check.ts';
import { to, virtualService, worldWith } from '../world.ts';

describeCheck(retryBudget, [
  [
    'a try longer than the whole',
    worldWith(virtualService('web', { hosts: ['web'], http: [{ timeout: '1s', retries: { attempts: 1, perTryTimeout: '2s' } }] })),
    ['warning MESH0105 VirtualService shop/web spec.http[0].retries.perTryTimeout'],
  ],
  [
    'tries that do not fit',
    worldWith(virtualService('web', { hosts: ['web'], http: [{ timeout: '5s', retries: { attempts: 3, perTryTimeout: '2s' } }] })),
    ['warning MESH0105 VirtualService shop/web spec.http[0].retries.perTryTimeout'],
  ],
  [
    'just fitting, and none where the time-out is off',
    worldWith(
      virtualService('web', {
        hosts: ['web'],
        http: [
          { timeout: '6s', retries: { attempts: 3, perTryTimeout: '2000ms' } },
          { timeout: '0s', retries: { attempts: 9, perTryTimeout: '1m' } },
        ],
      }),
    ),
    [],
  ],
  [
    'no durations',
    worldWith(virtualService('web', { hosts: ['web'], http: [{ timeout: '5', retries: { attempts: 1, perTryTimeout: '-1s' } }] })),
    [
      'error MESH0105 VirtualService shop/web spec.http[0].retries.perTryTimeout',
      'error MESH0105 VirtualService shop/web spec.http[0].timeout',
    ],
  ],
  [
    'retries that are off and say more',
    worldWith(virtualService('web', { hosts: ['web'], http: [{ route: [to('web')], retries: { attempts: 0, retryOn: '5xx' } }] })),
    ['error MESH0105 VirtualService shop/web spec.http[0].retries.attempts'],
  ],
  [
    'negative, and a condition that is none',
    worldWith(virtualService('web', { hosts: ['web'], http: [{ retries: { attempts: -1, retryOn: '5xx, 503,connection-failure' } }] })),
    [
      'error MESH0105 VirtualService shop/web spec.http[0].retries.attempts',
      'error MESH0105 VirtualService shop/web spec.http[0].retries.retryOn',
    ],
  ],
]);
