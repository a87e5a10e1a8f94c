import { serviceEntryProtocol } from '../../../../../src/policy/analyze/checks/service-entry-protocol.ts';
import { describeCheck } from '../describe-check.ts';
import { serviceEntry, worldWith } from '../world.ts';

describeCheck(serviceEntryProtocol, [
  [
    'two that disagree',
    worldWith(serviceEntry('again', { hosts: ['x', 'api.bank.example'], ports: [{ number: 443, name: 'x', protocol: 'HTTPS' }] })),
    ['warning IST0177 ServiceEntry shop/again spec.ports[0].protocol', 'warning IST0177 ServiceEntry shop/bank spec.ports[0].protocol'],
  ],
  [
    'another port, or the same protocol in small letters',
    worldWith(
      serviceEntry('again', {
        hosts: ['api.bank.example'],
        ports: [
          { number: 80, name: 'x', protocol: 'HTTP' },
          { number: 443, name: 'y', protocol: 'tls' },
        ],
      }),
    ),
    [],
  ],
]);
