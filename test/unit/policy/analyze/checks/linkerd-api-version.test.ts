import { linkerdApiVersion } from '../../../../../src/policy/analyze/checks/linkerd-api-version.ts';
import { describeCheck } from '../describe-check.ts';
import { PAY, payWith } from '../linkerd-world.ts';
import { other } from '../world.ts';

const made = (apiVersion: string, kind: string) => other(apiVersion, kind, 'x', { spec: {} }, PAY);

describeCheck(linkerdApiVersion, [
  [
    'a version that there never was',
    payWith(made('policy.linkerd.io/v1', 'AuthorizationPolicy')),
    ['error MESH0002 AuthorizationPolicy pay/x apiVersion'],
  ],
  [
    'a kind that there is not',
    payWith(made('policy.linkerd.io/v1alpha1', 'PeerAuthentication')),
    ['error MESH0002 PeerAuthentication pay/x kind'],
  ],
  [
    'every version that is served',
    payWith(made('policy.linkerd.io/v1alpha1', 'AuthorizationPolicy'), made('policy.linkerd.io/v1beta1', 'ServerAuthorization')),
    [],
  ],
  ['another group', payWith(made('linkerd.io/v1alpha2', 'ServiceProfile')), []],
]);
