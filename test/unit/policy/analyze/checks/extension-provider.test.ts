import { extensionProvider } from '../../../../../src/policy/analyze/checks/extension-provider.ts';
import { describeCheck } from '../describe-check.ts';
import { authorizationPolicy, INGRESS, other, telemetry, worldWith } from '../world.ts';

const MESH = other(
  'install.istio.io/v1alpha1',
  'IstioOperator',
  'mesh',
  { spec: { meshConfig: { extensionProviders: [{ name: 'jaeger' }] } } },
  INGRESS,
);

describeCheck(extensionProvider, [
  [
    'a provider that is not defined',
    worldWith(
      MESH,
      telemetry('default', {
        tracing: [{ providers: [{ name: 'jaeger' }] }],
        accessLogging: [{ providers: [{ name: 'envoy' }] }],
        metrics: [{ providers: [{ name: 'gone' }] }],
      }),
    ),
    ['error IST0101 Telemetry shop/default spec.metrics[0].providers[0].name'],
  ],
  [
    'a policy’s',
    worldWith(MESH, authorizationPolicy('web', { action: 'CUSTOM', provider: { name: 'authz' }, rules: [{}] })),
    ['error IST0101 AuthorizationPolicy shop/web spec.provider.name'],
  ],
  ['a mesh whose configuration is not in the set', worldWith(telemetry('default', { tracing: [{ providers: [{ name: 'gone' }] }] })), []],
]);
