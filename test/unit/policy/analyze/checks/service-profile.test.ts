import { serviceProfile } from '../../../../../src/policy/analyze/checks/service-profile.ts';
import { describeCheck } from '../describe-check.ts';
import { payWith, profile } from '../linkerd-world.ts';

describeCheck(serviceProfile, [
  [
    'a Service that is not there',
    payWith(profile('none.pay.svc.cluster.local', {})),
    ['warning MESH0908 ServiceProfile pay/none.pay.svc.cluster.local metadata.name'],
  ],
  ['no full name', payWith(profile('api', {})), ['warning MESH0908 ServiceProfile pay/api metadata.name']],
  ['a name without the domain', payWith(profile('api.pay.svc', {})), ['warning MESH0908 ServiceProfile pay/api.pay.svc metadata.name']],
  [
    'routes in both',
    payWith(profile('api.pay.svc.cluster.local', { routes: [{ name: 'a' }] })),
    ['warning MESH0908 ServiceProfile pay/api.pay.svc.cluster.local spec'],
  ],
  [
    'overrides and a route',
    payWith(profile('api.pay.svc.cluster.local', { dstOverrides: [{ authority: 'a', weight: 1 }] })),
    ['warning MESH0908 ServiceProfile pay/api.pay.svc.cluster.local spec'],
  ],
  ['a profile that says neither', payWith(profile('api.pay.svc.cluster.local', { retryBudget: {} })), []],
  ['a Service without routes', payWith(profile('nats.pay.svc.cluster.local', { routes: [{ name: 'a' }] })), []],
  ['something outside', payWith(profile('api.bank.example', { routes: [{ name: 'a' }] })), []],
  ['a namespace of which nothing is known', payWith(profile('api.far.svc.cluster.local', {})), []],
]);
