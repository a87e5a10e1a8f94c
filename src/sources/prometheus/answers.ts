import { compareText } from '../../lib/order.ts';
import { DNS_LABEL } from '../kubernetes/decode/fields.ts';
import type { Client } from './client.ts';
import type { Refusal, Sample } from './outcome.ts';
import { promql, type Query, type QueryName, queryOf, type Selection, selectorOf } from './queries.ts';

/** What was asked, as one request: a query over some of its series. */
interface Piece {
  readonly name: QueryName;
  readonly query: Query;
  readonly selection: Selection;
}

/** A part of the answers that is missing, and why. */
export interface Missing {
  readonly name: QueryName;
  readonly refusal: Refusal;
}

/** What came of all queries. */
export interface Answers {
  /** The rows of each query that was answered at least in part; who reads them may take them out. */
  readonly samples: Map<QueryName, readonly Sample[]>;
  readonly missing: readonly Missing[];
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
  readonly demo: boolean;
}

/** What to ask for. */
export interface AskOptions {
  readonly window: string;
  /** Only traffic that begins or ends in these; undefined: all. */
  readonly namespaces: readonly string[] | undefined;
  /** How many namespaces one query is about, where it is about some. */
  readonly namespacesPerQuery: number;
}

/**
 * Asks the queries, and splits those whose answer is too large: first into groups of namespaces (which Prometheus is asked for where they were not given), then each
 * group in half, down to single namespaces. What cannot be split any further is missing, the rest is not.
 */
export function askQueries(client: Client, names: readonly QueryName[], options: AskOptions): Answers {
  const samples = new Map<QueryName, Sample[]>();
  const missing: Missing[] = [];
  const warnings = new Set<string>();
  const infos = new Set<string>();
  let demo = false;
  let pieces = names.flatMap((name) => firstPieces(name, options));
  while (pieces.length > 0) {
    const outcomes = client.ask(pieces.map(({ query, selection }) => promql(query, options.window, selection)));
    const tooLarge: (Piece & { readonly refusal: Refusal })[] = [];
    for (const [place, piece] of pieces.entries()) {
      const outcome = outcomes[place];
      if (outcome === undefined) continue;
      if (outcome.tag === 'refused') {
        if (outcome.refusal.tag === 'too-large') tooLarge.push({ ...piece, refusal: outcome.refusal });
        else missing.push({ name: piece.name, refusal: outcome.refusal });
        continue;
      }
      const rows = samples.get(piece.name) ?? [];
      // One at a time: as arguments of one call, a large answer would not fit on the stack.
      for (const sample of outcome.samples) rows.push(sample);
      samples.set(piece.name, rows);
      for (const warning of outcome.warnings) warnings.add(warning);
      for (const info of outcome.infos) infos.add(info);
      demo = demo || outcome.demo;
    }
    const { smaller, whole } = splitAll(client, tooLarge, options);
    missing.push(...whole);
    pieces = smaller;
  }
  return { samples: new Map(samples), missing, warnings: [...warnings], infos: [...infos], demo };
}

function firstPieces(name: QueryName, { namespaces, namespacesPerQuery }: AskOptions): readonly Piece[] {
  const query = queryOf(name);
  if (namespaces === undefined) return [{ name, query, selection: { tag: 'all' } }];
  const groups = groupsOf(namespaces, namespacesPerQuery);
  const from = groups.map((group): Piece => ({ name, query, selection: { tag: 'from', namespaces: group } }));
  if (query.into === undefined) return from;
  return [...from, ...groups.map((group): Piece => ({ name, query, selection: { tag: 'into', namespaces: group, except: namespaces } }))];
}

function groupsOf(namespaces: readonly string[], size: number): readonly (readonly string[])[] {
  const sorted = namespaces.toSorted(compareText);
  return Array.from({ length: Math.ceil(sorted.length / size) }, (_, turn) => sorted.slice(turn * size, (turn + 1) * size));
}

interface Split {
  readonly smaller: Piece[];
  readonly whole: readonly Missing[];
}

function splitAll(client: Client, tooLarge: readonly (Piece & { readonly refusal: Refusal })[], { namespacesPerQuery }: AskOptions): Split {
  const smaller: Piece[] = [];
  const whole: Missing[] = [];
  const unsplit = tooLarge.filter(({ selection }) => selection.tag === 'all');
  const lists = client.values(unsplit.map(({ query }) => ({ label: query.from, selector: selectorOf(query) })));
  for (const [place, { name, query, refusal }] of unsplit.entries()) {
    const list = lists[place];
    const found = list?.tag === 'values' ? namespacesIn(list.values) : [];
    const groups = found.length === 0 ? [] : groupsOf(found, Math.min(namespacesPerQuery, Math.ceil(found.length / 2)));
    if (groups.length === 0) whole.push({ name, refusal: list?.tag === 'refused' ? list.refusal : refusal });
    for (const namespaces of groups) smaller.push({ name, query, selection: { tag: 'from', namespaces } });
  }
  for (const { name, query, selection, refusal } of tooLarge) {
    if (selection.tag === 'all') continue;
    if (selection.namespaces.length < 2) whole.push({ name, refusal });
    else
      for (const namespaces of groupsOf(selection.namespaces, Math.ceil(selection.namespaces.length / 2))) {
        smaller.push({ name, query, selection: { ...selection, namespaces } });
      }
  }
  return { smaller, whole };
}

/**
 * The namespaces among the values of a label, and the empty one, which stands for the series that lack the label. Any other text is no namespace, and no row with it could be
 * used; none at all means that there is nothing to split by.
 */
function namespacesIn(values: readonly string[]): readonly string[] {
  const found = [...new Set(values)].filter((name) => DNS_LABEL.test(name));
  return found.length === 0 ? [] : ['', ...found];
}
