import { type HeaderList, header } from '../../lib/headers.ts';
import { isObject } from '../../lib/json.ts';
import type { ProtocolError } from '../protocol/failure.ts';
import type { MirroredParameter } from '../protocol/mirrored-parameters.ts';
import { decodeHeaderValue, mismatch } from './request-headers.ts';

const DECIMAL = /^-?\d+(?:\.\d+)?$/;

/**
 * The `Mcp-Param-…` headers of a tool call must say what its arguments say (2026-07-28, basic/transports/streamable-http, server behavior for
 * custom headers). Answers what is wrong, or undefined.
 */
export function paramMismatch(headers: HeaderList, mirrored: readonly MirroredParameter[], args: unknown): ProtocolError | undefined {
  for (const { path, headerName } of mirrored) {
    const value = valueAt(args, path);
    // An absent or null argument has no header; one of a wrong type is for the tool to refuse.
    if (typeof value !== 'string' && typeof value !== 'boolean' && !Number.isSafeInteger(value)) continue;
    const name = `Mcp-Param-${headerName}`;
    const sent = header(headers, name)?.trim();
    if (sent === undefined) return mismatch(`${name} is missing`);
    const decoded = decodeHeaderValue(sent);
    if (decoded === undefined) return mismatch(`${name} is not well encoded`);
    const same = typeof value === 'number' ? DECIMAL.test(decoded) && Number(decoded) === value : decoded === String(value);
    if (!same) return mismatch(`${name} is not what the argument ${path.join('.')} says`);
  }
  return undefined;
}

function valueAt(args: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined), args);
}
