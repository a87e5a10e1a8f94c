import { described, limitedList, limitedText, z } from '../../../lib/zod.ts';

const text = z.string();

/** Named like what `impact` answers. */
const MAX_IMPACT_CHARACTERS = 700;
const MAX_IMPACTS = 100;
const MAX_TOKEN_CHARACTERS = 64;

/** An object as kubectl takes it. Which kinds, a tool's description says. */
export const manifestInput = described(
  z.object({ apiVersion: text, kind: text, metadata: z.looseObject({ name: text, namespace: text }), spec: z.optional(z.looseObject({})) }),
  'The object as for kubectl apply, whole: name every field, defaults like weight too.',
);

export const deleteInput = described(z.optional(z.boolean()), 'True: delete that object; manifest then needs no spec.');

/** What every tool takes that changes something. */
export const confirmInputs = {
  force: described(z.optional(z.boolean()), 'Take fields from other managers.'),
  accept_impact: described(
    z.optional(limitedList(limitedText({ max: MAX_IMPACT_CHARACTERS }), { max: MAX_IMPACTS })),
    'What it may cut: ids of impact, or node ids.',
  ),
  confirm: described(
    z.optional(limitedText({ max: MAX_TOKEN_CHARACTERS })),
    'Token of the first call; repeat its other arguments unchanged.',
  ),
};

export interface Confirmed {
  readonly force?: boolean | undefined;
  readonly accept_impact?: readonly string[] | undefined;
  readonly confirm?: string | undefined;
}
