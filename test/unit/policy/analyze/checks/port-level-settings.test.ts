import { portLevelSettings } from '../../../../../src/policy/analyze/checks/port-level-settings.ts';
import { describeCheck } from '../describe-check.ts';
import { destinationRule, worldWith } from '../world.ts';

const rule = (trafficPolicy: unknown) => destinationRule('web', { host: 'web', trafficPolicy });

describeCheck(portLevelSettings, [
  [
    'a port that sets one of two things',
    worldWith(
      rule({
        connectionPool: { tcp: { maxConnections: 1 } },
        outlierDetection: {},
        portLevelSettings: [{ port: { number: 80 }, outlierDetection: {} }],
      }),
    ),
    ['warning MESH0205 DestinationRule shop/web spec.trafficPolicy.portLevelSettings[0]'],
  ],
  [
    'a subset',
    worldWith(
      destinationRule('web', {
        host: 'web',
        subsets: [
          {
            name: 'v1',
            labels: { version: 'v1' },
            trafficPolicy: { tls: { mode: 'DISABLE' }, portLevelSettings: [{ port: { number: 80 }, loadBalancer: { simple: 'RANDOM' } }] },
          },
        ],
      }),
    ),
    ['warning MESH0205 DestinationRule shop/web spec.subsets[0].trafficPolicy.portLevelSettings[0]'],
  ],
  [
    'a port that repeats what the others have',
    worldWith(
      rule({ loadBalancer: { simple: 'RANDOM' }, portLevelSettings: [{ port: { number: 80 }, loadBalancer: { simple: 'RANDOM' } }] }),
    ),
    [],
  ],
  ['nothing but ports', worldWith(rule({ portLevelSettings: [{ port: { number: 80 }, loadBalancer: { simple: 'RANDOM' } }] })), []],
  ['no ports', worldWith(rule({ loadBalancer: { simple: 'RANDOM' } })), []],
]);
