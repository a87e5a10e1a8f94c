import { encodedLength } from '../lib/base64.ts';
import { described, limitedText, z } from '../lib/zod.ts';
import type { SchemaName } from './schemas.ts';

/** A value that stands in the path or the query. An array in the query is its key repeated. */
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  /** A string, a whole number or an array of strings; strict, and described for a model. */
  readonly schema: z.ZodMiniType;
}

/** What a request carries besides its parameters. */
export type Body =
  | {
      readonly type: 'json';
      /** The API's schema: what goes over the wire. */
      readonly schema: SchemaName;
      /** Whether the body is an array of that. */
      readonly list: boolean;
      /** What the caller may say: strict, limited, described for a model. */
      readonly argument: z.ZodMiniType;
      /** A member which, left out, is taken from the parameter of the same name. */
      readonly inherits?: string;
    }
  | { readonly type: 'bytes' };

/** What a good answer holds; `src/petstore/answer.ts` reads each kind. `done` holds nothing of use, so it has its words here. */
export type AnswerForm =
  | { readonly kind: 'pet' | 'pets' | 'inventory' | 'order' | 'user' | 'users' | 'upload' | 'session' }
  | { readonly kind: 'done'; readonly text: string };

/** What a call does to the world, in the sense of MCP's tool annotations. */
export interface Effect {
  readonly readOnly: boolean;
  /** It may overwrite or delete what is there. */
  readonly destructive: boolean;
  /** The same call again changes nothing more: only such a call is ever tried twice. */
  readonly idempotent: boolean;
}

/** A credential of the API: `api_key` is the header of that name, `petstore_auth` an OAuth token as `Authorization: Bearer`. */
export type Credential = 'api_key' | 'petstore_auth';

/** One operation of the Petstore API: all that its tool, its client, the demo Petstore and the OpenAPI description are made from. */
export interface Operation {
  /** The tool's name: method and path. */
  readonly name: string;
  /** The name in the API's own description. */
  readonly operationId: string;
  readonly group: 'pet' | 'store' | 'user';
  readonly title: string;
  /** Written for a model. */
  readonly description: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the base URL, with `{name}` for each path parameter. */
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body?: Body;
  readonly answer: AnswerForm;
  /** Why this operation answers with an error status, as a sentence without its full stop. */
  readonly reasons: Readonly<Record<number, string>>;
  readonly effect: Effect;
  readonly credentials: readonly Credential[];
  /** All arguments in one strict object: parameters by their names, a JSON body as `body`, bytes as `file` and `contentType`. */
  readonly input: z.ZodMiniObject;
}

/** Reads only. */
export const READS: Effect = { readOnly: true, destructive: false, idempotent: true };
/** Puts a whole object in the place of another. */
export const REPLACES: Effect = { readOnly: false, destructive: true, idempotent: true };
/** Makes something; what has the same id or name is overwritten, and where the server picks the id, each call makes another one. */
export const CREATES: Effect = { readOnly: false, destructive: true, idempotent: false };
export const DELETES: Effect = { readOnly: false, destructive: true, idempotent: true };

/** Largest file: its base64 text and the JSON around it still fit the default of MAX_BODY_BYTES. */
export const MAX_UPLOAD_BYTES = 2_097_152;

/** The reference Petstore takes the first alone; the others are for servers behind which something looks at the type. */
export const UPLOAD_TYPES = ['application/octet-stream', 'image/png', 'image/jpeg', 'image/gif', 'image/webp'] as const;

const UPLOAD_ARGUMENTS = {
  file: described(
    limitedText({ min: 1, max: encodedLength(MAX_UPLOAD_BYTES) }),
    `The image as base64 (standard alphabet, padded, no line breaks); at most ${MAX_UPLOAD_BYTES} bytes once decoded.`,
  ),
  contentType: described(
    z._default(z.enum(UPLOAD_TYPES), 'application/octet-stream'),
    'Content type to send it under. The reference Petstore takes only the default.',
  ),
};

/** An operation with its arguments put together. */
export function operation(facts: Omit<Operation, 'input'>): Operation {
  const parameters = Object.fromEntries(facts.parameters.map(({ name, schema }) => [name, schema]));
  return { ...facts, input: z.strictObject({ ...parameters, ...bodyArguments(facts.body) }) };
}

function bodyArguments(body: Body | undefined): z.core.$ZodLooseShape {
  if (body === undefined) return {};
  return body.type === 'json' ? { body: body.argument } : UPLOAD_ARGUMENTS;
}
