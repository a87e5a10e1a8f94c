import { apiVersion } from '../../../../../src/policy/analyze/checks/api-version.ts';
import { describeCheck } from '../describe-check.ts';
import { other, worldWith } from '../world.ts';

describeCheck(apiVersion, [
  [
    'a version that does not exist',
    worldWith(other('networking.istio.io/v2', 'VirtualService', 'x', { spec: {} })),
    ['error MESH0002 VirtualService shop/x apiVersion'],
  ],
  [
    'EnvoyFilter has no v1',
    worldWith(other('networking.istio.io/v1', 'EnvoyFilter', 'x', { spec: {} })),
    ['error MESH0002 EnvoyFilter shop/x apiVersion'],
  ],
  [
    'the wrong group',
    worldWith(other('networking.istio.io/v1', 'AuthorizationPolicy', 'x', { spec: {} })),
    ['error MESH0002 AuthorizationPolicy shop/x apiVersion'],
  ],
  [
    'no such kind',
    worldWith(other('networking.istio.io/v1', 'DestinationRules', 'x', { spec: {} })),
    ['error MESH0002 DestinationRules shop/x kind'],
  ],
  [
    'a group that is gone',
    worldWith(other('authentication.istio.io/v1alpha1', 'Policy', 'x', { spec: {} })),
    ['error MESH0002 Policy shop/x apiVersion'],
  ],
  [
    'others’ groups',
    worldWith(other('policy.linkerd.io/v9', 'AuthorizationPolicy', 'x'), other('install.istio.io/v1alpha1', 'IstioOperator', 'x')),
    [],
  ],
]);
