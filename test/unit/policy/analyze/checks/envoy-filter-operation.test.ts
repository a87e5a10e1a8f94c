import { envoyFilterOperation } from '../../../../../src/policy/analyze/checks/envoy-filter-operation.ts';
import { describeCheck } from '../describe-check.ts';
import { envoyFilter, worldWith } from '../world.ts';

describeCheck(envoyFilterOperation, [
  [
    'relative to others without a priority',
    worldWith(
      envoyFilter('e', {
        configPatches: [
          { applyTo: 'HTTP_FILTER', patch: { operation: 'INSERT_BEFORE' } },
          { applyTo: 'HTTP_FILTER', patch: { operation: 'INSERT_FIRST' } },
        ],
      }),
    ),
    ['warning IST0151 EnvoyFilter shop/e spec.configPatches[0].patch.operation'],
  ],
  [
    'with one',
    worldWith(envoyFilter('e', { priority: 1, configPatches: [{ applyTo: 'HTTP_FILTER', patch: { operation: 'INSERT_BEFORE' } }] })),
    [],
  ],
  [
    'operations that Istio passes over',
    worldWith(
      envoyFilter('e', {
        priority: 1,
        configPatches: [
          { applyTo: 'CLUSTER', patch: { operation: 'REPLACE' } },
          { applyTo: 'HTTP_ROUTE', patch: { operation: 'ADD' } },
          { applyTo: 'ROUTE_CONFIGURATION', patch: { operation: 'REMOVE' } },
        ],
      }),
    ),
    [
      'error IST0152 EnvoyFilter shop/e spec.configPatches[0].patch.operation',
      'error IST0153 EnvoyFilter shop/e spec.configPatches[1].patch.operation',
      'error IST0154 EnvoyFilter shop/e spec.configPatches[2].patch.operation',
    ],
  ],
]);
