import { type Assertion, type Node, parseRe2, type Range } from './re2-parse.ts';

/** One state of the machine that a pattern becomes. */
type State =
  | { readonly tag: 'set'; readonly ranges: readonly Range[]; readonly negated: boolean; readonly next: number }
  | { readonly tag: 'assert'; readonly assertion: Assertion; readonly next: number }
  /** What is to be preferred comes first. */
  | { readonly tag: 'split'; readonly next: readonly number[] }
  | { readonly tag: 'end' };

/** A larger machine is not built: a counted repetition multiplies what it repeats. */
const MOST_STATES = 2000;

/** A match that could take more steps is not tried; it would keep a component busy for longer than a request may take. */
const MOST_STEPS = 4_000_000;

/**
 * A regular expression as Envoy reads it: RE2's syntax and meaning, and the whole text has to match (Envoy, `RegexMatcher`). It is not the host language's
 * expression because that reads some patterns otherwise, and because its time has no bound: here it is at most states times characters.
 */
export class Re2 {
  readonly #states: readonly State[];
  readonly #start: number;

  private constructor(states: readonly State[], start: number) {
    this.#states = states;
    this.#start = start;
  }

  /** Undefined for a pattern that RE2 refuses, that is too large, or that uses what `re2-parse.ts` does not read. */
  static compile(pattern: string): Re2 | undefined {
    const node = parseRe2(pattern);
    if (node === undefined) return undefined;
    const states: State[] = [{ tag: 'end' }];
    const start = build(node, 0, states);
    return start === undefined ? undefined : new Re2(states, start);
  }

  /** Whether the whole text matches; undefined where it is too long to be tried. */
  matches(text: string): boolean | undefined {
    if (text.length * this.#states.length > MOST_STEPS) return undefined;
    const points = [...text].map((character) => character.codePointAt(0) ?? 0);
    let current = this.#reach([this.#start], points, 0);
    for (let at = 0; at < points.length && current.size > 0; at++) {
      const point = points[at] ?? 0;
      const next: number[] = [];
      for (const index of current) {
        const state = this.#states[index];
        if (state?.tag === 'set' && isIn(state.ranges, point) !== state.negated) next.push(state.next);
      }
      current = this.#reach(next, points, at + 1);
    }
    return current.has(0);
  }

  /**
   * Whether the first match that a search finds is the whole text, which is how Linkerd's proxy asks (linkerd2-proxy, linkerd/http/route/src/http/match/path.rs).
   * Of the matches that begin at one place a search takes the preferred one and not the longest: in `ab` it finds an `a` by `a|ab`, and no whole match.
   * Undefined where the text is too long to be tried.
   */
  finds(text: string): boolean | undefined {
    if (text.length * this.#states.length > MOST_STEPS) return undefined;
    const points = [...text].map((character) => character.codePointAt(0) ?? 0);
    let found: number | undefined;
    let current = this.#preferred([this.#start], points, 0);
    for (let at = 0; ; at++) {
      const end = current.indexOf(0);
      if (end !== -1) {
        found = at;
        current = current.slice(0, end);
      }
      const point = points[at];
      if (point === undefined || current.length === 0) return found === points.length;
      const next = current.flatMap((index) => {
        const state = this.#states[index];
        return state?.tag === 'set' && isIn(state.ranges, point) !== state.negated ? [state.next] : [];
      });
      current = this.#preferred(next, points, at + 1);
    }
  }

  /** The states that can be reached without a character, those to be preferred first. */
  #preferred(from: readonly number[], points: readonly number[], at: number): readonly number[] {
    const reached = new Set<number>();
    const waiting = [...from].reverse();
    for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
      if (reached.has(index)) continue;
      reached.add(index);
      const state = this.#states[index];
      if (state?.tag === 'split') waiting.push(...[...state.next].reverse());
      if (state?.tag === 'assert' && holds(state.assertion, points, at)) waiting.push(state.next);
    }
    return [...reached];
  }

  /** The states that can be reached without a character. */
  #reach(from: readonly number[], points: readonly number[], at: number): ReadonlySet<number> {
    const reached = new Set<number>();
    const waiting = [...from];
    for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
      if (reached.has(index)) continue;
      reached.add(index);
      const state = this.#states[index];
      if (state?.tag === 'split') waiting.push(...state.next);
      if (state?.tag === 'assert' && holds(state.assertion, points, at)) waiting.push(state.next);
    }
    return reached;
  }
}

/** Adds the states of a node that go on to `next`; answers the first of them, or undefined once there are too many. */
function build(node: Node, next: number, states: State[]): number | undefined {
  const add = (state: State) => (states.length < MOST_STATES ? states.push(state) - 1 : undefined);
  switch (node.tag) {
    case 'set':
      return add({ tag: 'set', ranges: node.ranges, negated: node.negated, next });
    case 'assert':
      return add({ tag: 'assert', assertion: node.assertion, next });
    case 'sequence': {
      let start: number | undefined = next;
      for (const each of [...node.nodes].reverse()) {
        if (start === undefined) return undefined;
        start = build(each, start, states);
      }
      return start;
    }
    case 'either': {
      const starts: number[] = [];
      for (const each of node.nodes) {
        const start = build(each, next, states);
        if (start === undefined) return undefined;
        starts.push(start);
      }
      return add({ tag: 'split', next: starts });
    }
    case 'repeat':
      return buildRepeat(node, next, states);
  }
}

function buildRepeat({ node, least, most, lazy }: Extract<Node, { tag: 'repeat' }>, next: number, states: State[]): number | undefined {
  const choose = (body: number): State => ({ tag: 'split', next: lazy ? [next, body] : [body, next] });
  let start: number | undefined = next;
  if (most === Number.POSITIVE_INFINITY) {
    if (states.length >= MOST_STATES) return undefined;
    const loop: number = states.push({ tag: 'split', next: [next] }) - 1;
    const body = build(node, loop, states);
    if (body === undefined) return undefined;
    states[loop] = choose(body);
    start = loop;
  } else {
    for (let count = least; count < most; count++) {
      const body: number | undefined = start === undefined ? undefined : build(node, start, states);
      if (body === undefined || states.length >= MOST_STATES) return undefined;
      start = states.push(choose(body)) - 1;
    }
  }
  for (let count = 0; count < least && start !== undefined; count++) start = build(node, start, states);
  return start;
}

function isIn(ranges: readonly Range[], point: number): boolean {
  return ranges.some(([from, to]) => from <= point && point <= to);
}

function holds(assertion: Assertion, points: readonly number[], at: number): boolean {
  if (assertion === 'start') return at === 0;
  if (assertion === 'end') return at === points.length;
  return (isWord(points[at - 1]) !== isWord(points[at])) === (assertion === 'boundary');
}

function isWord(point: number | undefined): boolean {
  return point !== undefined && point < 0x80 && /\w/.test(String.fromCharCode(point));
}
