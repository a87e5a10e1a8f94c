import { hashText } from '../../lib/hash.ts';
import type { Wanted } from './fetch.ts';
import { isText, parseStored } from './fields.ts';
import type { Refs } from './stored.ts';

/**
 * How many pages the index and the summaries have. A reader of one namespace takes the head and a page of the index: at a thousand
 * namespaces sixteen rows of a hundred bytes, and some 25 bytes for each page in the head. An overview takes all pages of summaries; fewer,
 * because everyone pays for them in the head.
 */
export const INDEX_PAGES = 64;
export const SUMMARY_PAGES = 16;

/** The page of so many that a namespace stands on. */
export function pageOf(namespace: string, pages: number): number {
  return Number.parseInt(hashText(namespace).slice(0, 8), 16) % pages;
}

/** What stands on a page, by namespace. */
export type Page<Row> = ReadonlyMap<string, Row>;

/** What is stored of a namespace, a text each. */
export const PARTS = ['topology', 'traffic', 'objects'] as const;
export type Part = (typeof PARTS)[number];

/** Where the parts of a namespace lie. */
export interface IndexEntry {
  readonly topology: Refs;
  /** Empty: no traffic was seen. */
  readonly traffic: Refs;
  readonly objects: Refs;
}

const VERSION = 1;

/** The text of a page: a row for each namespace, by name; empty where there is none. */
export function encodeIndexPage(entries: Page<IndexEntry>): string {
  if (entries.size === 0) return '';
  const rows = [...entries]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { topology, traffic, objects }]) => [name, topology, traffic, objects]);
  return JSON.stringify({ version: VERSION, rows });
}

/** The page back, or undefined where the text is not one of ours. */
export function decodeIndexPage(text: string): Page<IndexEntry> | undefined {
  const entries = new Map<string, IndexEntry>();
  const rows = parseStored(text, VERSION)?.rows;
  if (!Array.isArray(rows)) return undefined;
  for (const row of rows) {
    if (!Array.isArray(row)) return undefined;
    const [name, topology, traffic, objects] = row as unknown[]; // Array.isArray says any[].
    if (!isText(name) || !isText(topology) || !isText(traffic) || !isText(objects)) return undefined;
    entries.set(name, { topology, traffic, objects });
  }
  return entries;
}

/** All pages of one sort, as far as they were read. */
export class PageSet<Row> {
  readonly #refs: readonly Refs[];
  readonly #decode: (text: string) => Page<Row> | undefined;
  readonly #known: (Page<Row> | undefined)[];

  /** `refs`: where the pages lie; `known`: those that need not be read. */
  constructor(refs: readonly Refs[], decode: (text: string) => Page<Row> | undefined, known: readonly Page<Row>[] = []) {
    this.#refs = refs;
    this.#decode = decode;
    this.#known = refs.map((ref, page) => known[page] ?? (ref === '' ? new Map() : undefined));
  }

  /** What must be read of the pages of these namespaces. */
  wanted(namespaces: readonly string[]): readonly Wanted[] {
    return [...new Set(namespaces.map((namespace) => pageOf(namespace, this.#refs.length)))].flatMap((page) => this.#wantedPage(page));
  }

  wantedOfAll(): readonly Wanted[] {
    return this.#refs.flatMap((_, page) => this.#wantedPage(page));
  }

  /** To be asked for when its page has been read. */
  row(namespace: string): Row | undefined {
    return this.#known[pageOf(namespace, this.#refs.length)]?.get(namespace);
  }

  /** To be asked for when all have been read. */
  all(): readonly Page<Row>[] {
    return this.#known.map((page) => page ?? new Map());
  }

  #wantedPage(page: number): readonly Wanted[] {
    if (this.#known[page] !== undefined) return [];
    const take = (text: string) => {
      this.#known[page] = this.#decode(text);
      return this.#known[page] !== undefined;
    };
    return [{ refs: this.#refs[page] ?? '', take }];
  }
}

/** The pages of one sort for the next head in the making. Those that it began with stay as they are. */
export class PageDraft<Row> {
  readonly #pages: Page<Row>[];
  readonly #changing = new Map<number, Map<string, Row>>();

  constructor(pages: readonly Page<Row>[]) {
    this.#pages = [...pages];
  }

  get pages(): readonly Page<Row>[] {
    return this.#pages;
  }

  /** The pages that may be others than they were. */
  get changed(): ReadonlyMap<number, Page<Row>> {
    return this.#changing;
  }

  get(namespace: string): Row | undefined {
    return this.#pages[this.#pageOf(namespace)]?.get(namespace);
  }

  set(namespace: string, row: Row): void {
    this.#changingPage(namespace).set(namespace, row);
  }

  delete(namespace: string): void {
    this.#changingPage(namespace).delete(namespace);
  }

  #pageOf(namespace: string): number {
    return pageOf(namespace, this.#pages.length);
  }

  #changingPage(namespace: string): Map<string, Row> {
    const page = this.#pageOf(namespace);
    const changing = this.#changing.get(page) ?? new Map(this.#pages[page]);
    this.#changing.set(page, changing);
    this.#pages[page] = changing;
    return changing;
  }
}
