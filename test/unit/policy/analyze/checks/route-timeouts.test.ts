import { routeTimeouts } from '../../../../../src/policy/analyze/checks/route-timeouts.ts';
import { describeCheck } from '../describe-check.ts';
import { httpRoute, linkerdRoute, onGateway, onService, payWith } from '../linkerd-world.ts';

const timing = (timeouts: unknown, parent: unknown = onGateway('edge')) => httpRoute('x', { parentRefs: [parent], rules: [{ timeouts }] });

describeCheck(routeTimeouts, [
  ['no duration', payWith(timing({ request: '10' })), ['error MESH0808 HTTPRoute pay/x spec.rules[0].timeouts.request']],
  [
    'a fraction, which the Gateway API has not',
    payWith(timing({ request: '1.5s' })),
    ['error MESH0808 HTTPRoute pay/x spec.rules[0].timeouts.request'],
  ],
  [
    'a try that takes longer than the request',
    payWith(timing({ request: '1s', backendRequest: '2s' })),
    ['error MESH0808 HTTPRoute pay/x spec.rules[0].timeouts.backendRequest'],
  ],
  ['as long', payWith(timing({ request: '2s', backendRequest: '2s' })), []],
  ['no limit for the request', payWith(timing({ request: '0s', backendRequest: '2s' })), []],
  [
    'a try, which Linkerd does not limit',
    payWith(timing({ backendRequest: '2s' }, onService('api', 80))),
    ['warning MESH0808 HTTPRoute pay/x spec.rules[0].timeouts.backendRequest'],
  ],
  [
    'two units, which Linkerd does not read',
    payWith(timing({ request: '1m30s' }, onService('api', 80))),
    ['warning MESH0808 HTTPRoute pay/x spec.rules[0].timeouts.request'],
  ],
  [
    'no duration on a Service of Linkerd',
    payWith(timing({ request: '10' }, onService('api', 80))),
    ['error MESH0808 HTTPRoute pay/x spec.rules[0].timeouts.request'],
  ],
  ['two units for somebody else', payWith(timing({ request: '1m30s' })), []],
  ['Linkerd’s own route', payWith(linkerdRoute('x', { parentRefs: [onService('api')], rules: [{ timeouts: { request: '1m30s' } }] })), []],
  [
    'Linkerd’s own route, negative',
    payWith(linkerdRoute('x', { rules: [{ timeouts: { request: '-1s' } }] })),
    ['error MESH0808 HTTPRoute pay/x spec.rules[0].timeouts.request'],
  ],
]);
