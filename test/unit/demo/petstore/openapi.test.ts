import { describe, expect, it } from 'vitest';
import { createDemoPetstore } from '../../../../src/demo/petstore/petstore.ts';
import { OPERATIONS } from '../../../../src/petstore/operations.ts';
import { API_SCHEMAS } from '../../../../src/petstore/schemas.ts';

interface Described {
  readonly operationId: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required: boolean;
    readonly schema: { readonly type?: unknown };
  }[];
  readonly requestBody?: { readonly content: Record<string, unknown> };
  readonly responses: Record<string, { readonly content?: Record<string, unknown>; readonly headers?: Record<string, unknown> }>;
  readonly security?: readonly Record<string, unknown>[];
}
interface OpenApi {
  readonly openapi: string;
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Record<string, Record<string, Described>>;
  readonly components: {
    readonly schemas: Record<string, { readonly required?: readonly string[] }>;
    readonly securitySchemes: Record<string, unknown>;
  };
}

function fetched(): OpenApi {
  const demo = createDemoPetstore();
  const response = demo({ method: 'GET', path: '/api/v3/openapi.json', query: '', headers: [], body: new Uint8Array(0) });
  expect(response.status).toBe(200);
  return JSON.parse(new TextDecoder().decode(response.body));
}

describe('openapi.json', () => {
  const document = fetched();

  it('has each operation of the table at its place, and no other', () => {
    const places = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => `${method.toUpperCase()} ${path} ${operationId}`),
    );
    expect(places.sort()).toEqual(OPERATIONS.map(({ method, path, operationId }) => `${method} ${path} ${operationId}`).sort());
    expect(document.openapi).toMatch(/^3\.0\.\d$/);
    expect(document.servers).toEqual([{ url: '/api/v3' }]);
  });

  it.each(OPERATIONS.map((operation) => [operation.name, operation] as const))('says of %s what the table says', (_, operation) => {
    const described = document.paths[operation.path]?.[operation.method.toLowerCase()];
    expect(described?.parameters?.map(({ name, in: place }) => `${place} ${name}`) ?? []).toEqual(
      operation.parameters.map(({ name, in: place }) => `${place} ${name}`),
    );
    for (const parameter of described?.parameters ?? []) {
      expect(['integer', 'string', 'array']).toContain(parameter.schema.type);
      if (parameter.in === 'path') expect(parameter.required).toBe(true);
    }
    const content = operation.body === undefined ? [] : [operation.body.type === 'json' ? 'application/json' : 'application/octet-stream'];
    expect(Object.keys(described?.requestBody?.content ?? {})).toEqual(content);
    expect(Object.keys(described?.responses ?? {}).sort()).toEqual(['200', ...Object.keys(operation.reasons)].sort());
    expect(described?.security?.flatMap(Object.keys) ?? []).toEqual(operation.credentials);
    expect(Object.keys(described?.responses['200']?.content ?? {})).toEqual(operation.answer.kind === 'done' ? [] : ['application/json']);
  });

  it('has the schemas of the API, and each reference leads to one', () => {
    expect(Object.keys(document.components.schemas)).toEqual(Object.keys(API_SCHEMAS));
    expect(document.components.schemas).toMatchObject({ Pet: { required: ['name', 'photoUrls'] } });
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map((match) => match[1] ?? '');
    expect(references.length).toBeGreaterThan(10);
    expect(references.filter((name) => !(name in API_SCHEMAS))).toEqual([]);
    expect(Object.keys(document.components.securitySchemes)).toEqual(['api_key', 'petstore_auth']);
  });

  it('names the headers of a login and the default status', () => {
    expect(document.paths).toMatchObject({
      '/user/login': { get: { responses: { '200': { headers: { 'X-Rate-Limit': {}, 'X-Expires-After': {} } } } } },
      '/pet/findByStatus': {
        get: {
          parameters: [{ required: false, schema: { type: 'string', enum: ['available', 'pending', 'sold'], default: 'available' } }],
        },
      },
    });
  });
});
