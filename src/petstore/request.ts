import { decodeBase64 } from '../lib/base64.ts';
import { MeshError } from '../lib/errors.ts';
import type { HeaderList } from '../lib/headers.ts';
import { isObject } from '../lib/json.ts';
import { pathSegment, queryString } from '../lib/url.ts';
import { encodeUtf8 } from '../lib/utf8.ts';
import { type Body, MAX_UPLOAD_BYTES, type Operation, type Parameter } from './operation.ts';

/** Arguments that the operation's `input` has passed. */
export type Arguments = Readonly<Record<string, unknown>>;

/** Where the Petstore is and who we are to it. */
export interface Connection {
  /** Without a trailing slash. */
  readonly baseUrl: string;
  /** Empty for none. */
  readonly apiKey: string;
  /** Empty for none. */
  readonly token: string;
}

/** What goes over the wire, apart from limits of time and size. */
export interface WireRequest {
  readonly method: Operation['method'];
  readonly url: string;
  readonly headers: HeaderList;
  readonly body?: Uint8Array;
}

/** The request for one call. Throws `MeshError('invalid')` for what no schema can say: a path that cannot be written, a file that is not base64. */
export function buildRequest(operation: Operation, args: Arguments, connection: Connection): WireRequest {
  const query = queryString(pairs(operation, args));
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => segment(name, args[name]));
  const content = bodyOf(operation.body, args);
  return {
    method: operation.method,
    url: `${connection.baseUrl}${path}${query === '' ? '' : `?${query}`}`,
    headers: [
      ['accept', 'application/json'],
      ...(content === undefined ? [] : [['content-type', content.type] as const]),
      ...credentials(operation, connection),
    ],
    ...(content === undefined ? {} : { body: content.bytes }),
  };
}

function segment(name: string, value: unknown): string {
  const encoded = pathSegment(String(value));
  if (encoded === undefined) throw new MeshError('invalid', `${name}: the URL of the Petstore cannot carry this value.`);
  return encoded;
}

function pairs(operation: Operation, args: Arguments): readonly (readonly [string, string])[] {
  return operation.parameters
    .filter((parameter) => parameter.in === 'query')
    .flatMap(({ name }: Parameter) => values(args[name]).map((value) => [name, String(value)] as const));
}

function values(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

interface Content {
  readonly type: string;
  readonly bytes: Uint8Array;
}

function bodyOf(body: Body | undefined, args: Arguments): Content | undefined {
  if (body === undefined) return undefined;
  const { body: value, file, contentType } = args;
  if (body.type === 'bytes') return { type: String(contentType), bytes: fileBytes(String(file)) };
  const filled = body.inherits !== undefined && isObject(value) ? { [body.inherits]: args[body.inherits], ...value } : value;
  return { type: 'application/json', bytes: encodeUtf8(JSON.stringify(filled)) };
}

function fileBytes(text: string): Uint8Array {
  const bytes = decodeBase64(text);
  if (bytes === undefined) {
    throw new MeshError(
      'invalid',
      'file: not base64. Use the standard alphabet with padding, without line breaks and without a data: prefix.',
    );
  }
  if (bytes.length > MAX_UPLOAD_BYTES) throw new MeshError('invalid', `file: more than ${MAX_UPLOAD_BYTES} bytes.`);
  return bytes;
}

function credentials(operation: Operation, { apiKey, token }: Connection): HeaderList {
  const headers: (readonly [string, string])[] = [];
  if (apiKey !== '' && operation.credentials.includes('api_key')) headers.push(['api_key', apiKey]);
  if (token !== '' && operation.credentials.includes('petstore_auth')) headers.push(['authorization', `Bearer ${token}`]);
  return headers;
}
