import { serviceEntryAddress } from '../../../../../src/policy/analyze/checks/service-entry-address.ts';
import { describeCheck } from '../describe-check.ts';
import { serviceEntry, worldWith } from '../world.ts';

describeCheck(serviceEntryAddress, [
  [
    'TCP without resolution',
    worldWith(serviceEntry('bank', { hosts: ['api.bank.example'], ports: [{ number: 5432, name: 'db', protocol: 'TCP' }] })),
    ['warning IST0134 ServiceEntry shop/bank spec.ports[0].protocol'],
  ],
  [
    'TCP for a wildcard',
    worldWith(
      serviceEntry('bank', {
        hosts: ['*.bank.example'],
        resolution: 'DNS',
        ports: [
          { number: 443, name: 'x', protocol: 'HTTPS' },
          { number: 5432, name: 'db' },
        ],
      }),
    ),
    ['warning IST0134 ServiceEntry shop/bank spec.ports[1].protocol'],
  ],
  [
    'TCP that Istio allots an address',
    worldWith(
      serviceEntry('bank', { hosts: ['api.bank.example'], resolution: 'DNS', ports: [{ number: 5432, name: 'db', protocol: 'TCP' }] }),
    ),
    [],
  ],
  [
    'the same, switched off',
    worldWith(
      serviceEntry(
        'bank',
        { hosts: ['api.bank.example'], resolution: 'DNS', ports: [{ number: 5432, name: 'db', protocol: 'TCP' }] },
        { labels: { 'networking.istio.io/enable-autoallocate-ip': 'false' } },
      ),
    ),
    ['warning IST0134 ServiceEntry shop/bank spec.ports[0].protocol'],
  ],
  [
    'addresses',
    worldWith(
      serviceEntry('bank', {
        hosts: ['api.bank.example'],
        addresses: ['10.0.0.1'],
        ports: [{ number: 5432, name: 'db', protocol: 'TCP' }],
      }),
    ),
    [],
  ],
]);
