import { Re2 } from '../../lib/re2.ts';
import { type Field, quote } from '../objects/field.ts';
import { no, unknown, type Verdict, YES } from './verdict.ts';

/** A `StringMatch`. */
export type TextMatch =
  /** Without a type, and the expression `*`, which means that there is a value (istio, pilot/pkg/networking/core/route: `canBeConvertedToPresentMatch`). */
  | { readonly tag: 'present' }
  | { readonly tag: 'exact' | 'prefix' | 'regex'; readonly value: string }
  /** What the API server refuses. */
  | { readonly tag: 'invalid' };

const KINDS = ['exact', 'prefix', 'regex'] as const;

/** Reads a `StringMatch`; undefined where there is none. */
export function readTextMatch(field: Field): TextMatch | undefined {
  if (!field.exists) return undefined;
  if (!field.isObject) return { tag: 'invalid' };
  const given = KINDS.filter((kind) => field.at(kind).exists);
  const [kind] = given;
  if (kind === undefined) return { tag: 'present' };
  const { value } = field.at(kind);
  return given.length > 1 || typeof value !== 'string' ? { tag: 'invalid' } : { tag: kind, value };
}

/** Reads a map of them, keys as they are. */
export function readTextMatches(field: Field): ReadonlyMap<string, TextMatch> {
  // A key whose value is null matches as one without a type does.
  return new Map(field.entries.map(([key, value]) => [key, readTextMatch(value) ?? { tag: 'present' }]));
}

/** Whether a text satisfies a match; `what` names it in the reason. */
export function matchText(match: TextMatch, text: string, what: string, ignoreCase = false): Verdict {
  const fold = (each: string) => (ignoreCase ? each.toLowerCase() : each);
  switch (match.tag) {
    case 'present':
      return YES;
    case 'invalid':
      return unknown(`the condition on ${what} is none that Istio takes`);
    case 'exact':
      return fold(text) === fold(match.value) ? YES : no(`${what} is ${quote(text)}, not ${quote(match.value)}`);
    case 'prefix':
      return fold(text).startsWith(fold(match.value))
        ? YES
        : no(`${what} is ${quote(text)}, which does not begin with ${quote(match.value)}`);
    case 'regex':
      return matchExpression(match.value, text, what);
  }
}

/** The whole text has to match, and its case always counts (Envoy, `RegexMatcher` and `RouteMatch.case_sensitive`). */
function matchExpression(expression: string, text: string, what: string): Verdict {
  const compiled = Re2.compile(expression);
  const answer = compiled?.matches(text);
  if (compiled === undefined) return unknown(`the expression ${quote(expression)} on ${what} cannot be read here`);
  if (answer === undefined) return unknown(`${what} is too long to be tried on ${quote(expression)}`);
  return answer ? YES : no(`${what} is ${quote(text)}, which ${quote(expression)} does not match as a whole`);
}
