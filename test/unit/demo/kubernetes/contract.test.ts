import { demoKubernetes } from '../../../../src/demo/kubernetes/api.ts';
import { continueToken } from '../../../../src/demo/kubernetes/continue.ts';
import { makeObjects } from '../../../../src/demo/kubernetes/objects.ts';
import { SAMPLE } from '../../../../src/demo/kubernetes/sample.ts';
import { describeKubernetes } from '../../../contract/kubernetes.ts';
import { fakeClock } from '../../../support/ports.ts';
import { ask, watch } from './support.ts';

const WRITES = ['create', 'update', 'patch', 'delete'];

describeKubernetes('demo', () => {
  const clock = fakeClock();
  const { now } = clock;
  const scratch = 'scratch';
  const demo = demoKubernetes({
    sample: [...SAMPLE, { name: scratch, workloads: [], services: [] }],
    now,
    users: [
      { token: 'reader', forbidden: WRITES.map((verb) => `${verb} *`) },
      { token: 'writer' },
      { token: 'without-pods', forbidden: ['pods'] },
    ],
  });
  return {
    ask: ({ method, target, headers, body }) => ask(demo, method, target, { headers, body }),
    watch: (target, headers) => watch(demo, clock, target, headers),
    reader: [['authorization', 'Bearer reader']],
    writer: [['authorization', 'Bearer writer']],
    withoutPods: [['authorization', 'Bearer without-pods']],
    namespace: 'shop',
    scratch,
    finishedPod: makeObjects(SAMPLE).pods.find(({ phase }) => phase === 'Failed')?.name ?? '',
    expiredToken: () => continueToken({ resourceVersion: '1', after: 'bank/accounts' }),
    ancientResourceVersion: '1',
  };
});
