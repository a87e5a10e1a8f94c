import { permits } from '../../access/principal.ts';
import { fromGraph } from '../../collector/from-graph.ts';
import { defined } from '../../graph/defined.ts';
import { objectId, shortName } from '../../graph/ids.ts';
import type { NamespaceTopology, PolicyNode } from '../../graph/model.ts';
import { compareText } from '../../lib/order.ts';
import { counted } from '../../lib/wording.ts';
import { described, z } from '../../lib/zod.ts';
import type { GraphReader } from '../../store/graph/reader.ts';
import { defineTool, type ToolAnswer } from '../tool.ts';
import { type Budget, budgetOf, fitRows, LONG_CHARACTERS, shortNotes } from './graph/fit-rows.ts';
import { cursorInput, optionalNamespace, readCursor, writeCursor } from './graph/inputs.ts';
import { topologyOf } from './graph/lookup.ts';
import { integer, optionalText, text, texts } from './graph/shapes.ts';
import { graphAnswer, statusShape } from './graph/status.ts';
import { notViewed, requireViewOf } from './graph/view.ts';

const DEFAULT_LIMIT = 30;
const MAX_LIMIT = 100;

/** Namespaces that one answer reads: more are for the next page, so that no page costs more than this. */
const MOST_NAMESPACES = 32;

const input = z.strictObject({
  namespace: described(optionalNamespace, 'Only this namespace. Leave it out for the whole mesh, some namespaces a page.'),
  show: described(z._default(z.enum(['all', 'problems']), 'all'), 'problems: only policies of which something has no effect or is wrong.'),
  limit: described(z._default(z.int().check(z.minimum(1), z.maximum(MAX_LIMIT)), DEFAULT_LIMIT), 'Most policies in one answer.'),
  cursor: cursorInput,
});

const output = z.object({
  ...statusShape,
  namespaces: described(integer, 'How many this page looked into.'),
  policies: z.array(
    z.object({
      id: described(text, 'namespace/Kind.group/name'),
      namespace: described(text, 'Where it holds.'),
      kind: text,
      name: text,
      action: optionalText,
      selects: described(texts, 'Node ids; a namespace’s name for all of it.'),
      summary: text,
      problems: texts,
    }),
  ),
  nextCursor: optionalText,
});

type Answer = ToolAnswer<z.core.input<typeof output>>;

/** What selects what, and what has no effect. */
export const listPolicies = defineTool({
  name: 'list_policies',
  title: 'List the policies of the mesh',
  description:
    'Lists the policies of Linkerd and Istio (Servers, authorizations and authentications, rate limits, egress networks, PeerAuthentications, …): what each selects, whom it lets in or what it demands in one line, ' +
    'and why it, or a part of it, has no effect. Use it before changing policies, or with show "problems" to find those that do nothing. For "may A call B" use check_access.',
  toolset: 'policy',
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  input,
  output,
  run: ({ namespace, show, limit, cursor }, { ports, config, principal }) => {
    if (namespace !== undefined) requireViewOf(principal, namespace);
    const query: Query = { namespace, show };
    const after = cursor === undefined ? undefined : readPosition(cursor, query);
    return fromGraph(ports, config, (reader) => {
      const page = pageOf(reader, query, after, limit, (name) => permits(principal, 'viewer', name));
      const budget = budgetOf(config.maxAnswerCharacters, LONG_CHARACTERS);
      const most = page.rows.length;
      return fitRows({ most, least: Math.min(1, most) }, budget, (rows, items) => render(reader, query, page, { rows, items }, budget));
    });
  },
});

/** What a cursor is bound to. */
interface Query {
  readonly namespace: string | undefined;
  readonly show: 'all' | 'problems';
}

/** The last policy that was given; or, without one, the last namespace that was looked into. */
interface Position {
  readonly namespace: string;
  readonly policy: Pick<PolicyNode, 'kind' | 'group' | 'name'> | undefined;
}

function bindingOf({ namespace, show }: Query): readonly unknown[] {
  return ['list_policies', namespace, show];
}

function readPosition(cursor: string, query: Query): Position {
  const [namespace = '', kind, group = '', ...name] = readCursor(cursor, bindingOf(query)).split('/');
  return { namespace, policy: kind === undefined ? undefined : { kind, group, name: name.join('/') } };
}

function writePosition({ namespace, policy }: Position, query: Query): string {
  const parts = policy === undefined ? [namespace] : [namespace, policy.kind, policy.group, policy.name];
  return writeCursor(parts.join('/'), bindingOf(query));
}

/** The order of a topology's policies. */
function comparePolicies(a: Pick<PolicyNode, 'kind' | 'group' | 'name'>, b: Pick<PolicyNode, 'kind' | 'group' | 'name'>): number {
  return compareText(a.kind, b.kind) || compareText(a.group, b.group) || compareText(a.name, b.name);
}

interface Row {
  readonly namespace: string;
  readonly policy: PolicyNode;
}

interface Page {
  readonly rows: readonly Row[];
  readonly namespaces: number;
  /** Where the next page begins when all of this one is given; undefined at the end. */
  readonly next: Position | undefined;
  /** Namespaces that the caller may not view. */
  readonly denied: number;
}

function pageOf(reader: GraphReader, query: Query, after: Position | undefined, limit: number, sees: (namespace: string) => boolean): Page {
  const all = query.namespace === undefined ? reader.namespaces() : [topologyOf(reader, query.namespace).namespace];
  const visible = all.filter(sees);
  const left = visible.filter(
    (name) => after === undefined || name > after.namespace || (name === after.namespace && after.policy !== undefined),
  );
  const names = left.slice(0, MOST_NAMESPACES);
  const topologies = reader.topologies(names);
  const rows: Row[] = [];
  for (const name of names) {
    const topology = topologies.get(name);
    for (const policy of topology === undefined ? [] : wanted(topology, query)) {
      if (after?.policy !== undefined && name === after.namespace && comparePolicies(policy, after.policy) <= 0) continue;
      const last = rows.at(-1);
      if (rows.length >= limit && last !== undefined)
        return { rows, namespaces: names.length, next: last, denied: all.length - visible.length };
      rows.push({ namespace: name, policy });
    }
  }
  const end = names.at(-1);
  const next = end !== undefined && left.length > names.length ? { namespace: end, policy: undefined } : undefined;
  return { rows, namespaces: names.length, next, denied: all.length - visible.length };
}

function wanted({ policies }: NamespaceTopology, { namespace, show }: Query): readonly PolicyNode[] {
  return policies.filter(
    ({ name, problems }) =>
      // A policy of Istio's root namespace stands wherever it holds; over the whole mesh, where it lies is enough.
      (namespace !== undefined || !name.includes('/')) && (show === 'all' || problems.length > 0),
  );
}

interface Cut {
  readonly rows: number;
  readonly items: number;
}

function render(reader: GraphReader, query: Query, page: Page, { rows, items }: Cut, budget: Budget): Answer {
  const shown = page.rows.slice(0, rows);
  const next = rows < page.rows.length ? shown.at(-1) : page.next;
  const cursor = next === undefined ? undefined : writePosition(next, query);
  return graphAnswer(reader.status, budget, {
    lines: shown.length === 0 ? [nothingIn(query, page)] : linesOf(shown, query, items),
    data: {
      namespaces: page.namespaces,
      policies: shown.map((row) => rowData(row, items)),
      ...defined({ nextCursor: cursor }),
    },
    notes: [...shortNotes(items), ...notViewed(page.denied)],
    textNotes: cursor === undefined ? [] : [`More: call again with the same arguments and cursor "${cursor}".`],
  });
}

function nothingIn({ namespace, show }: Query, { namespaces }: Page): string {
  return `No policy ${show === 'all' ? '' : 'with a problem '}in ${namespace === undefined ? counted(namespaces, 'namespace') : `namespace ${namespace}`}.`;
}

/** Where the object lies, which for a policy of the root namespace is not where it is listed. */
function homeOf({ namespace, policy }: Row): readonly [namespace: string, name: string] {
  const slash = policy.name.indexOf('/');
  return slash === -1 ? [namespace, policy.name] : [policy.name.slice(0, slash), policy.name.slice(slash + 1)];
}

function rowData(row: Row, items: number) {
  const { namespace, policy } = row;
  const [home, name] = homeOf(row);
  return {
    id: objectId(home, { group: policy.group, kind: policy.kind, name }),
    namespace,
    kind: policy.kind,
    name: policy.name,
    ...defined({ action: policy.action }),
    selects: policy.selects.slice(0, items),
    summary: policy.summary,
    problems: policy.problems.slice(0, items),
  };
}

/** Kinds that select nothing: others refer to them. */
const SELECTORLESS: ReadonlySet<string> = new Set(['MeshTLSAuthentication', 'NetworkAuthentication']);

/** Names in one line of text; the data has the rest. */
const MOST_SELECTS = 5;

function linesOf(rows: readonly Row[], query: Query, items: number): readonly string[] {
  return rows.flatMap(({ namespace, policy }) => {
    const { kind, name, action, selects, summary, problems } = policy;
    const most = Math.min(items, MOST_SELECTS);
    const names = selects.slice(0, most).map((id) => (id === namespace ? 'all of it' : shortName(id, namespace)));
    const more = selects.length - names.length + (policy.omittedSelects ?? 0);
    const what =
      selects.length === 0
        ? SELECTORLESS.has(kind)
          ? ''
          : ' selects nothing'
        : ` -> ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
    return [
      `${query.namespace === undefined ? `${namespace}/` : ''}${kind} ${name}${action === undefined ? '' : ` (${action})`}${what}: ${summary}`,
      ...problems.slice(0, items).map((problem) => `  ! ${problem}`),
    ];
  });
}
