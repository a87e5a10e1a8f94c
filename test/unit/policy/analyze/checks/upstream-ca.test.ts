import { upstreamCa } from '../../../../../src/policy/analyze/checks/upstream-ca.ts';
import { describeCheck } from '../describe-check.ts';
import { destinationRule, worldWith } from '../world.ts';

describeCheck(upstreamCa, [
  [
    'no CA',
    worldWith(destinationRule('bank', { host: 'api.bank.example', trafficPolicy: { tls: { mode: 'SIMPLE' } } })),
    ['info IST0128 DestinationRule shop/bank spec.trafficPolicy.tls'],
  ],
  [
    'no CA for a port',
    worldWith(
      destinationRule('bank', {
        host: 'api.bank.example',
        trafficPolicy: { portLevelSettings: [{ port: { number: 443 }, tls: { mode: 'MUTUAL', credentialName: 'x' } }] },
      }),
    ),
    ['info IST0129 DestinationRule shop/bank spec.trafficPolicy.portLevelSettings[0].tls'],
  ],
  [
    'any certificate will do',
    worldWith(destinationRule('bank', { host: 'api.bank.example', trafficPolicy: { tls: { mode: 'SIMPLE', insecureSkipVerify: true } } })),
    ['warning IST0128 DestinationRule shop/bank spec.trafficPolicy.tls.insecureSkipVerify'],
  ],
  [
    'a CA of its own',
    worldWith(
      destinationRule('bank', { host: 'api.bank.example', trafficPolicy: { tls: { mode: 'SIMPLE', caCertificates: '/etc/bank/ca.pem' } } }),
    ),
    [],
  ],
]);
