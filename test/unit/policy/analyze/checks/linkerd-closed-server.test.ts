import { linkerdClosedServer } from '../../../../../src/policy/analyze/checks/linkerd-closed-server.ts';
import { describeCheck } from '../describe-check.ts';
import { apps, L5D, linkerdPolicy, linkerdRoute, onServer, payWith, ref, server, serverAuthorization } from '../linkerd-world.ts';

const closed = (rest: object = {}) => server('x', { podSelector: apps('nats'), port: 4222, ...rest }, { labels: { tier: 'db' } });

describeCheck(linkerdClosedServer, [
  ['a Server that nothing speaks of', payWith(closed()), ['info MESH0712 Server pay/x spec']],
  ['one that says so', payWith(closed({ accessPolicy: 'deny' })), ['info MESH0712 Server pay/x spec']],
  ['one that lets in', payWith(closed({ accessPolicy: 'audit' })), []],
  ['a policy for it', payWith(closed(), linkerdPolicy('p', { targetRef: onServer('x'), requiredAuthenticationRefs: [] })), []],
  [
    'a policy for the namespace',
    payWith(closed(), linkerdPolicy('p', { targetRef: { kind: 'Namespace', name: 'pay' }, requiredAuthenticationRefs: [] })),
    [],
  ],
  [
    'a policy for a route on it',
    payWith(
      closed(),
      linkerdRoute('r', { parentRefs: [onServer('x')] }),
      linkerdPolicy('p', { targetRef: ref(L5D, 'HTTPRoute', 'r'), requiredAuthenticationRefs: [] }),
    ),
    [],
  ],
  ['a ServerAuthorization by name', payWith(closed(), serverAuthorization('p', { server: { name: 'x' }, client: {} })), []],
  [
    'a ServerAuthorization by label',
    payWith(closed(), serverAuthorization('p', { server: { selector: { matchLabels: { tier: 'db' } } }, client: {} })),
    [],
  ],
  [
    'a ServerAuthorization for others',
    payWith(closed(), serverAuthorization('p', { server: { selector: { matchLabels: { tier: 'web' } } }, client: {} })),
    ['info MESH0712 Server pay/x spec'],
  ],
  [
    'a policy of another namespace',
    payWith(closed(), linkerdPolicy('p', { targetRef: onServer('x') }, { namespace: 'far' })),
    ['info MESH0712 Server pay/x spec'],
  ],
]);
