import type { Field } from '../objects/field.ts';
import type { Rewrite } from './answer.ts';
import type { HttpMatch } from './http-match.ts';
import type { Call } from './request.ts';

/** The rewriting of a rule; `authority` is what its headers set, which counts where `rewrite` sets none. */
export function readRewrite(field: Field, authority: string | undefined, match: HttpMatch | undefined, call: Call): Rewrite | undefined {
  const regex = field.at('uriRegexRewrite');
  const uri = field.at('uri').text;
  const rewrite: Rewrite = {
    authority: field.at('authority').text ?? authority,
    path: regex.exists || uri === undefined ? undefined : replacePrefix(call, match, uri),
    regex: regex.exists ? { match: regex.at('match').text ?? '', rewrite: regex.at('rewrite').text ?? '' } : undefined,
  };
  return rewrite.authority === undefined && rewrite.path === undefined && rewrite.regex === undefined ? undefined : rewrite;
}

/**
 * The path, its matched part replaced, and the query: the prefix where the rule matched one, `/` where it matched no path, and the whole path for the other
 * ways to match (Envoy, `RouteAction.prefix_rewrite`).
 */
export function replacePrefix({ path, search }: Call, match: HttpMatch | undefined, replacement: string): string {
  const uri = match?.uri;
  const matched = uri?.tag === 'exact' || uri?.tag === 'regex' ? path.length : uri?.tag === 'prefix' ? uri.value.length : 1;
  return `${replacement}${path.slice(matched)}${search}`;
}
