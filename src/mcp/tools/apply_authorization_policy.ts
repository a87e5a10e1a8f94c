import { POLICY_KINDS } from '../../change/writable.ts';
import { z } from '../../lib/zod.ts';
import { defineTool } from '../tool.ts';
import { changeAnswer, changeOutput } from './change/answer.ts';
import { confirmInputs, deleteInput, manifestInput } from './change/inputs.ts';
import { runManifest } from './change/run.ts';

const NAME = 'apply_authorization_policy';

/** Makes, changes or deletes a policy. */
export const applyAuthorizationPolicy = defineTool({
  name: NAME,
  title: 'Change who may call whom',
  description:
    'Creates, changes or deletes one policy: Linkerd Server, AuthorizationPolicy, ServerAuthorization, MeshTLSAuthentication, NetworkAuthentication, HTTPLocalRateLimitPolicy, EgressNetwork; ' +
    'Istio AuthorizationPolicy, PeerAuthentication, RequestAuthentication. The first call changes nothing: it answers the diff, the effect on observed traffic and a token. ' +
    'Show these to the user, then repeat the call with confirm.',
  toolset: 'change',
  role: 'operator',
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: false },
  input: z.strictObject({ manifest: manifestInput, delete: deleteInput, ...confirmInputs }),
  output: changeOutput,
  run: (args, call) => changeAnswer(runManifest(NAME, POLICY_KINDS, args, call), call.config),
});
