import { header } from '../../lib/headers.ts';
import { decodeUtf8 } from '../../lib/utf8.ts';
import { carry } from '../../petstore/carry.ts';
import type { Operation, Parameter } from '../../petstore/operation.ts';
import { OPERATIONS } from '../../petstore/operations.ts';
import type { DemoHandler, DemoRequest, DemoResponse } from '../http.ts';
import { type Call, CONTROLLERS } from './controllers.ts';
import { openApi } from './openapi.ts';
import { failure, json } from './reply.ts';
import { sampleState } from './state.ts';

/** What a demo Petstore can be told. */
export interface DemoPetstoreOptions {
  /** Wall time in milliseconds; the process's by default. */
  readonly now?: () => number;
}

/** Where the API lies. */
export const BASE_PATH = '/api/v3';

/** Larger bodies are refused: twice the largest upload. */
const MAX_BODY_BYTES = 4_194_304;

/**
 * A Petstore in memory with the sample data of the reference server: all operations of the table and `openapi.json`. Same wire format as the reference
 * server, its oddities included, with three exceptions: it speaks JSON alone, it is bounded, and the two calls that break the reference server for good
 * (a user without a name, an order without a status) leave this one whole.
 */
export function createDemoPetstore({ now = Date.now }: DemoPetstoreOptions = {}): DemoHandler<DemoResponse> {
  const state = sampleState(now());
  const description = openApi(BASE_PATH);
  let serial = 0;
  return (request) => {
    serial++;
    if (request.path === `${BASE_PATH}/openapi.json`) {
      return request.method === 'GET' ? json(description) : failure(405, 'method not allowed', [['allow', 'GET']]);
    }
    const route = findRoute(request);
    if (route.tag === 'refused') return route.response;
    const { operation, segments } = route;
    const input = readInput(operation, segments, request);
    if (input.tag === 'refused') return input.response;
    const controller = CONTROLLERS[operation.name];
    if (controller === undefined) return failure(501, 'not implemented');
    return controller({ ...input, state, nowMs: now(), serial });
  };
}

interface Refused {
  readonly tag: 'refused';
  readonly response: DemoResponse;
}

function refused(response: DemoResponse): Refused {
  return { tag: 'refused', response };
}

interface Route {
  readonly tag: 'route';
  readonly operation: Operation;
  /** The decoded path parameters. */
  readonly segments: ReadonlyMap<string, string>;
}

/** The first operation that matches: the table has `/user/login` before `/user/{username}`, so that it is not the user named login. */
function findRoute({ method, path }: DemoRequest): Route | Refused {
  if (!path.startsWith(`${BASE_PATH}/`)) return refused(failure(404, 'not found'));
  const parts = path.slice(BASE_PATH.length).split('/');
  const allowed: string[] = [];
  for (const operation of OPERATIONS) {
    const segments = matchPath(operation.path.split('/'), parts);
    if (segments === undefined) continue;
    if (operation.method === method) return { tag: 'route', operation, segments };
    allowed.push(operation.method);
  }
  return refused(allowed.length === 0 ? failure(404, 'not found') : failure(405, 'method not allowed', [['allow', allowed.join(', ')]]));
}

function matchPath(template: readonly string[], parts: readonly string[]): ReadonlyMap<string, string> | undefined {
  if (template.length !== parts.length) return undefined;
  const segments = new Map<string, string>();
  for (const [index, expected] of template.entries()) {
    const part = parts[index] ?? '';
    const name = /^\{(\w+)\}$/.exec(expected)?.[1];
    const text = name === undefined ? part : decode(part);
    if (name === undefined ? part !== expected : text === undefined || text === '') return undefined;
    if (name !== undefined) segments.set(name, text ?? '');
  }
  return segments;
}

/** Percent-decoded, or undefined where the text is no percent-encoding of UTF-8. */
function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

type Input = { readonly tag: 'input' } & Pick<Call, 'integer' | 'text' | 'texts' | 'body' | 'bytes'>;

function readInput(operation: Operation, segments: ReadonlyMap<string, string>, request: DemoRequest): Input | Refused {
  if (request.body.length > MAX_BODY_BYTES) return refused(failure(413, 'too large'));
  const query = new URLSearchParams(request.query);
  const given = new Map<string, readonly string[]>();
  for (const parameter of operation.parameters) {
    const segment = segments.get(parameter.name);
    const values = parameter.in === 'query' ? query.getAll(parameter.name) : segment === undefined ? [] : [segment];
    if (values.length > 0 && !conforms(parameter, values)) return refused(failure(400, `Input error in ${parameter.name}`));
    given.set(parameter.name, values);
  }
  const body = readBody(operation, request);
  if (body.tag === 'refused') return body;
  const texts = (name: string) => given.get(name) ?? [];
  const text = (name: string) => texts(name)[0];
  return { tag: 'input', texts, text, integer: (name) => Number(text(name)), body: body.value, bytes: request.body };
}

/** Whether the values are such as the table wants them; an absent one is the controller's affair, as with the reference server. */
function conforms({ schema }: Parameter, values: readonly string[]): boolean {
  const [first = ''] = values;
  // A whole number in text is a number for its schema; every other schema takes the text or the list of texts.
  const candidates = [values, first, ...(/^-?\d{1,15}$/.test(first) ? [Number(first)] : [])];
  return candidates.some((candidate) => schema.safeParse(candidate).success);
}

/** `value` is undefined where the operation takes no JSON, where there is no body, and where it is `null`. */
function readBody({ body }: Operation, request: DemoRequest): { readonly tag: 'body'; readonly value: unknown } | Refused {
  if (body === undefined) return { tag: 'body', value: undefined };
  const wanted = body.type === 'json' ? 'application/json' : 'application/octet-stream';
  const type = header(request.headers, 'content-type')?.split(';')[0]?.trim().toLowerCase();
  if (request.body.length > 0 && type !== wanted) return refused(failure(415, 'unsupported media type'));
  if (body.type === 'bytes' || request.body.length === 0) return { tag: 'body', value: undefined };
  try {
    return { tag: 'body', value: carry(JSON.parse(decodeUtf8(request.body))).value };
  } catch {
    return refused(failure(400, 'Input error in the body'));
  }
}
