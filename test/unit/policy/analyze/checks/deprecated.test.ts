import { deprecated } from '../../../../../src/policy/analyze/checks/deprecated.ts';
import { describeCheck } from '../describe-check.ts';
import { destinationRule, envoyFilter, other, requestAuthentication, virtualService, worldWith } from '../world.ts';

describeCheck(deprecated, [
  [
    'old versions',
    worldWith(
      other('networking.istio.io/v1beta1', 'Gateway', 'x', { spec: {} }),
      other('security.istio.io/v1beta1', 'PeerAuthentication', 'x', { spec: {} }),
      other('telemetry.istio.io/v1alpha1', 'Telemetry', 'x', { spec: {} }),
    ),
    [
      'warning IST0002 Gateway shop/x apiVersion',
      'warning IST0002 PeerAuthentication shop/x apiVersion',
      'warning IST0002 Telemetry shop/x apiVersion',
    ],
  ],
  [
    'the only version that there is',
    worldWith(envoyFilter('x', {}), other('networking.istio.io/v1beta1', 'ProxyConfig', 'x', { spec: {} })),
    [],
  ],
  [
    'old fields of a rule',
    worldWith(
      virtualService('web', {
        hosts: ['web'],
        http: [{ mirrorPercent: 1, fault: { delay: { percent: 1 } }, corsPolicy: { allowOrigin: ['*'] } }],
      }),
    ),
    [
      'warning IST0002 VirtualService shop/web spec.http[0].corsPolicy.allowOrigin',
      'warning IST0002 VirtualService shop/web spec.http[0].fault.delay.percent',
      'warning IST0002 VirtualService shop/web spec.http[0].mirrorPercent',
    ],
  ],
  [
    'old fields of a traffic policy',
    worldWith(
      destinationRule('web', {
        host: 'web',
        trafficPolicy: { loadBalancer: { simple: 'LEAST_CONN' } },
        subsets: [{ name: 'a', trafficPolicy: { outlierDetection: { consecutiveErrors: 1 } } }],
      }),
    ),
    [
      'warning IST0002 DestinationRule shop/web spec.subsets[0].trafficPolicy.outlierDetection.consecutiveErrors',
      'warning IST0002 DestinationRule shop/web spec.trafficPolicy.loadBalancer.simple',
    ],
  ],
  [
    'jwks_uri',
    worldWith(requestAuthentication('r', { jwtRules: [{ jwks_uri: 'https://i' }] })),
    ['warning IST0002 RequestAuthentication shop/r spec.jwtRules[0].jwks_uri'],
  ],
]);
