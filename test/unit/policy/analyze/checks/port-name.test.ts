import { portName } from '../../../../../src/policy/analyze/checks/port-name.ts';
import { describeCheck } from '../describe-check.ts';
import { INGRESS, service, worldWith } from '../world.ts';

describeCheck(portName, [
  [
    'a port that does not say',
    worldWith(service('web', { app: 'web' }, [{ port: 80, name: 'web' }, { port: 81, name: 'http' }, { port: 8080 }])),
    ['info IST0118 Service shop/web spec.ports[0]', 'info IST0118 Service shop/web spec.ports[2]'],
  ],
  [
    'those that say otherwise',
    worldWith(
      service('web', { app: 'web' }, [
        { port: 80, name: 'web', appProtocol: 'http' },
        { port: 81, name: 'grpc-web-x' },
        { port: 3306 },
        { port: 53, protocol: 'UDP' },
        { port: 82, appProtocol: 'kubernetes.io/h2c' },
      ]),
    ),
    [],
  ],
  ['Istio’s own', worldWith(service('istiod', {}, [{ port: 15017 }], { ...INGRESS, labels: { istio: 'pilot' } })), []],
]);
