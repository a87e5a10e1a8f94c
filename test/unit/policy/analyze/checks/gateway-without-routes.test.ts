import { gatewayWithoutRoutes } from '../../../../../src/policy/analyze/checks/gateway-without-routes.ts';
import { describeCheck } from '../describe-check.ts';
import { gateway, PROXY, worldWith } from '../world.ts';

describeCheck(gatewayWithoutRoutes, [
  [
    'a Gateway that no VirtualService uses',
    worldWith(gateway('idle', { selector: PROXY, servers: [{ port: { number: 81 }, hosts: ['x'] }] })),
    ['info MESH0303 Gateway shop/idle spec'],
  ],
  ['one between clusters', worldWith(gateway('east-west', { servers: [{ hosts: ['*.local'], tls: { mode: 'AUTO_PASSTHROUGH' } }] })), []],
]);
