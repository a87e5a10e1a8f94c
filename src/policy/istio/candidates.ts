import { textsOf } from './lists.ts';
import { isPathTemplate } from './path-template.ts';
import type { Policy } from './policies.ts';
import { foldCase, readPattern } from './text-pattern.ts';

/** What a call may leave open of which rules ask by text alone, and under which list. */
const OPEN_TEXTS = { method: 'methods', host: 'hosts', path: 'paths' } as const;
export type OpenText = keyof typeof OPEN_TEXTS;

/** More values than this are not tried. */
const MOST = 200;

/**
 * Values of which each one that a call may have is, to these policies, like one: those that are asked for, those that begin or end as is asked, and one
 * like none. So that two rules of which one always matches decide a call, though neither does alone. Undefined where that cannot be told.
 */
export function candidatesFor(policies: readonly Policy[], attribute: OpenText): readonly string[] | undefined {
  const list = OPEN_TEXTS[attribute];
  const negated = `not${list.charAt(0).toUpperCase()}${list.slice(1)}`;
  const asked = new Set<string>();
  for (const { object } of policies) {
    for (const rule of object.spec.at('rules').items) {
      // By this way too a rule can ask for what is no header to us.
      if (rule.at('when').items.some((when) => /^request\.headers\[(?::|host)/i.test(when.at('key').text ?? ''))) return undefined;
      const operations = rule.at('to').items.map((to) => to.at('operation'));
      for (const text of operations.flatMap((each) => [...textsOf(each.at(list)), ...textsOf(each.at(negated))])) {
        if (attribute === 'path' && isPathTemplate(text)) return undefined;
        asked.add(attribute === 'host' ? foldCase(text) : text);
      }
    }
  }
  return spread([...asked].sort(), attribute);
}

/** A character, for private use, that is in none of the texts: what holds it is like none of them. */
function unusedLetter(texts: readonly string[]): string {
  let code = 0xe000;
  while (texts.some((text) => text.includes(String.fromCharCode(code)))) code++;
  return String.fromCharCode(code);
}

function spread(asked: readonly string[], attribute: OpenText): readonly string[] | undefined {
  const fresh = unusedLetter(asked);
  const patterns = asked.map(readPattern);
  const ends = ['', ...patterns.flatMap((pattern) => (pattern.tag === 'suffix' ? [pattern.text] : []))];
  const starts = [attribute === 'path' ? '/' : '', ...patterns.flatMap((pattern) => (pattern.tag === 'prefix' ? [pattern.text] : []))];
  const exact = patterns.flatMap((pattern) => (pattern.tag === 'exact' ? [pattern.text] : []));
  if (starts.length * ends.length + exact.length > MOST) return undefined;
  const made = starts.flatMap((start) => ends.map((end) => `${start}${fresh}${end}`));
  // Preflights of CORS are told by their method.
  const values = [...made, ...exact, ...(attribute === 'method' ? ['OPTIONS'] : [])];
  return attribute === 'path' ? values.filter((value) => value.startsWith('/')) : values;
}
