import { deprecatedKind } from '../../../../../src/policy/analyze/checks/deprecated-kind.ts';
import { describeCheck } from '../describe-check.ts';
import { PAY, payWith, serverAuthorization } from '../linkerd-world.ts';
import { other } from '../world.ts';

const old = (apiVersion: string, kind: string) => other(apiVersion, kind, 'old', { spec: {} }, PAY);

describeCheck(deprecatedKind, [
  [
    'a ServerAuthorization',
    payWith(serverAuthorization('a', { server: { name: 'api-http' }, client: { unauthenticated: true } })),
    ['warning MESH0005 ServerAuthorization pay/a kind'],
  ],
  ['an old version of a Server', payWith(old('policy.linkerd.io/v1beta2', 'Server')), ['warning MESH0005 Server pay/old apiVersion']],
  [
    'an old version of Linkerd’s HTTPRoute',
    payWith(old('policy.linkerd.io/v1beta1', 'HTTPRoute')),
    ['warning MESH0005 HTTPRoute pay/old apiVersion'],
  ],
  [
    'an old version of a Gateway',
    payWith(old('gateway.networking.k8s.io/v1beta1', 'Gateway')),
    ['warning MESH0005 Gateway pay/old apiVersion'],
  ],
  [
    'an old version of a GRPCRoute',
    payWith(old('gateway.networking.k8s.io/v1alpha2', 'GRPCRoute')),
    ['warning MESH0005 GRPCRoute pay/old apiVersion'],
  ],
  ['a version that there never was', payWith(old('policy.linkerd.io/v9', 'Server')), []],
  ['a group of somebody else', payWith(old('example.com/v1beta1', 'Server')), []],
]);
