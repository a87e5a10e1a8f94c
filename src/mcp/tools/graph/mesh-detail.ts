import { activityOf } from '../../../graph/edges.ts';
import { shortName } from '../../../graph/ids.ts';
import type { Health } from '../../../graph/model.ts';
import { type GroupedEdge, type Grouping, groupEdges } from '../../../graph/query/group-edges.ts';
import { serviceOf } from '../../../graph/query/service-of.ts';
import type { GraphNode } from '../../../graph/query/view.ts';
import { compareText } from '../../../lib/order.ts';
import { textTable } from '../../../lib/table.ts';
import { counted } from '../../../lib/wording.ts';
import type { GraphReader } from '../../../store/graph/reader.ts';
import { FIGURE_HEADINGS, figureCells, figuresData } from './figures.ts';
import { BRIEF_CHARACTERS, budgetOf, fitRows, LONG_CHARACTERS } from './fit-rows.ts';
import { readCursor, writeCursor } from './inputs.ts';
import { type MeshPart, meshPart } from './mesh-part.ts';
import { type MeshAnswer, type MeshQuery, queryOf } from './mesh-schemas.ts';
import { podsData, podsText } from './pods.ts';
import { graphAnswer } from './status.ts';

const DEFAULT_ROWS = 40;

/** Workloads or Services on the first page, and their traffic on all, the busiest first. */
export function meshDetail(reader: GraphReader, wanted: MeshQuery, grouping: Grouping, maxCharacters: number): MeshAnswer {
  const query = queryOf(wanted);
  const after = wanted.cursor === undefined ? undefined : readPosition(readCursor(wanted.cursor, query));
  const part = meshPart(reader, wanted);
  const nodes = after === undefined ? nodeRows(part, grouping) : [];
  const grouped = groupEdges(part.edges, grouping, part.view);
  const left = after === undefined ? grouped : grouped.filter((edge) => isBehind(edge, after));
  const most = Math.min(wanted.limit ?? DEFAULT_ROWS, Math.max(nodes.length, left.length));
  const brief = wanted.namespace === undefined ? LONG_CHARACTERS : BRIEF_CHARACTERS;
  const budget = budgetOf(maxCharacters, wanted.limit === undefined ? brief : maxCharacters);
  const name = (id: string) => nameOf(id, wanted.namespace, grouping);
  return fitRows({ most, least: 1 }, budget, (rows) => {
    const shown = nodes.slice(0, rows);
    const page = left.slice(0, rows);
    const last = page.at(-1);
    const cursor = left.length > page.length && last !== undefined ? writeCursor(writePosition(last), query) : undefined;
    const hidden = nodes.length - shown.length;
    return graphAnswer(reader.status, budget, {
      lines: [...nodeTable(shown, name), ...(shown.length === 0 ? [] : ['']), ...trafficTable(page, name)],
      data: {
        groupBy: grouping,
        nodes: shown.map(nodeData),
        traffic: page.map(trafficData),
        total: grouped.length,
        ...(cursor === undefined ? {} : { nextCursor: cursor }),
      },
      notes: [...part.notes, ...(hidden === 0 ? [] : [`${hidden} more workloads are not listed: pass a limit, or ask list_services.`])],
      textNotes:
        cursor === undefined
          ? []
          : [`${counted(left.length - page.length, 'more row')} of traffic: pass cursor "${cursor}", or a limit or minRps.`],
    });
  });
}

/** A place in the order of `groupEdges`. It stays good while edges come and go. */
interface Position {
  readonly activity: number;
  readonly key: string;
}

function positionOf(edge: GroupedEdge): Position {
  return { activity: activityOf(edge), key: `${edge.source}>${edge.destination}` };
}

function writePosition(edge: GroupedEdge): string {
  const { activity, key } = positionOf(edge);
  return `${activity}>${key}`;
}

function readPosition(text: string): Position {
  const end = text.indexOf('>');
  return { activity: Number(text.slice(0, end)), key: text.slice(end + 1) };
}

function isBehind(edge: GroupedEdge, { activity, key }: Position): boolean {
  const own = positionOf(edge);
  return own.activity < activity || (own.activity === activity && compareText(own.key, key) > 0);
}

/** How a table names a node; where all are Services, a Service by its name alone. */
function nameOf(id: string, within: string | undefined, grouping: Grouping): string {
  const name = shortName(id, within);
  return grouping === 'service' ? name.replace(/^service /, '') : name;
}

/** A node of which more is known than its name. */
type NodeRow = Exclude<GraphNode, { readonly tag: 'other' }>;

const TROUBLED: readonly Health[] = ['down', 'degraded'];

/** The worst first. */
function rankOf(node: NodeRow): number {
  const place = node.tag === 'workload' ? TROUBLED.indexOf(node.node.health) : -1;
  return place === -1 ? TROUBLED.length : place;
}

/**
 * The nodes that are worth a row: workloads, and Services without any, since the others repeat what their workloads say; or, by service, Services, and workloads
 * without one.
 */
function nodeRows({ nodes, view }: MeshPart, grouping: Grouping): readonly NodeRow[] {
  if (grouping === 'namespace') return [];
  const serviceFor = serviceOf(view);
  const rows = nodes.filter((node): node is NodeRow => {
    if (node.tag === 'other') return false;
    if (grouping === 'service') return node.tag === 'service' || serviceFor(node.id) === undefined;
    return node.tag === 'workload' || node.node.workloads.length === 0;
  });
  return rows.sort((a, b) => rankOf(a) - rankOf(b));
}

function nodeTable(nodes: readonly NodeRow[], name: (id: string) => string): readonly string[] {
  if (nodes.length === 0) return [];
  if (nodes.every(({ tag }) => tag === 'service')) {
    return textTable([['SERVICE', 'MESHED PODS'], ...nodes.map(({ id, node }) => [name(id), podsText(node)])]);
  }
  const rows = nodes.map((node) => {
    const [kind, health] = node.tag === 'workload' ? [node.node.kind, node.node.health] : ['Service', '-'];
    return [name(node.id), kind, podsText(node.node), health];
  });
  return textTable([['NAME', 'KIND', 'MESHED PODS', 'HEALTH'], ...rows]);
}

function trafficTable(edges: readonly GroupedEdge[], name: (id: string) => string): readonly string[] {
  if (edges.length === 0) return ['No such traffic was seen.'];
  return textTable([
    ['FROM', 'TO', ...FIGURE_HEADINGS],
    ...edges.map((edge) => [name(edge.source), name(edge.destination), ...figureCells(edge)]),
  ]);
}

function nodeData(node: NodeRow) {
  return {
    id: node.id,
    kind: node.tag === 'workload' ? node.node.kind : 'Service',
    ...podsData(node.node),
    ...(node.tag === 'workload' ? { health: node.node.health } : {}),
  };
}

function trafficData(edge: GroupedEdge) {
  const { source, destination, protocols } = edge;
  return { source, destination, protocols: [...protocols], ...figuresData(edge) };
}
