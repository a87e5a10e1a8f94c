import { serviceEntryResolution } from '../../../../../src/policy/analyze/checks/service-entry-resolution.ts';
import { describeCheck } from '../describe-check.ts';
import { serviceEntry, worldWith } from '../world.ts';

describeCheck(serviceEntryResolution, [
  [
    'endpoints without resolution',
    worldWith(serviceEntry('bank', { hosts: ['api.bank.example'], endpoints: [{ address: '10.0.0.1' }] })),
    ['error MESH0401 ServiceEntry shop/bank spec.endpoints'],
  ],
  [
    'STATIC without endpoints',
    worldWith(serviceEntry('bank', { hosts: ['api.bank.example'], resolution: 'STATIC' })),
    ['error MESH0401 ServiceEntry shop/bank spec.resolution'],
  ],
  [
    'STATIC with a name',
    worldWith(
      serviceEntry('bank', {
        hosts: ['api.bank.example'],
        resolution: 'STATIC',
        endpoints: [{ address: 'db.internal' }, { address: '10.0.0.1' }, { address: 'fe80::1' }, { address: 'unix:///x' }],
      }),
    ),
    ['error MESH0401 ServiceEntry shop/bank spec.endpoints[0].address'],
  ],
  [
    'DNS for a wildcard',
    worldWith(serviceEntry('bank', { hosts: ['a.example', '*.bank.example'], resolution: 'DNS' })),
    ['error MESH0401 ServiceEntry shop/bank spec.hosts[1]'],
  ],
  [
    'endpoints and a selector',
    worldWith(
      serviceEntry('bank', {
        hosts: ['api.bank.example'],
        resolution: 'STATIC',
        endpoints: [{ address: '10.0.0.1' }],
        workloadSelector: { labels: { app: 'web' } },
      }),
    ),
    ['error MESH0401 ServiceEntry shop/bank spec.workloadSelector'],
  ],
  [
    'a range of addresses with DNS',
    worldWith(serviceEntry('bank', { hosts: ['api.bank.example'], resolution: 'DNS', addresses: ['10.0.0.0/8'] })),
    ['error MESH0401 ServiceEntry shop/bank spec.addresses'],
  ],
  [
    'several hosts on TCP',
    worldWith(
      serviceEntry('bank', { hosts: ['a.example', 'b.example'], resolution: 'DNS', ports: [{ number: 1, name: 'x', protocol: 'TCP' }] }),
    ),
    ['error MESH0401 ServiceEntry shop/bank spec.ports[0].protocol'],
  ],
  [
    'ports twice and without a name',
    worldWith(
      serviceEntry('bank', {
        hosts: ['api.bank.example'],
        resolution: 'DNS',
        ports: [{ number: 1, name: 'x' }, { number: 1, name: 'x' }, { number: 2 }],
      }),
    ),
    [
      'error MESH0401 ServiceEntry shop/bank spec.ports[1].name',
      'error MESH0401 ServiceEntry shop/bank spec.ports[1].number',
      'error MESH0401 ServiceEntry shop/bank spec.ports[2]',
    ],
  ],
  ['no hosts', worldWith(serviceEntry('bank', {})), ['error MESH0401 ServiceEntry shop/bank spec.hosts']],
]);
