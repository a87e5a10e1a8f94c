import { notAccepted } from '../../../../../src/policy/analyze/checks/not-accepted.ts';
import { describeCheck } from '../describe-check.ts';
import { PAY, payWith } from '../linkerd-world.ts';
import { other } from '../world.ts';

const no = (type: string, reason: string) => ({ type, status: 'False', reason });
const made = (apiVersion: string, kind: string, status: unknown) => other(apiVersion, kind, 'x', { spec: {}, status }, PAY);
const route = (status: unknown) => made('gateway.networking.k8s.io/v1', 'HTTPRoute', status);

describeCheck(notAccepted, [
  [
    'a route that a parent refuses',
    payWith(route({ parents: [{ parentRef: { kind: 'Service', name: 'api' }, conditions: [no('Accepted', 'NoMatchingParent')] }] })),
    ['warning MESH0006 HTTPRoute pay/x status.parents[0].conditions[0]'],
  ],
  [
    'backends that are not there',
    payWith(
      route({
        parents: [
          { parentRef: { name: 'edge' }, conditions: [{ type: 'Accepted', status: 'True' }, no('ResolvedRefs', 'BackendNotFound')] },
        ],
      }),
    ),
    ['warning MESH0006 HTTPRoute pay/x status.parents[0].conditions[1]'],
  ],
  [
    'a policy',
    payWith(made('policy.linkerd.io/v1alpha1', 'EgressNetwork', { conditions: [no('Accepted', 'EgressNetReasonOverlap')] })),
    ['warning MESH0006 EgressNetwork pay/x status.conditions[0]'],
  ],
  [
    'what is accepted',
    payWith(
      route({
        parents: [
          {
            conditions: [
              { type: 'Accepted', status: 'True' },
              { type: 'Accepted', status: 'Unknown' },
            ],
          },
        ],
      }),
    ),
    [],
  ],
  ['a condition that is good when it is False', payWith(route({ parents: [{ conditions: [no('Conflicted', 'NoConflicts')] }] })), []],
  ['an object of somebody else', payWith(made('example.com/v1', 'Thing', { conditions: [no('Accepted', 'No')] })), []],
]);
