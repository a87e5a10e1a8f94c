/**
 * Reads the part of RE2's syntax that people write in routes (re2, doc/syntax.txt). Not read, and therefore refused: `\p`, `\Q`, `\C`, flags other than `i`
 * and `s` at the very start, and folding the case of letters beyond ASCII.
 */

/** Code points from `from` to `to`, both included. */
export type Range = readonly [from: number, to: number];

export type Assertion = 'start' | 'end' | 'boundary' | 'inside';

export type Node =
  | { readonly tag: 'set'; readonly ranges: readonly Range[]; readonly negated: boolean }
  | { readonly tag: 'assert'; readonly assertion: Assertion }
  | { readonly tag: 'sequence'; readonly nodes: readonly Node[] }
  | { readonly tag: 'either'; readonly nodes: readonly Node[] }
  | { readonly tag: 'repeat'; readonly node: Node; readonly least: number; readonly most: number; readonly lazy: boolean };

/** Longer patterns are not read: nobody writes them by hand, and the work grows with the length. */
export const LONGEST_PATTERN = 1024;

/** How deep groups may lie in one another. */
const DEEPEST_GROUP = 50;

/** RE2 itself refuses to count further. */
const MOST_REPEATS = 1000;

/** The flags that may open a pattern. */
const FLAGS = /^\(\?([is]{1,2})\)/;

const DIGIT: readonly Range[] = [[0x30, 0x39]];
const WORD: readonly Range[] = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
];
const SPACE: readonly Range[] = [
  [0x09, 0x0a],
  [0x0c, 0x0d],
  [0x20, 0x20],
];
const NEWLINE: readonly Range[] = [[0x0a, 0x0a]];

/** Perl's classes; in RE2 they are ASCII alone. */
const CLASSES: ReadonlyMap<string, readonly Range[]> = new Map([
  ['d', DIGIT],
  ['w', WORD],
  ['s', SPACE],
]);

/** POSIX's classes as they stand inside of brackets, such as `[[:alpha:]]`. */
const POSIX: ReadonlyMap<string, readonly Range[]> = new Map<string, readonly Range[]>([
  [
    'alnum',
    [
      [0x30, 0x39],
      [0x41, 0x5a],
      [0x61, 0x7a],
    ],
  ],
  [
    'alpha',
    [
      [0x41, 0x5a],
      [0x61, 0x7a],
    ],
  ],
  ['digit', DIGIT],
  ['lower', [[0x61, 0x7a]]],
  ['upper', [[0x41, 0x5a]]],
  ['word', WORD],
  [
    'xdigit',
    [
      [0x30, 0x39],
      [0x41, 0x46],
      [0x61, 0x66],
    ],
  ],
]);

const CONTROLS: ReadonlyMap<string, number> = new Map([
  ['a', 0x07],
  ['f', 0x0c],
  ['n', 0x0a],
  ['r', 0x0d],
  ['t', 0x09],
  ['v', 0x0b],
]);

const LAST_CODE_POINT = 0x10ffff;

/** The pattern's tree; undefined where RE2 would refuse it or where it uses what is not read here. */
export function parseRe2(pattern: string): Node | undefined {
  if (pattern.length > LONGEST_PATTERN) return undefined;
  const flags = FLAGS.exec(pattern)?.[1] ?? '';
  const parser = new Parser(pattern.slice(flags === '' ? 0 : flags.length + 3), flags.includes('i'), flags.includes('s'));
  return parser.whole();
}

/** Reads forward only. Every method answers undefined where the text is not understood. */
class Parser {
  readonly #characters: readonly string[];
  readonly #foldCase: boolean;
  readonly #dotIsAll: boolean;
  #at = 0;

  constructor(text: string, foldCase: boolean, dotIsAll: boolean) {
    this.#characters = [...text];
    this.#foldCase = foldCase;
    this.#dotIsAll = dotIsAll;
  }

  whole(): Node | undefined {
    const node = this.#either(0);
    return this.#at === this.#characters.length ? node : undefined;
  }

  get #next(): string | undefined {
    return this.#characters[this.#at];
  }

  #take(character: string): boolean {
    if (this.#next !== character) return false;
    this.#at++;
    return true;
  }

  #either(depth: number): Node | undefined {
    if (depth > DEEPEST_GROUP) return undefined;
    const nodes: Node[] = [];
    do {
      const node = this.#sequence(depth);
      if (node === undefined) return undefined;
      nodes.push(node);
    } while (this.#take('|'));
    return { tag: 'either', nodes };
  }

  #sequence(depth: number): Node | undefined {
    const nodes: Node[] = [];
    while (this.#next !== undefined && this.#next !== '|' && this.#next !== ')') {
      const atom = this.#atom(depth);
      const node = atom && this.#repeated(atom);
      if (node === undefined) return undefined;
      nodes.push(node);
    }
    return { tag: 'sequence', nodes };
  }

  #repeated(node: Node): Node | undefined {
    const bounds = this.#bounds();
    if (bounds === undefined) return node;
    const [least, most] = bounds;
    if (least > MOST_REPEATS || (most !== Number.POSITIVE_INFINITY && (most > MOST_REPEATS || most < least))) return undefined;
    const lazy = this.#take('?');
    // RE2 refuses a repetition of a repetition.
    return this.#bounds() === undefined ? { tag: 'repeat', node, least, most, lazy } : undefined;
  }

  /** The bounds of `*`, `+`, `?` or `{2,3}`; a brace that opens no count is a plain character. */
  #bounds(): readonly [number, number] | undefined {
    if (this.#take('*')) return [0, Number.POSITIVE_INFINITY];
    if (this.#take('+')) return [1, Number.POSITIVE_INFINITY];
    if (this.#take('?')) return [0, 1];
    if (this.#next !== '{') return undefined;
    // Ten characters hold the largest count that RE2 takes.
    const count = /^\{(\d{1,4})(,(\d{0,4}))?\}/.exec(this.#characters.slice(this.#at, this.#at + 11).join(''));
    if (count === null) return undefined;
    this.#at += count[0].length;
    const least = Number(count[1]);
    if (count[2] === undefined) return [least, least];
    return [least, count[3] === '' ? Number.POSITIVE_INFINITY : Number(count[3])];
  }

  #atom(depth: number): Node | undefined {
    const character = this.#next ?? '';
    this.#at++;
    switch (character) {
      case '(':
        return this.#group(depth);
      case '[':
        return this.#brackets();
      case '\\':
        return this.#escape();
      case '.':
        return this.#dotIsAll ? { tag: 'set', ranges: [], negated: true } : { tag: 'set', ranges: NEWLINE, negated: true };
      case '^':
        return { tag: 'assert', assertion: 'start' };
      case '$':
        return { tag: 'assert', assertion: 'end' };
      case '*':
      case '+':
      case '?':
        return undefined;
      default:
        return this.#set([single(character)], false);
    }
  }

  #group(depth: number): Node | undefined {
    if (this.#take('?')) {
      const rest = this.#characters.slice(this.#at, this.#at + 64).join('');
      const opening = /^(:|P?<[A-Za-z_]\w*>)/.exec(rest);
      if (opening === null) return undefined;
      this.#at += opening[0].length;
    }
    const node = this.#either(depth + 1);
    return this.#take(')') ? node : undefined;
  }

  #escape(): Node | undefined {
    const character = this.#next;
    if (character === 'b' || character === 'B' || character === 'A' || character === 'z') {
      this.#at++;
      const assertions = { b: 'boundary', B: 'inside', A: 'start', z: 'end' } as const;
      return { tag: 'assert', assertion: assertions[character] };
    }
    const named = this.#namedClass();
    if (named !== undefined) return { tag: 'set', ...named };
    const point = this.#escapedPoint();
    return point === undefined ? undefined : this.#set([[point, point]], false);
  }

  /** `\d`, `\D` and their like, after the backslash. */
  #namedClass(): { readonly ranges: readonly Range[]; readonly negated: boolean } | undefined {
    const character = this.#next ?? '';
    const ranges = CLASSES.get(character.toLowerCase());
    if (ranges === undefined) return undefined;
    this.#at++;
    return { ranges, negated: character !== character.toLowerCase() };
  }

  /** A character that was escaped, after the backslash. */
  #escapedPoint(): number | undefined {
    const character = this.#next;
    if (character === undefined) return undefined;
    this.#at++;
    if (character === 'x') {
      const digits = /^(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,6})\})/.exec(this.#characters.slice(this.#at, this.#at + 8).join(''));
      if (digits === null) return undefined;
      this.#at += digits[0].length;
      const point = Number.parseInt(digits[1] ?? digits[2] ?? '', 16);
      return point <= LAST_CODE_POINT ? point : undefined;
    }
    // A letter or digit that has no meaning of its own is an error in RE2, as are references back.
    return CONTROLS.get(character) ?? (/^[!-/:-@[-`{-~]$/.test(character) ? character.codePointAt(0) : undefined);
  }

  #brackets(): Node | undefined {
    const negated = this.#take('^');
    const ranges: Range[] = [];
    for (let first = true; first || this.#next !== ']'; first = false) {
      const item = this.#bracketItem();
      if (item === undefined) return undefined;
      ranges.push(...item);
    }
    this.#at++;
    return this.#set(ranges, negated);
  }

  /** A character, a range or a class inside of brackets. */
  #bracketItem(): readonly Range[] | undefined {
    if (this.#next === '[') {
      const named = /^\[:([a-z]{4,6}):\]/.exec(this.#characters.slice(this.#at, this.#at + 10).join(''));
      if (named !== null) {
        this.#at += named[0].length;
        return POSIX.get(named[1] ?? '');
      }
      if (this.#characters[this.#at + 1] === ':') return undefined;
    }
    if (this.#next === '\\') {
      this.#at++;
      const named = this.#namedClass();
      if (named !== undefined) return named.negated ? complement(named.ranges) : named.ranges;
      this.#at--;
    }
    const from = this.#bracketPoint();
    if (from === undefined) return undefined;
    if (this.#next !== '-' || this.#characters[this.#at + 1] === ']') return [[from, from]];
    this.#at++;
    const to = this.#bracketPoint();
    return to === undefined || to < from ? undefined : [[from, to]];
  }

  #bracketPoint(): number | undefined {
    if (this.#take('\\')) return this.#escapedPoint();
    const character = this.#next;
    this.#at++;
    return character?.codePointAt(0);
  }

  #set(ranges: readonly Range[], negated: boolean): Node | undefined {
    if (!this.#foldCase) return { tag: 'set', ranges, negated };
    if (ranges.some(([, to]) => to > 0x7f)) return undefined;
    return { tag: 'set', ranges: [...ranges, ...ranges.flatMap(otherCase)], negated };
  }
}

function single(character: string): Range {
  const point = character.codePointAt(0) ?? 0;
  return [point, point];
}

/** What the sorted ranges leave out. */
function complement(ranges: readonly Range[]): readonly Range[] {
  const left: Range[] = [];
  let next = 0;
  for (const [from, to] of ranges) {
    if (from > next) left.push([next, from - 1]);
    next = to + 1;
  }
  left.push([next, LAST_CODE_POINT]);
  return left;
}

/** The same ASCII letters in the other case; `k` and `s` have a third form in Unicode (Kelvin sign, long s). */
function otherCase([from, to]: Range): readonly Range[] {
  const others: Range[] = [];
  for (const [first, last, distance] of [
    [0x41, 0x5a, 0x20],
    [0x61, 0x7a, -0x20],
  ] as const) {
    const start = Math.max(from, first);
    const end = Math.min(to, last);
    if (start <= end) others.push([start + distance, end + distance]);
  }
  if (covers([from, to], 'k')) others.push([0x212a, 0x212a]);
  if (covers([from, to], 's')) others.push([0x17f, 0x17f]);
  return others;
}

function covers([from, to]: Range, letter: string): boolean {
  return [letter, letter.toUpperCase()].some((each) => {
    const [point] = single(each);
    return from <= point && point <= to;
  });
}
