import { isObject } from '../../lib/json.ts';
import { RPC_ERROR } from './constants.ts';
import { ProtocolError, quote } from './failure.ts';
import type { Params } from './message.ts';

/** A parameter that must be a text. */
export function requiredText(params: Params, key: string, where = 'params'): string {
  const value = params[key];
  if (typeof value !== 'string') throw new ProtocolError(RPC_ERROR.invalidParams, `"${where}.${key}" must be a text.`);
  return value;
}

/** A parameter that must be an object, or absent. */
export function optionalObject(params: Params, key: string, where = 'params'): Params | undefined {
  const value = params[key];
  if (value === undefined) return undefined;
  if (!isObject(value)) throw new ProtocolError(RPC_ERROR.invalidParams, `"${where}.${key}" must be an object.`);
  return value;
}

/** A parameter that must be an object. */
export function requiredObject(params: Params, key: string, where = 'params'): Params {
  const value = optionalObject(params, key, where);
  if (value === undefined) throw new ProtocolError(RPC_ERROR.invalidParams, `"${where}.${key}" is missing.`);
  return value;
}

/** An object that holds nothing but texts, or nothing. */
export function optionalTexts(params: Params, key: string, where = 'params'): Readonly<Record<string, string>> {
  const values = optionalObject(params, key, where) ?? {};
  for (const [name, value] of Object.entries(values)) {
    if (typeof value !== 'string')
      throw new ProtocolError(RPC_ERROR.invalidParams, `"${where}.${key}" must hold texts; ${quote(name)} is none.`);
  }
  // Every value was just seen to be a text.
  return values as Readonly<Record<string, string>>;
}

/**
 * Our lists fit one page, so we never hand out a cursor and any cursor is invalid (2024-11-05, server/utilities/pagination, error
 * handling). The catalogue is bounded by what is compiled in.
 */
export function refuseCursor(params: Params): void {
  const { cursor } = params;
  if (cursor === undefined) return;
  const what = typeof cursor === 'string' ? `${quote(cursor)} is not a cursor of this list` : '"params.cursor" must be a text';
  throw new ProtocolError(RPC_ERROR.invalidParams, `${what}; the whole list comes without one.`);
}
