import { ROUTE_KINDS } from '../../change/writable.ts';
import { z } from '../../lib/zod.ts';
import { defineTool } from '../tool.ts';
import { changeAnswer, changeOutput } from './change/answer.ts';
import { confirmInputs, deleteInput, manifestInput } from './change/inputs.ts';
import { runManifest } from './change/run.ts';

const NAME = 'apply_http_route';

/** Makes, changes or deletes a route. */
export const applyHttpRoute = defineTool({
  name: NAME,
  title: 'Change where calls go',
  description:
    'Creates, changes or deletes one route: Gateway API HTTPRoute or GRPCRoute, Linkerd HTTPRoute, Istio VirtualService or DestinationRule. ' +
    'The first call changes nothing: it answers the diff, the effect and a token. Show these to the user, then repeat the call with confirm. ' +
    'To move calls between backends use shift_traffic.',
  toolset: 'change',
  role: 'operator',
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: false },
  input: z.strictObject({ manifest: manifestInput, delete: deleteInput, ...confirmInputs }),
  output: changeOutput,
  run: (args, call) => changeAnswer(runManifest(NAME, ROUTE_KINDS, args, call), call.config),
});
