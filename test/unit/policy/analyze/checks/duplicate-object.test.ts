import { duplicateObject } from '../../../../../src/policy/analyze/checks/duplicate-object.ts';
import { describeCheck } from '../describe-check.ts';
import { other, service, WORLD, worldWith } from '../world.ts';

describeCheck(duplicateObject, [
  ['one object twice', [...WORLD, service('web', { app: 'x' }, [])], ['error MESH0003 Service shop/web metadata.name']],
  [
    'the same name in another group, kind or namespace',
    worldWith(
      other('gateway.networking.k8s.io/v1', 'Gateway', 'public', { spec: {} }),
      other('v1', 'ConfigMap', 'web'),
      service('web', {}, [], { namespace: 'vault' }),
    ),
    [],
  ],
]);
