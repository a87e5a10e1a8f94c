import { virtualServiceGateway } from '../../../../../src/policy/analyze/checks/virtual-service-gateway.ts';
import { describeCheck } from '../describe-check.ts';
import { gateway, INGRESS, other, to, virtualService, worldWith } from '../world.ts';

describeCheck(virtualServiceGateway, [
  [
    'a gateway that does not exist',
    worldWith(virtualService('shop', { hosts: ['shop.example.com'], gateways: ['public', 'pulbic', 'mesh'] })),
    ['error IST0101 VirtualService shop/shop spec.gateways[1]'],
  ],
  [
    'one of another namespace by its short name',
    worldWith(
      gateway('main', {}, INGRESS),
      virtualService('shop', { hosts: ['shop.example.com'], gateways: ['main', 'istio-system/main'], http: [{ route: [to('web')] }] }),
    ),
    ['error IST0101 VirtualService shop/shop spec.gateways[0]'],
  ],
  [
    'a Gateway of Kubernetes’ own API',
    worldWith(
      other('gateway.networking.k8s.io/v1', 'Gateway', 'kube', { spec: {} }),
      virtualService('shop', { hosts: ['a'], gateways: ['kube'] }),
    ),
    [],
  ],
]);
