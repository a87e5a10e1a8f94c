import { isObject } from '../../lib/json.ts';
import { canonical, type Field } from '../objects/field.ts';
import type { RouteKind } from './routes.ts';

/** What a match says about the path. */
type PathPattern =
  | { readonly tag: 'any' }
  | { readonly tag: 'exact'; readonly text: string }
  | { readonly tag: 'prefix'; readonly text: string }
  | { readonly tag: 'other'; readonly text: string };

/** One match of a rule; a rule without matches has one that matches everything. */
interface Match {
  readonly field: Field;
  readonly path: PathPattern;
  /** Everything else that it demands, equal texts for equal demands; empty for none. */
  readonly rest: string;
}

/** A match that never decides anything, because an earlier one takes all that it would. */
export interface ShadowedMatch {
  readonly field: Field;
  readonly rule: number;
  /** The rule that takes its requests. */
  readonly by: number;
}

export interface Shadows {
  /** Rules of which every match is taken by earlier rules. */
  readonly rules: readonly { readonly field: Field; readonly rule: number; readonly by: number }[];
  /** Single matches of other rules. */
  readonly matches: readonly ShadowedMatch[];
}

/** Fields of a match that do not narrow it. */
const NAMES = new Set(['name', 'statPrefix']);

/** Longer paths are not compared: nobody writes them, and each would be cut at every length. */
const LONGEST_PATH = 2048;

/**
 * Finds rules and matches that earlier ones of the same list cover: the proxy takes the first that matches. A match covers another when its path does and it
 * demands either nothing else or exactly the same else. Costs a look-up for each match, not one for each pair.
 */
export function findShadows(list: Field, kind: RouteKind): Shadows {
  const earlier = new Map<string, Covered>();
  const rules: { field: Field; rule: number; by: number }[] = [];
  const matches: ShadowedMatch[] = [];
  for (const [rule, field] of list.items.entries()) {
    const found: ShadowedMatch[] = [];
    let open = 0;
    for (const match of readMatches(field, kind)) {
      const by = earlier.get(match.rest)?.find(match.path) ?? (match.rest === '' ? undefined : earlier.get('')?.find(match.path));
      if (by === undefined) {
        open++;
        let covered = earlier.get(match.rest);
        if (covered === undefined) {
          covered = new Covered();
          earlier.set(match.rest, covered);
        }
        covered.add(match.path, rule);
      } else {
        found.push({ field: match.field, rule, by });
      }
    }
    const [first] = found;
    // Matches that only repeat one of their own rule leave the rule itself reachable.
    if (open === 0 && first !== undefined && found.some(({ by }) => by !== rule)) rules.push({ field, rule, by: first.by });
    else matches.push(...found);
  }
  return { rules, matches };
}

/** The paths that earlier matches with the same other demands take, each with the first rule that does. */
class Covered {
  #any: number | undefined;
  readonly #exact = new Map<string, number>();
  readonly #prefix = new Map<string, number>();
  readonly #other = new Map<string, number>();
  readonly #lengths = new Set<number>();

  add(path: PathPattern, rule: number): void {
    if (path.tag === 'any') {
      this.#any ??= rule;
    } else if (path.tag === 'exact') {
      this.#exact.set(path.text, rule);
    } else if (path.tag === 'prefix') {
      this.#prefix.set(path.text, rule);
      this.#lengths.add(path.text.length);
    } else {
      this.#other.set(path.text, rule);
    }
  }

  find(path: PathPattern): number | undefined {
    if (this.#any !== undefined || path.tag === 'any') return this.#any;
    if (path.tag === 'other') return this.#other.get(path.text);
    const exact = path.tag === 'exact' ? this.#exact.get(path.text) : undefined;
    if (exact !== undefined || path.text.length > LONGEST_PATH) return exact;
    for (const length of this.#lengths) {
      const rule = length <= path.text.length ? this.#prefix.get(path.text.slice(0, length)) : undefined;
      if (rule !== undefined) return rule;
    }
    return undefined;
  }
}

function readMatches(rule: Field, kind: RouteKind): readonly Match[] {
  const list = rule.at('match');
  if (list.size === 0) return [{ field: rule, path: { tag: 'any' }, rest: '' }];
  return list.items.map((field) => ({
    field,
    path: kind === 'http' ? readPath(field.at('uri')) : { tag: 'any' },
    rest: restOf(field, kind),
  }));
}

function readPath(uri: Field): PathPattern {
  if (!uri.exists || uri.size === 0) return { tag: 'any' };
  const exact = uri.at('exact').text;
  if (exact !== undefined) return { tag: 'exact', text: exact };
  const prefix = uri.at('prefix').value;
  // Every path begins with a slash.
  if (typeof prefix === 'string') return prefix === '' || prefix === '/' ? { tag: 'any' } : { tag: 'prefix', text: prefix };
  return uri.at('regex').text === '.*' ? { tag: 'any' } : { tag: 'other', text: canonical(uri.value) };
}

/** Everything that a match demands besides the path. */
export function restOf(match: Field, kind: RouteKind): string {
  if (!isObject(match.value)) return '';
  const demands = Object.entries(match.value).filter(
    ([key, value]) => !NAMES.has(key) && !(kind === 'http' && key === 'uri') && !isEmpty(value),
  );
  return demands.length === 0 ? '' : canonical(Object.fromEntries(demands));
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}
