import { type Truth, truthOf, unknown, YES } from '../access/truth.ts';
import { PATH } from '../access/unknowns.ts';
import { type Field, quote } from '../objects/field.ts';
import { textIn } from './references.ts';
import { meetsText, type Request, regex, type TextCondition } from './request-match.ts';

/** A condition on the path. */
export type PathMatch = TextCondition | { readonly tag: 'prefix'; readonly value: string };

/** How many characters of the path matched; of an expression all of them, which are unknown where the path is. */
export interface MatchedPath {
  readonly length: number;
  readonly holds: Truth;
}

/** Reads `{type, value}`; undefined where Linkerd cannot (linkerd2, policy-controller/k8s/index/src/routes/http.rs: `path_match`). */
export function readPathMatch(field: Field): PathMatch | undefined {
  const [type, given] = [field.at('type'), field.at('value')];
  const value = given.exists ? textIn(given) : '/';
  if (value === undefined || !field.isObject) return undefined;
  if (type.value === 'RegularExpression') return regex(value);
  if (!value.startsWith('/')) return undefined;
  if (type.value === 'Exact') return { tag: 'exact', value };
  return !type.exists || type.value === 'PathPrefix' ? { tag: 'prefix', value } : undefined;
}

/** A prefix matches whole segments; slashes at the end count in neither (linkerd2-proxy, linkerd/http/route/src/http/match/path.rs). */
export function matchPath(match: PathMatch, { path }: Request): MatchedPath {
  switch (match.tag) {
    case 'exact':
      return { length: match.value.length, holds: path === undefined ? unknown(PATH) : truthOf(path === match.value) };
    case 'regex':
      if (path === undefined) return { length: Number.POSITIVE_INFINITY, holds: unknown(PATH) };
      return { length: path.length, holds: meetsText(match, path, `the path ${quote(path)}`) };
    case 'prefix': {
      if (match.value === '/') return { length: 1, holds: YES };
      const prefix = trimSlashes(match.value);
      if (path === undefined) return { length: prefix.length, holds: prefix === '' ? YES : unknown(PATH) };
      const trimmed = trimSlashes(path);
      const rest = trimmed.startsWith(prefix) ? trimmed.slice(prefix.length) : undefined;
      return { length: prefix.length, holds: truthOf(rest !== undefined && (rest === '' || rest.startsWith('/'))) };
    }
  }
}

function trimSlashes(text: string): string {
  let end = text.length;
  while (text[end - 1] === '/') end--;
  return text.slice(0, end);
}
