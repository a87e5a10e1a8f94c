import { demoKubernetes } from '../../../../src/demo/kubernetes/api.ts';
import { continueToken } from '../../../../src/demo/kubernetes/continue.ts';
import { makeObjects } from '../../../../src/demo/kubernetes/objects.ts';
import { SAMPLE } from '../../../../src/demo/kubernetes/sample.ts';
import type { HeaderList } from '../../../../src/lib/headers.ts';
import { decodeUtf8 } from '../../../../src/lib/utf8.ts';
import { describeKubernetes } from '../../../contract/kubernetes.ts';

describeKubernetes('demo', () => {
  const open = demoKubernetes({ token: 'reader' });
  const limited = demoKubernetes({ token: 'without-pods', forbidden: ['pods'] });
  const withoutPods: HeaderList = [['authorization', 'Bearer without-pods']];
  return {
    get: (target, headers) => {
      const handler = headers.some(([, value]) => value === 'Bearer without-pods') ? limited : open;
      const [path = '', query = ''] = target.split('?');
      const { status, body } = handler({ method: 'GET', path, query, headers, body: new Uint8Array() });
      return { status, body: decodeUtf8(body) };
    },
    reader: [['authorization', 'Bearer reader']],
    withoutPods,
    namespace: 'shop',
    finishedPod: makeObjects(SAMPLE).pods.find(({ phase }) => phase === 'Failed')?.name ?? '',
    expiredToken: () => continueToken({ resourceVersion: '1', after: 'bank/accounts' }),
  };
});
