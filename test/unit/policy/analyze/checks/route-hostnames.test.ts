import { routeHostnames } from '../../../../../src/policy/analyze/checks/route-hostnames.ts';
import { describeCheck } from '../describe-check.ts';
import { httpRoute, onGateway, onService, payWith } from '../linkerd-world.ts';

const hosting = (hostnames: readonly string[]) =>
  httpRoute('x', { parentRefs: [onGateway('edge', { sectionName: 'https' })], hostnames, rules: [] });

describeCheck(routeHostnames, [
  ['none that the listener serves', payWith(hosting(['www.other.example'])), ['warning MESH0804 HTTPRoute pay/x spec.hostnames']],
  ['one of two', payWith(hosting(['www.pay.example', 'www.other.example'])), ['warning MESH0804 HTTPRoute pay/x spec.hostnames[1]']],
  ['a wildcard below the listener’s', payWith(hosting(['*.a.pay.example'])), []],
  ['a wildcard above the listener’s', payWith(hosting(['*.example'])), []],
  ['capitals', payWith(hosting(['WWW.pay.example'])), []],
  [
    'any listener, one of which takes all',
    payWith(httpRoute('x', { parentRefs: [onGateway('edge')], hostnames: ['www.other.example'] })),
    [],
  ],
  [
    'a port',
    payWith(httpRoute('x', { parentRefs: [onGateway('edge', { port: 443 })], hostnames: ['www.other.example'] })),
    ['warning MESH0804 HTTPRoute pay/x spec.hostnames'],
  ],
  ['a Service', payWith(httpRoute('x', { parentRefs: [onService('api', 80)], hostnames: ['www.other.example'] })), []],
  ['no hostnames', payWith(hosting([])), []],
  ['a Gateway that is not there', payWith(httpRoute('x', { parentRefs: [onGateway('none')], hostnames: ['a.example'] })), []],
]);
