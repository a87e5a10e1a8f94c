import type { JsonObject } from '../../lib/json.ts';
import { z } from '../../lib/zod.ts';
import { SESSION_HEADERS } from '../../petstore/answer.ts';
import type { AnswerForm, Body, Operation, Parameter } from '../../petstore/operation.ts';
import { API_VERSION, OPERATIONS } from '../../petstore/operations.ts';
import { API_SCHEMAS, type SchemaName } from '../../petstore/schemas.ts';

/** The OpenAPI 3.0 description of the Petstore API, made from the operations table. */
export function openApi(basePath: string): JsonObject {
  const paths: Record<string, Record<string, JsonObject>> = {};
  for (const operation of OPERATIONS) {
    paths[operation.path] = { ...paths[operation.path], [operation.method.toLowerCase()]: describeOperation(operation) };
  }
  return {
    openapi: '3.0.4',
    info: {
      title: 'Petstore',
      version: API_VERSION,
      description: 'A demo of the Swagger Petstore API v3: the whole API, in memory, gone when the process ends.',
    },
    servers: [{ url: basePath }],
    paths,
    components: {
      schemas: Object.fromEntries(Object.entries(API_SCHEMAS).map(([name, schema]) => [name, schemaOf(schema)])),
      securitySchemes: {
        api_key: { type: 'apiKey', name: 'api_key', in: 'header' },
        petstore_auth: { type: 'http', scheme: 'bearer' },
      },
    },
  };
}

function describeOperation(operation: Operation): JsonObject {
  const { operationId, title, description, group, parameters, body, credentials } = operation;
  return {
    operationId,
    tags: [group],
    summary: title,
    description,
    ...(parameters.length === 0 ? {} : { parameters: parameters.map(describeParameter) }),
    ...(body === undefined ? {} : { requestBody: { required: true, content: requestContent(body) } }),
    responses: responses(operation),
    ...(credentials.length === 0 ? {} : { security: credentials.map((credential) => ({ [credential]: [] })) }),
  };
}

function describeParameter({ name, in: place, schema }: Parameter): JsonObject {
  const { description, ...rest } = schemaOf(schema);
  return {
    name,
    in: place,
    ...(description === undefined ? {} : { description }),
    required: !schema.safeParse(undefined).success,
    schema: rest,
  };
}

function requestContent(body: Body): JsonObject {
  if (body.type === 'bytes') return { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } };
  return { 'application/json': { schema: body.list ? { type: 'array', items: reference(body.schema) } : reference(body.schema) } };
}

function responses({ answer, reasons }: Operation): JsonObject {
  return {
    '200': { description: answer.kind === 'done' ? answer.text : 'Done', ...SUCCESS[answer.kind] },
    ...Object.fromEntries(Object.entries(reasons).map(([status, reason]) => [status, { description: `${reason}.` }])),
  };
}

const reference = (name: SchemaName): JsonObject => ({ $ref: `#/components/schemas/${name}` });
const json = (schema: JsonObject): JsonObject => ({ content: { 'application/json': { schema } } });

/** The body and the headers of a good answer, as the API's own description promises them. */
const SUCCESS: Readonly<Record<AnswerForm['kind'], JsonObject>> = {
  pet: json(reference('Pet')),
  pets: json({ type: 'array', items: reference('Pet') }),
  inventory: json({ type: 'object', additionalProperties: { type: 'integer', format: 'int32' } }),
  order: json(reference('Order')),
  user: json(reference('User')),
  users: json(reference('User')),
  upload: json(reference('ApiResponse')),
  session: {
    headers: {
      [SESSION_HEADERS.rateLimit]: { description: 'Calls allowed in an hour.', schema: { type: 'integer', format: 'int32' } },
      [SESSION_HEADERS.expiresAfter]: { description: 'When the session ends.', schema: { type: 'string' } },
    },
    ...json({ type: 'string' }),
  },
  done: {},
};

/** zod types its result as its own JSON Schema interface, whose values are JSON by construction. */
function schemaOf(schema: z.ZodMiniType): JsonObject {
  return z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input' }) as unknown as JsonObject;
}
