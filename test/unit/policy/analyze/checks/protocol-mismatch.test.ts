import { protocolMismatch } from '../../../../../src/policy/analyze/checks/protocol-mismatch.ts';
import { describeCheck } from '../describe-check.ts';
import { service, to, virtualService, worldWith } from '../world.ts';

describeCheck(protocolMismatch, [
  [
    'an http rule that sends to a TCP port',
    worldWith(virtualService('web', { hosts: ['web'], http: [{ route: [to('db')] }, { route: [to('db', { port: { number: 5432 } })] }] })),
    [
      'warning MESH0106 VirtualService shop/web spec.http[0].route[0].destination',
      'warning MESH0106 VirtualService shop/web spec.http[1].route[0].destination',
    ],
  ],
  [
    'http rules for a host without HTTP',
    worldWith(
      virtualService('db', { hosts: ['db'], http: [{ route: [to('web')] }] }),
      virtualService('bank', { hosts: ['api.bank.example'], http: [{ route: [to('web')] }] }),
    ),
    ['warning MESH0106 VirtualService shop/bank spec.hosts[0]', 'warning MESH0106 VirtualService shop/db spec.hosts[0]'],
  ],
  [
    'a port that does not say',
    worldWith(service('db', { app: 'db' }, [{ port: 8080 }]), virtualService('web', { hosts: ['web'], http: [{ route: [to('db')] }] })),
    [],
  ],
  ['a tcp rule', worldWith(virtualService('db', { hosts: ['db'], tcp: [{ route: [to('db')] }] })), []],
]);
