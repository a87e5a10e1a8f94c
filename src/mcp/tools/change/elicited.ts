import { MeshError } from '../../../lib/errors.ts';
import { isObject, type JsonObject } from '../../../lib/json.ts';
import type { InputRequired, RequestCall } from '../../protocol/call.ts';
import type { ServedTool } from '../../protocol/served-tool.ts';
import { isStatelessVersion } from '../../protocol/versions.ts';
import type { Tool, ToolAnswer } from '../../tool.ts';

/** Under this name the client is asked, and answers. */
const REQUEST = 'confirm';
const FIELD = 'make';

/** A form is read by a person. */
const MAX_MESSAGE_CHARACTERS = 8_000;

/**
 * A tool that changes something, as it is served to a client that can ask its user (2026-07-28, basic/patterns/mrtr and client/elicitation): where the first call has
 * planned a change, the client shows the diff and asks, and sends the call again with the answer. The token is the state that goes through the client, so it holds as
 * strictly as if it had been passed as `confirm`, which always works, and which is what older versions have: there a server that keeps no connection cannot ask.
 */
export function elicited(tool: Tool): ServedTool {
  return {
    ...tool,
    call: (args, call) => {
      if (!asksUsers(call) || (isObject(args) && args.confirm !== undefined)) return tool.call(args, call);
      const { inputResponses, requestState } = call;
      if (inputResponses === undefined || requestState === undefined) return question(tool.call(args, call));
      if (!isYes(inputResponses[REQUEST])) {
        throw new MeshError('denied', 'The user did not confirm the change. Nothing was done.');
      }
      return tool.call({ ...(isObject(args) ? args : {}), confirm: requestState }, call);
    },
  };
}

/** A client that names no mode can show forms (2025-11-25, client/elicitation, capabilities). */
function asksUsers({ version, clientCapabilities: { elicitation } }: RequestCall): boolean {
  if (!isStatelessVersion(version) || !isObject(elicitation)) return false;
  return Object.keys(elicitation).length === 0 || elicitation.form !== undefined;
}

function isYes(response: unknown): boolean {
  return isObject(response) && response.action === 'accept' && isObject(response.content) && response.content[FIELD] === true;
}

function question(answer: ToolAnswer<JsonObject>): ToolAnswer<JsonObject> | InputRequired {
  const { status, confirm, operation, object } = answer.structured;
  if (status !== 'planned' || typeof confirm !== 'string') return answer;
  const lines = answer.text.split('\n').filter((line) => !line.includes(confirm));
  const message = [`Make this change: ${String(operation)} ${String(object)}?`, ...lines].join('\n');
  const cut = message.length > MAX_MESSAGE_CHARACTERS ? `${message.slice(0, MAX_MESSAGE_CHARACTERS)}\n… and more than fits here` : message;
  return {
    kind: 'input_required',
    inputRequests: {
      [REQUEST]: {
        method: 'elicitation/create',
        params: {
          mode: 'form',
          message: cut,
          requestedSchema: {
            type: 'object',
            properties: { [FIELD]: { type: 'boolean', title: 'Make the change', default: false } },
            required: [FIELD],
          },
        },
      },
    },
    requestState: confirm,
  };
}
