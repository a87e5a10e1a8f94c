import { decideRevert, revertible } from '../../change/revert.ts';
import { described, z } from '../../lib/zod.ts';
import { defineTool } from '../tool.ts';
import { changeAnswer, changeOutput } from './change/answer.ts';
import { confirmInputs } from './change/inputs.ts';
import { runChange } from './change/run.ts';

const NAME = 'revert_change';

/** Takes a recorded change back. */
export const revertChange = defineTool({
  name: NAME,
  title: 'Take a change back',
  description:
    'Makes an object again what it was before a change that these tools made: deletes what it created, restores what it changed, re-creates what it deleted. ' +
    'The first call changes nothing: it answers the diff, the effect and a token. Show these to the user, then repeat the call with confirm.',
  toolset: 'change',
  role: 'operator',
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: false },
  input: z.strictObject({
    change: described(z.int().check(z.minimum(1)), 'Number of the change, as in get_change_log.'),
    ...confirmInputs,
  }),
  output: changeOutput,
  run: (args, call) => {
    const found = revertible(call.ports, args.change, call.principal);
    return changeAnswer(
      runChange(args, call, {
        tool: NAME,
        place: found.record.target,
        reverts: args.change,
        decide: (live, api, sees) => decideRevert(found, live, api, sees),
      }),
      call.config,
    );
  },
});
