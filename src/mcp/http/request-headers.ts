import { decodeBase64 } from '../../lib/base64.ts';
import { type HeaderList, header } from '../../lib/headers.ts';
import { decodeUtf8, encodeUtf8 } from '../../lib/utf8.ts';
import { RPC_ERROR } from '../protocol/constants.ts';
import { ProtocolError, quote } from '../protocol/failure.ts';
import type { Params } from '../protocol/message.ts';

export const VERSION_HEADER = 'mcp-protocol-version';

// 2026-07-28, basic/transports/streamable-http, standard request headers: which parameter `Mcp-Name` repeats.
const NAMED_BY: ReadonlyMap<string, 'name' | 'uri'> = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
]);

/**
 * The headers of a stateless-era request must be there and say what its body says, so that whoever routes by the headers
 * and whoever reads the body see the same request (2026-07-28, basic/transports/streamable-http, server validation). `MCP-Protocol-Version`
 * has been compared by then. Answers what is wrong, or undefined.
 */
export function headerMismatch(headers: HeaderList, method: string, params: Params): ProtocolError | undefined {
  if (header(headers, VERSION_HEADER) === undefined) return mismatch('MCP-Protocol-Version is missing');
  const named = header(headers, 'mcp-method')?.trim();
  if (named === undefined) return mismatch('Mcp-Method is missing');
  if (named !== method) return mismatch(`Mcp-Method is ${quote(named)}, the body's method is ${quote(method)}`);
  const key = NAMED_BY.get(method);
  const value = key === undefined ? undefined : params[key];
  if (typeof value !== 'string') return undefined;
  const sent = header(headers, 'mcp-name')?.trim();
  if (sent === undefined) return mismatch('Mcp-Name is missing');
  const decoded = decodeHeaderValue(sent);
  if (decoded === undefined) return mismatch('Mcp-Name is not well encoded');
  if (decoded !== value) return mismatch(`Mcp-Name is ${quote(decoded)}, the body's params.${key} is ${quote(value)}`);
  return undefined;
}

/** A `HeaderMismatch` error (2026-07-28, basic/transports/streamable-http, server validation). */
export function mismatch(problem: string): ProtocolError {
  return new ProtocolError(RPC_ERROR.headerMismatch, `Header mismatch: ${problem}.`);
}

const SENTINEL = /^=\?base64\?(.*)\?=$/;
const PLAIN = /^[\t\x20-\x7e]*$/;

/**
 * The value behind a header: itself, or what stands in `=?base64?…?=`; undefined where it is neither (2026-07-28,
 * basic/transports/streamable-http, value encoding).
 */
export function decodeHeaderValue(value: string): string | undefined {
  const encoded = SENTINEL.exec(value)?.[1];
  if (encoded === undefined) return PLAIN.test(value) ? value : undefined;
  const bytes = decodeBase64(encoded);
  if (bytes === undefined) return undefined;
  const text = decodeUtf8(bytes);
  // Malformed UTF-8 decodes to something, but does not encode back to itself.
  const back = encodeUtf8(text);
  return back.length === bytes.length && back.every((byte, index) => byte === bytes[index]) ? text : undefined;
}
