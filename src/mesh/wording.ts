/** How many problems of one node are told. */
const MOST_PROBLEMS = 8;
/** The longest summary, in characters. */
export const LONGEST_SUMMARY = 120;

/** The first of the items, and how many were left out: absent for none. */
export function cut<Item>(items: readonly Item[], most: number): { readonly kept: readonly Item[]; readonly omitted: number | undefined } {
  return items.length <= most ? { kept: items, omitted: undefined } : { kept: items.slice(0, most), omitted: items.length - most };
}

/** One line of at most `LONGEST_SUMMARY` characters: the parts that are not empty, with `; ` between them; `…` stands for those that do not fit. */
export function oneLine(parts: readonly (string | undefined)[]): string {
  const said = parts.flatMap((part) => part || []);
  const line = said.join('; ');
  if (line.length <= LONGEST_SUMMARY) return line;
  let kept = '';
  for (const part of said) {
    const next = kept === '' ? part : `${kept}; ${part}`;
    if (next.length > LONGEST_SUMMARY - 3) break;
    kept = next;
  }
  return kept === '' ? `${line.slice(0, LONGEST_SUMMARY - 1)}…` : `${kept}; …`;
}

/** What is wrong with one node, in the order in which it was found, each once. */
export class Problems {
  readonly #found = new Set<string>();

  add(problem: string): void {
    this.#found.add(problem);
  }

  get any(): boolean {
    return this.#found.size > 0;
  }

  /** At most 8 sentences, the last of which says how many more there are. */
  list(): readonly string[] {
    const all = [...this.#found];
    if (all.length <= MOST_PROBLEMS) return all;
    return [...all.slice(0, MOST_PROBLEMS - 1), `And ${all.length - MOST_PROBLEMS + 1} more problems.`];
  }
}
