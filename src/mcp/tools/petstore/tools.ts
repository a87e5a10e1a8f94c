import { described, z } from '../../../lib/zod.ts';
import { ANSWER_SCHEMAS } from '../../../petstore/answer.ts';
import { callPetstore } from '../../../petstore/client.ts';
import type { Operation } from '../../../petstore/operation.ts';
import { OPERATIONS } from '../../../petstore/operations.ts';
import { integer } from '../../../petstore/schemas.ts';
import { defineTool, type Tool } from '../../tool.ts';
import { fitAnswer } from './fit.ts';

const CURSOR = described(
  z.optional(z.string().check(z.regex(/^\d{1,9}$/, 'Invalid input: expected the nextCursor of an earlier answer'))),
  'The nextCursor of the answer before, to get what did not fit into it',
);

const NOTE = { note: described(z.optional(z.string()), 'What is left out of this answer, and how to get it') };

const PAGING = {
  total: described(z.optional(integer), 'How many pets there are'),
  truncated: described(z.boolean(), 'Whether there are more than these'),
  nextCursor: z.optional(z.string()),
};

/** One tool for each operation of the Petstore API, in the table's order. Name, words and schemas stand in `src/petstore/operations/`. */
export const petstoreTools: readonly Tool[] = OPERATIONS.map(petstoreTool);

function petstoreTool(operation: Operation): Tool {
  const { name, title, description, effect } = operation;
  return defineTool({
    name,
    title,
    description,
    toolset: 'petstore',
    role: effect.readOnly ? 'viewer' : 'operator',
    everywhere: true,
    annotations: {
      readOnlyHint: effect.readOnly,
      destructiveHint: effect.destructive,
      idempotentHint: effect.idempotent,
      // What the Petstore holds is written by anybody.
      openWorldHint: true,
    },
    input: isPaged(operation) ? z.extend(operation.input, { cursor: CURSOR }) : operation.input,
    output: outputOf(operation),
    run: (args, { ports, config }) => {
      const { cursor } = args;
      const reading = callPetstore(operation, args, { ports, config });
      const doneText = operation.answer.kind === 'done' ? operation.answer.text : '';
      return fitAnswer(reading, { budget: config.maxAnswerCharacters, skip: Number(cursor ?? 0), doneText });
    },
  });
}

function isPaged({ answer }: Operation): boolean {
  return answer.kind === 'pets';
}

function outputOf(operation: Operation): z.ZodMiniObject {
  const schema: z.ZodMiniObject = ANSWER_SCHEMAS[operation.answer.kind];
  return z.extend(schema, isPaged(operation) ? { ...PAGING, ...NOTE } : NOTE);
}
