import { permits } from '../../access/principal.ts';
import { analyseNamespace, type NamespaceAnalysis } from '../../assess/analysis.ts';
import { fromGraph } from '../../collector/from-graph.ts';
import { defined } from '../../graph/defined.ts';
import { hashText } from '../../lib/hash.ts';
import { counted, listed } from '../../lib/wording.ts';
import { described, z } from '../../lib/zod.ts';
import { type Finding, isAsBadAs, SEVERITIES, type Severity } from '../../policy/analyze/finding.ts';
import type { GraphReader } from '../../store/graph/reader.ts';
import { defineTool, type ToolAnswer } from '../tool.ts';
import { type Budget, budgetOf, fitRows } from './graph/fit-rows.ts';
import { cursorInput, optionalNamespace, readCursor, writeCursor } from './graph/inputs.ts';
import { topologyOf } from './graph/lookup.ts';
import { integer, optionalText, text, texts } from './graph/shapes.ts';
import { graphAnswer, statusShape } from './graph/status.ts';
import { notViewed, requireViewOf } from './graph/view.ts';

const DEFAULT_LIMIT = 30;
const MAX_LIMIT = 100;

/** Namespaces that one answer looks into: more are for the next page. */
const MOST_NAMESPACES = 8;

/** A path can hold names of headers of any length. */
const LONGEST_FIELD = 200;

/** Namespaces that one note names. */
const MOST_LISTED = 5;

const severity = z.enum(SEVERITIES);

const input = z.strictObject({
  namespace: described(optionalNamespace, 'Only this namespace. Leave it out for the whole mesh, a few namespaces a page.'),
  severity: described(z._default(severity, 'info'), 'The least that is told.'),
  limit: described(z._default(z.int().check(z.minimum(1), z.maximum(MAX_LIMIT)), DEFAULT_LIMIT), 'Most findings in one answer.'),
  cursor: cursorInput,
});

const output = z.object({
  ...statusShape,
  namespaces: described(texts, 'Those that this page looked into.'),
  objects: described(integer, 'Objects that were judged in them.'),
  totals: described(z.object({ error: integer, warning: integer, info: integer }), 'All findings in them, shown or not.'),
  suppressed: described(integer, 'Findings that annotations switch off.'),
  findings: z.array(z.object({ severity, code: text, kind: text, namespace: text, name: text, field: text, message: text, fix: text })),
  nextCursor: optionalText,
});

type Answer = ToolAnswer<z.core.input<typeof output>>;

/** What is wrong with the mesh's configuration. */
export const analyzeMeshConfig = defineTool({
  name: 'analyze_mesh_config',
  title: 'Find mistakes in the mesh configuration',
  description:
    'Looks for mistakes in the configuration of Istio, Linkerd and the Gateway API: references to what does not exist, routes to nothing, ports and protocols that do not fit, ' +
    'rules that others shadow, policies that select nothing or let everybody in, conflicts of mutual TLS, opaque and skipped ports, malformed annotations, deprecated kinds. ' +
    'Each finding has a code, the object and field, and what to do. Use it when something does not behave as configured, or before and after a change. Changes nothing.',
  toolset: 'policy',
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  input,
  output,
  run: ({ namespace, severity: least, limit, cursor }, { ports, config, principal }) => {
    if (namespace !== undefined) requireViewOf(principal, namespace);
    const sees = (name: string) => permits(principal, 'viewer', name);
    const query: Query = { namespace, least };
    const after = cursor === undefined ? undefined : readPosition(cursor, query);
    return fromGraph(ports, config, (reader) => {
      const page = pageOf(reader, query, after, limit, sees, (name) => analyseNamespace(reader, config, name, sees));
      const budget = budgetOf(config.maxAnswerCharacters);
      const most = page.findings.length;
      return fitRows({ most, least: Math.min(1, most) }, budget, (rows) => render(reader, query, page, rows, budget));
    });
  },
});

/** What a cursor is bound to. */
interface Query {
  readonly namespace: string | undefined;
  readonly least: Severity;
}

/** The last finding that was given: its place in its namespace, and what it was. */
interface Position {
  readonly namespace: string;
  /** How many findings of the namespace were given; undefined where all of them were. */
  readonly given: number | undefined;
  readonly mark: string;
}

function readPosition(cursor: string, query: Query): Position {
  const [namespace = '', given = '', mark = ''] = readCursor(cursor, bindingOf(query)).split('/');
  return { namespace, given: given === '' ? undefined : Number(given), mark };
}

function writePosition({ namespace, given, mark }: Position, query: Query): string {
  return writeCursor([namespace, given ?? '', mark].join('/'), bindingOf(query));
}

function bindingOf({ namespace, least }: Query): readonly unknown[] {
  return ['analyze_mesh_config', namespace, least];
}

/** Tells a finding from others of its namespace. */
function markOf({ code, object, field }: Finding): string {
  return hashText(JSON.stringify([code, object.kind, object.name, field]));
}

/** A finding with where the next page would begin after it. */
interface PlacedFinding {
  readonly finding: Finding;
  readonly position: Position;
}

interface Page {
  readonly analyses: readonly NamespaceAnalysis[];
  readonly findings: readonly PlacedFinding[];
  /** Where the next page begins when all of this one is given; undefined at the end. */
  readonly next: Position | undefined;
  /** Namespaces that the caller may not view. */
  readonly denied: number;
}

type Analyse = (namespace: string) => NamespaceAnalysis | undefined;

/** Looks into namespaces after a position until the page is full. Throws `MeshError('invalid')` where there is no such namespace. */
function pageOf(
  reader: GraphReader,
  { namespace, least }: Query,
  after: Position | undefined,
  limit: number,
  sees: (namespace: string) => boolean,
  analyse: Analyse,
): Page {
  // Says which namespaces are alike.
  if (namespace !== undefined) topologyOf(reader, namespace);
  const all = namespace === undefined ? reader.namespaces() : [namespace];
  const visible = all.filter(sees);
  const denied = all.length - visible.length;
  const left = visible.filter(
    (name) => after === undefined || name > after.namespace || (name === after.namespace && after.given !== undefined),
  );
  const analyses: NamespaceAnalysis[] = [];
  const findings: PlacedFinding[] = [];
  for (const [index, name] of left.entries()) {
    if (index >= MOST_NAMESPACES)
      return { analyses, findings, next: { namespace: left[index - 1] ?? '', given: undefined, mark: '' }, denied };
    const analysis = analyse(name);
    if (analysis === undefined) continue;
    analyses.push(analysis);
    const told = analysis.findings.filter(({ severity: each }) => isAsBadAs(each, least));
    const begin = after?.namespace === name ? beginOf(told, after) : 0;
    for (const [place, finding] of told.entries()) {
      if (place < begin) continue;
      const last = findings.at(-1);
      if (findings.length >= limit) return { analyses, findings, next: last?.position, denied };
      findings.push({ finding, position: { namespace: name, given: place + 1, mark: markOf(finding) } });
    }
  }
  return { analyses, findings, next: undefined, denied };
}

/** Where a page goes on. Findings may have come and gone since: what was given last is looked for before it is counted. */
function beginOf(findings: readonly Finding[], { given = 0, mark }: Position): number {
  const found = findings.findIndex((finding) => markOf(finding) === mark);
  // Where it is gone, those after it have moved up.
  return found === -1 ? Math.max(0, given - 1) : found + 1;
}

function render(reader: GraphReader, query: Query, page: Page, rows: number, budget: Budget): Answer {
  const { analyses, denied } = page;
  const shown = page.findings.slice(0, rows);
  const cut = rows < page.findings.length;
  const next = cut ? shown.at(-1)?.position : page.next;
  const cursor = next === undefined ? undefined : writePosition(next, query);
  const totals = totalsOf(analyses);
  const unseen = [...new Set(analyses.flatMap((analysis) => analysis.unseen))];
  return graphAnswer(reader.status, budget, {
    lines: [headLine(analyses, totals), ...lines(shown)],
    data: {
      namespaces: analyses.map(({ namespace }) => namespace),
      objects: sum(analyses, ({ objects }) => objects),
      totals,
      suppressed: sum(analyses, ({ suppressed }) => suppressed),
      findings: shown.map(({ finding }) => findingData(finding)),
      ...defined({ nextCursor: cursor }),
    },
    notes: [
      ...(cut ? ['The answer reached its size limit.'] : []),
      ...(unseen.length === 0 ? [] : [`Not looked into, so that what refers to it was not judged: ${listed(unseen, MOST_LISTED)}.`]),
      ...notViewed(denied),
    ],
    textNotes: cursor === undefined ? [] : [`More: call again with the same arguments and cursor "${cursor}".`],
  });
}

function sum(analyses: readonly NamespaceAnalysis[], of: (analysis: NamespaceAnalysis) => number): number {
  return analyses.reduce((total, analysis) => total + of(analysis), 0);
}

type Totals = { readonly [Each in Severity]: number };

function totalsOf(analyses: readonly NamespaceAnalysis[]): Totals {
  const of = (wanted: Severity) => sum(analyses, ({ findings }) => findings.filter((finding) => finding.severity === wanted).length);
  return { error: of('error'), warning: of('warning'), info: of('info') };
}

function headLine(analyses: readonly NamespaceAnalysis[], { error, warning, info }: Totals): string {
  const where = analyses.length === 1 ? `namespace ${analyses[0]?.namespace ?? ''}` : counted(analyses.length, 'namespace');
  const objects = counted(
    sum(analyses, (analysis) => analysis.objects),
    'object',
  );
  const suppressed = sum(analyses, (analysis) => analysis.suppressed);
  const off = suppressed === 0 ? '' : `, ${suppressed} switched off by annotations`;
  return `${objects} of ${where} judged: ${counted(error, 'error')}, ${counted(warning, 'warning')}, ${info} worth knowing${off}.`;
}

function lines(findings: readonly PlacedFinding[]): readonly string[] {
  return findings.flatMap(({ finding: { severity: level, code, object, field, message, fix } }) => [
    '',
    `${level} ${code} ${object.kind} ${object.namespace === '' ? object.name : `${object.namespace}/${object.name}`} ${shortened(field)}`,
    `  ${message} ${fix}`,
  ]);
}

function findingData({ severity: level, code, object, field, message, fix }: Finding): Answer['structured']['findings'][number] {
  const { kind, namespace, name } = object;
  return { severity: level, code, kind, namespace, name, field: shortened(field), message, fix };
}

function shortened(field: string): string {
  return field.length > LONGEST_FIELD ? `${field.slice(0, LONGEST_FIELD)}…` : field;
}
