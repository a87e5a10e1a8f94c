import type { HeaderList } from '../../lib/headers.ts';
import { encodeUtf8 } from '../../lib/utf8.ts';
import type { DemoResponse } from '../http.ts';

/** An object as JSON. */
export function json(value: unknown): DemoResponse {
  return { status: 200, headers: [['content-type', 'application/json']], body: encodeUtf8(JSON.stringify(value)) };
}

/** Bare text under the label of JSON: the reference server writes strings so, without quotation marks. */
export function bareText(text: string, headers: HeaderList = []): DemoResponse {
  return { status: 200, headers: [['content-type', 'application/json'], ...headers], body: encodeUtf8(text) };
}

/** A success with nothing to say. */
export function nothing(): DemoResponse {
  return { status: 200, headers: [['content-length', '0']], body: new Uint8Array(0) };
}

/** A refusal by a controller of the reference server: plain text, labelled XML. */
export function refusal(status: number, text: string): DemoResponse {
  return { status, headers: [['content-type', 'application/xml']], body: encodeUtf8(text) };
}

/** A refusal by the framework below the controllers: JSON with code and message. */
export function failure(status: number, message: string, headers: HeaderList = []): DemoResponse {
  return {
    status,
    headers: [['content-type', 'application/json'], ...headers],
    body: encodeUtf8(JSON.stringify({ code: status, message })),
  };
}
