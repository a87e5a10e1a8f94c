import { gatewaySelector } from '../../../../../src/policy/analyze/checks/gateway-selector.ts';
import { describeCheck } from '../describe-check.ts';
import { gateway, INGRESS, other, WORLD, worldWith, worldWithout } from '../world.ts';

describeCheck(gatewaySelector, [
  [
    'a selector that no proxy bears',
    worldWith(gateway('other', { selector: { istio: 'igressgateway' } })),
    ['error IST0101 Gateway shop/other spec.selector'],
  ],
  ['a set without proxies', worldWithout('Deployment', 'gateway'), ['info IST0101 Gateway shop/public spec.selector']],
  [
    'the same where the set is all there is',
    worldWithout('Deployment', 'gateway'),
    ['error IST0101 Gateway shop/public spec.selector'],
    { complete: true },
  ],
  [
    'a proxy that an installation names',
    [
      ...worldWithout('Deployment', 'gateway'),
      other(
        'install.istio.io/v1alpha1',
        'IstioOperator',
        'mesh',
        { spec: { components: { ingressGateways: [{ name: 'istio-ingressgateway', enabled: true }] } } },
        INGRESS,
      ),
    ],
    [],
  ],
  [
    'a proxy that the installation switches off',
    [
      ...worldWithout('Deployment', 'gateway'),
      other(
        'install.istio.io/v1alpha1',
        'IstioOperator',
        'mesh',
        { spec: { components: { ingressGateways: [{ name: 'istio-ingressgateway', enabled: false }] } } },
        INGRESS,
      ),
    ],
    ['error IST0101 Gateway shop/public spec.selector'],
  ],
  ['no selector at all', [...WORLD, gateway('every', { servers: [] })], []],
]);
