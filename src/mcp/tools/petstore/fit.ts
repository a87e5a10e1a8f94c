import type { JsonObject } from '../../../lib/json.ts';
import type { Answer, Reading } from '../../../petstore/answer.ts';
import type { ToolAnswer } from '../../tool.ts';
import { renderText, type Span } from './text.ts';

/** What an answer has to fit into. */
export interface Fitting {
  /** Characters of the text and of the data, as JSON, taken together: clients differ in which of the two they show. */
  readonly budget: number;
  /** Items of a list to leave out at its beginning: those that earlier answers showed. */
  readonly skip: number;
  /** What the text says where the answer holds no data of use. */
  readonly doneText: string;
}

/** How far long texts and inner lists are cut until an object fits by itself; the last step fits every budget that the options allow. */
const SHORTENINGS = [
  { characters: 1_000, items: 50 },
  { characters: 200, items: 10 },
  { characters: 40, items: 3 },
  { characters: 10, items: 1 },
] as const;
type Shortening = (typeof SHORTENINGS)[number];

const SHORTENED = 'Long texts and lists in this answer are shortened.';
const INEXACT = 'Numbers too large to be carried exactly are left out.';
const PARTIAL = 'The Petstore has more than this server reads at once: search by fewer tags, or read single pets by their ids.';
const CUT = 'This is not all: the rest did not fit.';

/**
 * The text and the data of an answer, cut so that they fit: a list after a whole item, an object by shortening what is long in it. A note says what
 * was cut and how to get the rest.
 */
export function fitAnswer(reading: Reading, fitting: Fitting): ToolAnswer<JsonObject> {
  const list = listIn(reading.answer);
  return list === undefined ? fitObject(reading, fitting) : fitList(list, reading, fitting);
}

function fitObject(reading: Reading, { budget, doneText }: Fitting): ToolAnswer<JsonObject> {
  const compose = (answer: Answer, notes: readonly string[]) =>
    composed(answer, {}, renderText(answer, doneText, WHOLE), [...notes, ...notesOn(reading)]);
  return shortenUntilFits(budget, compose(reading.answer, []), (shortening) => compose(shorten(reading.answer, shortening), [SHORTENED]));
}

const WHOLE: Span = { before: 0, total: undefined };

function shortenUntilFits(
  budget: number,
  whole: ToolAnswer<JsonObject>,
  compose: (shortening: Shortening) => ToolAnswer<JsonObject>,
): ToolAnswer<JsonObject> {
  let fitted = whole;
  for (const shortening of SHORTENINGS) {
    if (size(fitted) <= budget) break;
    fitted = compose(shortening);
  }
  return fitted;
}

/** An answer that is a list, seen from outside. */
interface List {
  readonly count: number;
  /** Only pets are asked for in parts. */
  readonly paged: boolean;
  /** The answer with some of the items alone. */
  readonly part: (from: number, to: number) => Answer;
  /** Characters of one item as JSON. */
  readonly weight: (index: number) => number;
}

function listIn(answer: Answer): List | undefined {
  switch (answer.kind) {
    case 'pets':
      return listOf(answer.data.pets, true, (pets) => ({ kind: 'pets', data: { pets } }));
    case 'users':
      return listOf(answer.data.users, false, (users) => ({ kind: 'users', data: { users } }));
    case 'inventory':
      return listOf(Object.entries(answer.data.inventory), false, (entries) => ({
        kind: 'inventory',
        data: { inventory: Object.fromEntries(entries) },
      }));
    default:
      return undefined;
  }
}

function listOf<Item>(items: readonly Item[], paged: boolean, make: (items: readonly Item[]) => Answer): List {
  return {
    count: items.length,
    paged,
    part: (from, to) => make(items.slice(from, to)),
    weight: (index) => JSON.stringify(items[index]).length,
  };
}

function fitList(list: List, reading: Reading, { budget, skip, doneText }: Fitting): ToolAnswer<JsonObject> {
  const before = Math.min(skip, list.count);
  const total = reading.partial ? undefined : list.count;
  const compose = (answer: Answer, shown: number, notes: readonly string[]) => {
    const after = before + shown;
    const rest = after < list.count;
    const next = rest && list.paged ? String(after) : undefined;
    const paging = {
      ...(total === undefined ? {} : { total }),
      truncated: rest || reading.partial,
      ...(next === undefined ? {} : { nextCursor: next }),
    };
    const howOn = next === undefined ? CUT : `There is more: call again with the same arguments and cursor "${next}".`;
    const text = renderText(answer, doneText, { before, total });
    return composed(answer, list.paged ? paging : {}, text, [...notes, ...(rest ? [howOn] : []), ...notesOn(reading)]);
  };
  const first = (shown: number) => compose(list.part(before, before + shown), shown, []);
  const most = mostItems(list, before, budget);
  const longest = first(most);
  if ((most > 0 || before === list.count) && size(longest) <= budget) return longest;
  const shown = largest(most, (count) => size(first(count)) <= budget);
  if (shown > 0) return first(shown);
  const single = list.part(before, before + 1);
  return shortenUntilFits(budget, first(1), (shortening) => compose(shorten(single, shortening, LIST_DEPTH), 1, [SHORTENED]));
}

/** More items than these cannot fit, whatever the text says of them: so that a long list costs no more than what is shown of it. */
function mostItems(list: List, before: number, budget: number): number {
  let weight = 0;
  let count = 0;
  while (before + count < list.count && weight <= budget) {
    weight += list.weight(before + count);
    count++;
  }
  return count;
}

/** The largest number from 0 that fits, where `most` does not and with each number all smaller ones fit; 0 where none does. */
function largest(most: number, fits: (count: number) => boolean): number {
  let low = 0;
  let high = most;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}

function composed(answer: Answer, paging: JsonObject, text: string, notes: readonly string[]): ToolAnswer<JsonObject> {
  const note = notes.length === 0 ? undefined : notes.join(' ');
  // Answers are read out of JSON by schemas of JSON: each is a JSON object.
  const data = answer.data as JsonObject;
  return {
    text: note === undefined ? text : `${text}\n\n${note}`,
    structured: { ...data, ...paging, ...(note === undefined ? {} : { note }) },
  };
}

function notesOn({ partial, inexact }: Reading): readonly string[] {
  return [...(partial ? [PARTIAL] : []), ...(inexact ? [INEXACT] : [])];
}

function size({ text, structured }: ToolAnswer<JsonObject>): number {
  return text.length + JSON.stringify(structured).length;
}

/** `{kind, data: {pets: [` : the depth of a list's own items, above which nothing is left out. */
const LIST_DEPTH = 3;

/** The value with its texts and its lists cut; lists less than `from` levels deep stay whole. Every text stays a text and every list a list, so the type holds. */
function shorten<Value>(value: Value, shortening: Shortening, from = 0, depth = 0): Value {
  const cut = (inner: unknown): unknown => shorten(inner, shortening, from, depth + 1);
  if (typeof value === 'string') {
    // `kind` is the one text that is ours; none of its values is longer than the shortest cut.
    const short = value.length <= shortening.characters ? value : `${whole(value.slice(0, shortening.characters))}…`;
    return short as Value & string;
  }
  if (Array.isArray(value)) return (depth < from ? value : value.slice(0, shortening.items)).map(cut) as Value & unknown[];
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, cut(member)])) as Value & object;
}

/** Without the first half of a surrogate pair at the end. */
function whole(text: string): string {
  return /[\ud800-\udbff]$/.test(text) ? text.slice(0, -1) : text;
}
