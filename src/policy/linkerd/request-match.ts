import type { HeaderList } from '../../lib/headers.ts';
import { Re2 } from '../../lib/re2.ts';
import type { AccessCall } from '../access/model.ts';
import { allOf, anyOf, type Truth, truthOf, unknown, YES } from '../access/truth.ts';
import { METHOD } from '../access/unknowns.ts';
import { type Field, quote } from '../objects/field.ts';
import { parseQuery, splitPath } from './query.ts';
import { textIn } from './references.ts';

/** A call as routes look at it; what is undefined is not known. */
export interface Request {
  readonly method: string | undefined;
  /** With the query. */
  readonly target: string | undefined;
  /** Without the query. */
  readonly path: string | undefined;
  readonly parameters: readonly (readonly [name: string, value: string])[] | undefined;
  /** With the port. */
  readonly authority: string | undefined;
  /** Without the port. */
  readonly host: string | undefined;
  readonly headers: HeaderList | undefined;
  /** It is known to be a call of gRPC, so that its path has a service and a method. */
  readonly isGrpc: boolean;
}

export function requestOf(call: AccessCall): Request {
  const { path, query } = call.path === undefined ? { path: undefined, query: undefined } : splitPath(call.path);
  return {
    // Every gRPC call is a POST.
    method: call.method ?? (call.protocol === 'grpc' ? 'POST' : undefined),
    target: call.path,
    path,
    parameters: call.path === undefined ? undefined : parseQuery(query ?? ''),
    authority: call.host,
    host: call.host === undefined ? undefined : hostIn(call.host),
    headers: call.headers?.map(([name, value]) => [name.toLowerCase(), value]),
    isGrpc: call.protocol === 'grpc',
  };
}

function hostIn(authority: string): string {
  const end = authority.startsWith('[') ? authority.indexOf(']') + 1 : authority.indexOf(':');
  return end > 0 ? authority.slice(0, end) : authority;
}

/** A condition on a text, as Gateway API has them for paths, headers and query parameters. */
export type TextCondition =
  | { readonly tag: 'exact'; readonly value: string }
  /** `expression`: undefined where it is none that can be read here. */
  | { readonly tag: 'regex'; readonly value: string; readonly expression: Re2 | undefined };

/** Reads `{type, value}`; undefined for a type that there is not, or a value that is no text. */
function readTextCondition(field: Field): TextCondition | undefined {
  const [type, value] = [field.at('type'), textIn(field.at('value'))];
  if (value === undefined) return undefined;
  if (!type.exists || type.value === 'Exact') return { tag: 'exact', value };
  return type.value === 'RegularExpression' ? regex(value) : undefined;
}

export function regex(value: string): TextCondition {
  return { tag: 'regex', value, expression: Re2.compile(value) };
}

/**
 * Whether a text meets a condition. The first match that the expression finds has to be the whole text (linkerd2-proxy, linkerd/http/route/src/http/match/
 * path.rs, header.rs, query_param.rs).
 */
export function meetsText(condition: TextCondition, text: string, what: string): Truth {
  if (condition.tag === 'exact') return truthOf(condition.value === text);
  const found = condition.expression?.finds(text);
  return found === undefined ? unknown(`whether the expression ${quote(condition.value)} matches ${what}`) : truthOf(found);
}

/** A condition on a header or a query parameter. */
export interface NamedCondition {
  readonly name: string;
  readonly condition: TextCondition;
}

/** Reads a list of `{name, type, value}`; undefined where a part is none. An absent one is empty. */
export function readNamedConditions(list: Field, isName: (name: string) => boolean): readonly NamedCondition[] | undefined {
  if (!list.exists) return [];
  if (!Array.isArray(list.value)) return undefined;
  const conditions: NamedCondition[] = [];
  for (const item of list.items) {
    const name = textIn(item.at('name'));
    const condition = readTextCondition(item);
    if (name === undefined || !isName(name) || condition === undefined) return undefined;
    conditions.push({ name, condition });
  }
  return conditions;
}

// What Linkerd can read as a header (the `http` crate's HeaderName, which is RFC 9110's token, and HeaderValue).
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\uffff]*$/;
// Values with other characters are no text to an expression.
const VISIBLE = /^[\t\x20-\x7e]*$/;

export function isHeaderName(text: string | undefined): boolean {
  return text !== undefined && HEADER_NAME.test(text);
}

export function isHeaderValue(text: string | undefined): boolean {
  return text !== undefined && HEADER_VALUE.test(text);
}

/** Reads conditions on headers, whose names come in lower case. */
export function readHeaderConditions(list: Field): readonly NamedCondition[] | undefined {
  const conditions = readNamedConditions(list, isHeaderName);
  if (conditions?.some(({ condition }) => condition.tag === 'exact' && !isHeaderValue(condition.value))) return undefined;
  return conditions?.map(({ name, condition }) => ({ name: name.toLowerCase(), condition }));
}

/** Whether all conditions on headers hold; of a header that repeats one value is enough (linkerd2-proxy, linkerd/http/route/src/http/match/header.rs). */
export function meetsHeaders(conditions: readonly NamedCondition[], { headers }: Request): Truth {
  return allOf(conditions, ({ name, condition }) => {
    const what = `the header ${quote(name)}`;
    if (headers === undefined) return unknown(what);
    const values = headers.filter(([each, value]) => each === name && (condition.tag === 'exact' || VISIBLE.test(value)));
    return anyOf(values, ([, value]) => meetsText(condition, value, what));
  });
}

/** Whether all conditions on query parameters hold (linkerd2-proxy, linkerd/http/route/src/http/match/query_param.rs). */
export function meetsParameters(conditions: readonly NamedCondition[], { parameters }: Request): Truth {
  return allOf(conditions, ({ name, condition }) => {
    const what = `the query parameter ${quote(name)}`;
    if (parameters === undefined) return unknown(what);
    const values = parameters.filter(([each]) => each === name);
    return anyOf(values, ([, value]) => meetsText(condition, value, what));
  });
}

export function meetsMethod(method: string | undefined, request: Request): Truth {
  if (method === undefined) return YES;
  return request.method === undefined ? unknown(METHOD) : truthOf(method === request.method);
}
