import { linkerdServerOverlap } from '../../../../../src/policy/analyze/checks/linkerd-server-overlap.ts';
import { describeCheck } from '../describe-check.ts';
import { apps, payWith, server } from '../linkerd-world.ts';

const aged = (name: string, creationTimestamp: string) => {
  const made = server(name, { podSelector: apps('nats'), port: 4222 });
  return { ...made, metadata: { ...made.metadata, creationTimestamp } };
};

describeCheck(linkerdServerOverlap, [
  [
    'the same port by name and by number',
    payWith(server('x', { podSelector: apps('api'), port: 8080 })),
    ['warning MESH0705 Server pay/x spec.podSelector'],
  ],
  ['a part of the pods', payWith(server('x', { podSelector: {}, port: 9090 })), ['warning MESH0705 Server pay/x spec.podSelector']],
  [
    'an older one, which wins whatever its name',
    payWith(aged('z', '2020-01-01T00:00:00Z'), aged('a', '2021-01-01T00:00:00Z')),
    ['warning MESH0705 Server pay/a spec.podSelector'],
  ],
  ['another port', payWith(server('x', { podSelector: apps('api'), port: 7000 })), []],
  ['other pods', payWith(server('x', { podSelector: apps('api-canary'), port: 'http' })), []],
  [
    'the same in another namespace',
    payWith(server('api-http', { podSelector: apps('api'), port: 'http' }, { namespace: 'elsewhere' })),
    [],
  ],
]);
