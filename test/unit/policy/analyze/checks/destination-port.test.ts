import { destinationPort } from '../../../../../src/policy/analyze/checks/destination-port.ts';
import { describeCheck } from '../describe-check.ts';
import { service, serviceEntry, to, virtualService, worldWith } from '../world.ts';

describeCheck(destinationPort, [
  [
    'a port that the host does not have',
    worldWith(virtualService('web', { hosts: ['web'], http: [{ route: [to('web', { port: { number: 8080 } })] }] })),
    ['error IST0101 VirtualService shop/web spec.http[0].route[0].destination.port.number'],
  ],
  [
    'a gateway’s route to one of several ports',
    worldWith(
      service('web', { app: 'web' }, [
        { port: 80, name: 'http' },
        { port: 81, name: 'http-admin' },
      ]),
    ),
    ['error IST0112 VirtualService shop/shop spec.http[0].route[0].destination'],
  ],
  [
    'a tcp route to one of several ports',
    worldWith(
      service('db', { app: 'db' }, [
        { port: 1, name: 'tcp-a' },
        { port: 2, name: 'tcp-b' },
      ]),
      virtualService('db', { hosts: ['db'], tcp: [{ route: [to('db')] }] }),
    ),
    ['error IST0112 VirtualService shop/db spec.tcp[0].route[0].destination'],
  ],
  [
    'a ServiceEntry’s ports',
    worldWith(
      serviceEntry('bank', { hosts: ['api.bank.example'], ports: [{ number: 443 }] }),
      virtualService('web', { hosts: ['web'], http: [{ route: [to('api.bank.example', { port: { number: 80 } })] }] }),
    ),
    ['error IST0101 VirtualService shop/web spec.http[0].route[0].destination.port.number'],
  ],
  ['the right port', worldWith(virtualService('web', { hosts: ['web'], http: [{ route: [to('web', { port: { number: 80 } })] }] })), []],
]);
