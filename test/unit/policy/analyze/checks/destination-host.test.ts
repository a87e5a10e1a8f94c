import { destinationHost } from '../../../../../src/policy/analyze/checks/destination-host.ts';
import { describeCheck } from '../describe-check.ts';
import { namespace, service, serviceEntry, to, virtualService, worldWith } from '../world.ts';

describeCheck(destinationHost, [
  [
    'a host that does not exist',
    worldWith(virtualService('web', { hosts: ['web'], http: [{ route: [to('wbe')] }] })),
    ['error IST0101 VirtualService shop/web spec.http[0].route[0].destination.host'],
  ],
  [
    'a mirror and a tcp route too',
    worldWith(
      virtualService('web', { hosts: ['web'], http: [{ route: [to('web')], mirror: { host: 'gone' } }], tcp: [{ route: [to('gone')] }] }),
    ),
    [
      'error IST0101 VirtualService shop/web spec.http[0].mirror.host',
      'error IST0101 VirtualService shop/web spec.tcp[0].route[0].destination.host',
    ],
  ],
  [
    'mirrors',
    worldWith(virtualService('web', { hosts: ['web'], http: [{ route: [to('web')], mirrors: [to('gone')] }] })),
    ['error IST0101 VirtualService shop/web spec.http[0].mirrors[0].destination.host'],
  ],
  [
    'half a name, which Istio does not complete',
    worldWith(virtualService('web', { hosts: ['web'], http: [{ route: [to('web.shop')] }] })),
    ['error IST0101 VirtualService shop/web spec.http[0].route[0].destination.host'],
  ],
  [
    'a ServiceEntry’s host, a wildcard one too',
    worldWith(
      serviceEntry('all', { hosts: ['*.bank.test'] }),
      virtualService('web', { hosts: ['web'], http: [{ route: [to('api.bank.example')] }, { route: [to('eu.bank.test')] }] }),
    ),
    [],
  ],
  [
    'a host that is kept to its namespace',
    worldWith(
      namespace('vault'),
      service('keys', {}, [{ port: 80 }], { namespace: 'vault', annotations: { 'networking.istio.io/exportTo': '.' } }),
      virtualService('web', { hosts: ['web'], http: [{ route: [to('keys.vault.svc.cluster.local')] }] }),
    ),
    ['error IST0101 VirtualService shop/web spec.http[0].route[0].destination.host'],
  ],
  [
    'a namespace that the set does not show',
    worldWith(virtualService('web', { hosts: ['web'], http: [{ route: [to('x.elsewhere.svc.cluster.local')] }] })),
    ['info IST0101 VirtualService shop/web spec.http[0].route[0].destination.host'],
  ],
  [
    'the same where the set is all there is',
    worldWith(virtualService('web', { hosts: ['web'], http: [{ route: [to('x.elsewhere.svc.cluster.local')] }] })),
    ['error IST0101 VirtualService shop/web spec.http[0].route[0].destination.host'],
    { complete: true },
  ],
  [
    'another cluster domain',
    worldWith(virtualService('web', { hosts: ['web'], http: [{ route: [to('web.shop.svc.mesh.test')] }] })),
    [],
    { clusterDomain: 'mesh.test' },
  ],
]);
