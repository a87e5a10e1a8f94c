import { hostNotInGateway } from '../../../../../src/policy/analyze/checks/host-not-in-gateway.ts';
import { describeCheck } from '../describe-check.ts';
import { gateway, PROXY, virtualService, worldWith } from '../world.ts';

describeCheck(hostNotInGateway, [
  [
    'a host that the gateway does not serve',
    worldWith(virtualService('shop', { hosts: ['shop.example.org'], gateways: ['public'] })),
    ['warning IST0132 VirtualService shop/shop spec.gateways[0]'],
  ],
  [
    'one of two',
    worldWith(virtualService('shop', { hosts: ['shop.example.com', 'shop.example.org'], gateways: ['public'] })),
    ['warning IST0132 VirtualService shop/shop spec.hosts[1]'],
  ],
  [
    'a host for the mesh beside one for the gateway',
    worldWith(virtualService('shop', { hosts: ['shop.example.com', 'web'], gateways: ['public', 'mesh'] })),
    [],
  ],
  [
    'wildcards on either side',
    worldWith(
      gateway('wide', { selector: PROXY, servers: [{ hosts: ['*.example.net', './a.test'] }] }),
      virtualService('one', { hosts: ['x.example.net'], gateways: ['wide'] }),
      virtualService('two', { hosts: ['*.x.example.net'], gateways: ['wide'] }),
      virtualService('three', { hosts: ['a.test'], gateways: ['wide'] }),
    ),
    [],
  ],
  [
    'a host that the gateway keeps for another namespace',
    worldWith(
      gateway('far', { selector: PROXY, servers: [{ hosts: ['vault/a.test'] }] }),
      virtualService('one', { hosts: ['a.test'], gateways: ['far'] }),
    ),
    ['warning IST0132 VirtualService shop/one spec.gateways[0]'],
  ],
]);
