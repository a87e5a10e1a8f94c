import { locality } from '../../../../../src/policy/analyze/checks/locality.ts';
import { describeCheck } from '../describe-check.ts';
import { destinationRule, worldWith } from '../world.ts';

describeCheck(locality, [
  [
    'shares that do not add up',
    worldWith(
      destinationRule('web', {
        host: 'web',
        trafficPolicy: { outlierDetection: {}, loadBalancer: { localityLbSetting: { distribute: [{ from: 'a', to: { a: 80, b: 10 } }] } } },
      }),
    ),
    ['error MESH0203 DestinationRule shop/web spec.trafficPolicy.loadBalancer.localityLbSetting.distribute[0].to'],
  ],
  [
    'a share of nothing',
    worldWith(
      destinationRule('web', {
        host: 'web',
        trafficPolicy: {
          outlierDetection: {},
          loadBalancer: { localityLbSetting: { distribute: [{ from: 'a', to: { a: 100, 'b/c': 0 } }] } },
        },
      }),
    ),
    ['error MESH0203 DestinationRule shop/web spec.trafficPolicy.loadBalancer.localityLbSetting.distribute[0].to["b/c"]'],
  ],
  [
    'distribute and failover',
    worldWith(
      destinationRule('web', {
        host: 'web',
        trafficPolicy: {
          outlierDetection: {},
          loadBalancer: { localityLbSetting: { distribute: [{ from: 'a', to: { a: 100 } }], failover: [{ from: 'a', to: 'b' }] } },
        },
      }),
    ),
    ['error MESH0203 DestinationRule shop/web spec.trafficPolicy.loadBalancer.localityLbSetting'],
  ],
  [
    'failover to itself and to a zone',
    worldWith(
      destinationRule('web', {
        host: 'web',
        trafficPolicy: {
          outlierDetection: {},
          loadBalancer: {
            localityLbSetting: {
              failover: [
                { from: 'a', to: 'a' },
                { from: 'a', to: 'b/c' },
              ],
            },
          },
        },
      }),
    ),
    [
      'error MESH0203 DestinationRule shop/web spec.trafficPolicy.loadBalancer.localityLbSetting.failover[0]',
      'error MESH0203 DestinationRule shop/web spec.trafficPolicy.loadBalancer.localityLbSetting.failover[1]',
    ],
  ],
  [
    'failover that never comes',
    worldWith(
      destinationRule('web', {
        host: 'web',
        trafficPolicy: { loadBalancer: { localityLbSetting: { failover: [{ from: 'a', to: 'b' }] } } },
      }),
    ),
    ['warning MESH0203 DestinationRule shop/web spec.trafficPolicy.loadBalancer.localityLbSetting'],
  ],
  [
    '80 and 20',
    worldWith(
      destinationRule('web', {
        host: 'web',
        trafficPolicy: {
          outlierDetection: {},
          loadBalancer: { localityLbSetting: { distribute: [{ from: 'a/*', to: { 'a/*': 80, 'b/*': 20 } }] } },
        },
      }),
    ),
    [],
  ],
]);
