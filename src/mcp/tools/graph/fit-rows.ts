import type { ToolAnswer } from '../../tool.ts';

// A usual estimate for English; tables of names run nearer to three.
const CHARACTERS_PER_TOKEN = 4;

/** The text of an answer about one namespace, unless more is asked for: under 400 tokens. */
export const BRIEF_CHARACTERS = 399 * CHARACTERS_PER_TOKEN;

/** The text of an answer about many namespaces, or far into the mesh: under 1,500 tokens. */
export const LONG_CHARACTERS = 1_499 * CHARACTERS_PER_TOKEN;

/** How many characters an answer may have: its text, and its data as JSON. */
export interface Budget {
  readonly text: number;
  readonly data: number;
}

const SHORTER: readonly number[] = [Number.POSITIVE_INFINITY, 8, 2];

/** The budget of an answer whose text should not be longer than `characters`, and never more than the server allows. */
export function budgetOf(maxCharacters: number, characters: number = maxCharacters): Budget {
  return { text: Math.min(characters, maxCharacters), data: maxCharacters };
}

/**
 * Renders an answer with so many rows that it stays within its budget: `most`, or the largest number from `least` on that fits. Where even the least does not,
 * the lists within a row are shortened, too. `rows` and `items` must not make an answer smaller as they grow.
 */
export function fitRows<Data>(
  { most, least }: { readonly most: number; readonly least: number },
  budget: Budget,
  render: (rows: number, items: number) => ToolAnswer<Data>,
): ToolAnswer<Data> {
  const fits = ({ text, structured }: ToolAnswer<Data>) => text.length <= budget.text && JSON.stringify(structured).length <= budget.data;
  const whole = render(most, Number.POSITIVE_INFINITY);
  if (fits(whole)) return whole;
  let [low, high] = [least, Math.max(least, most - 1)];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(render(middle, Number.POSITIVE_INFINITY))) low = middle;
    else high = middle - 1;
  }
  for (const items of SHORTER) {
    const answer = render(low, items);
    if (fits(answer)) return answer;
  }
  return render(low, 0);
}

/** What an answer says that has less in a row than there is. */
export function shortNotes(items: number): readonly string[] {
  return items === Number.POSITIVE_INFINITY ? [] : ['Lists within a row are cut short to keep the answer within its size.'];
}
