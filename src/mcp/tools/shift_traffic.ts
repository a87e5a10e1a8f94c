import { decideShift } from '../../change/shift.ts';
import type { WritableKind } from '../../change/writable.ts';
import { described, limitedList, limitedText, z } from '../../lib/zod.ts';
import { defineTool } from '../tool.ts';
import { changeAnswer, changeOutput } from './change/answer.ts';
import { confirmInputs } from './change/inputs.ts';
import { runChange } from './change/run.ts';
import { namespaceName } from './graph/inputs.ts';

const NAME = 'shift_traffic';

/** The routes that split calls, as kubectl names their kinds where two share one. */
const ROUTES = {
  'HTTPRoute.gateway.networking.k8s.io': 'httpRoutes',
  'GRPCRoute.gateway.networking.k8s.io': 'grpcRoutes',
  'HTTPRoute.policy.linkerd.io': 'linkerdHttpRoutes',
  'VirtualService.networking.istio.io': 'istioVirtualServices',
} as const satisfies Record<string, WritableKind>;

const KIND_NAMES = [
  'HTTPRoute.gateway.networking.k8s.io',
  'GRPCRoute.gateway.networking.k8s.io',
  'HTTPRoute.policy.linkerd.io',
  'VirtualService.networking.istio.io',
] as const;

const MAX_TEXT = 253;
const MAX_WEIGHT = 1_000_000;

const text = limitedText({ max: MAX_TEXT });

/** Moves calls between the backends of a route. */
export const shiftTraffic = defineTool({
  name: NAME,
  title: 'Move calls between backends',
  description:
    'Changes the weights of a route, at once or in steps. Refuses where a backend that gets more has no ready endpoints. The first call changes nothing: ' +
    'it answers the diff, the effect and a token. Show these to the user, then repeat the call with confirm.',
  toolset: 'change',
  role: 'operator',
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: false },
  input: z.strictObject({
    namespace: described(namespaceName, 'Namespace of the route.'),
    kind: described(z.enum(KIND_NAMES), 'Kind of the route.'),
    name: described(text, 'Name of the route.'),
    weights: described(
      limitedList(z.strictObject({ target: text, weight: z.int().check(z.minimum(0), z.maximum(MAX_WEIGHT)) }), { min: 2, max: 16 }),
      'Every backend of the rule with its weight: target is the Service, or host/subset for Istio.',
    ),
    rule: described(z.optional(text), 'Such as rules[0] or http[1], where several rules have these backends.'),
    step: described(z.optional(z.int().check(z.minimum(1), z.maximum(100))), 'Move no share by more than so many percent.'),
    ...confirmInputs,
  }),
  output: changeOutput,
  run: (args, call) => {
    const { namespace, kind, name, weights, rule, step } = args;
    return changeAnswer(
      runChange(args, call, {
        tool: NAME,
        place: { kind: ROUTES[kind], namespace, name },
        decide: (found, api, sees) => decideShift({ weights, rule, step }, found, api, sees),
      }),
      call.config,
    );
  },
});
