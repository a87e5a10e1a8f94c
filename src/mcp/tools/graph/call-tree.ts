import { shortName } from '../../../graph/ids.ts';
import type { NodeId } from '../../../graph/model.ts';
import type { CallSide } from '../../../graph/query/call-graph.ts';
import type { GroupedEdge } from '../../../graph/query/group-edges.ts';
import { levelOf } from '../../../graph/query/thresholds.ts';
import { requestsText } from '../../../graph/units.ts';
import { figureLine } from './figures.ts';

/** Which way a tree grows from its start. */
export type Direction = 'callers' | 'callees';

const MAX_REPEATED = 6;

/**
 * The calls of a side as an indented tree, the busiest first. What a node calls in its turn is told where the node comes first; where it comes again it is no more than
 * named in the last line, unless something is remarkable about that very call.
 */
export function callTree(start: readonly NodeId[], side: CallSide, namespace: string, direction: Direction): readonly string[] {
  const [nearOf, farOf] = direction === 'callees' ? [sourceOf, destinationOf] : [destinationOf, sourceOf];
  const arrow = direction === 'callees' ? '->' : '<-';
  const distances = new Map(side.nodes.map(({ id, distance }) => [id, distance]));
  const distanceOf = (id: NodeId) => distances.get(id) ?? 0;
  const expanded = new Set<NodeId>(start);
  const lines: string[] = [];
  const add = (id: NodeId, indent: number): void => {
    const margin = '  '.repeat(indent);
    const repeated: GroupedEdge[] = [];
    for (const edge of side.edges.filter((each) => nearOf(each) === id)) {
      const far = farOf(edge);
      const isFirst = distanceOf(far) > distanceOf(id) && !expanded.has(far);
      const goesOn = side.edges.some((each) => nearOf(each) === far);
      const marks = marksOf(side, id, far);
      if (!isFirst && goesOn && marks === '' && !isRemarkable(edge)) {
        repeated.push(edge);
        continue;
      }
      lines.push(`${margin}${arrow} ${shortName(far, namespace)}: ${figureLine(edge)}${marks}${!isFirst && goesOn ? ' (see there)' : ''}`);
      if (!isFirst) continue;
      expanded.add(far);
      add(far, indent + 1);
    }
    if (repeated.length > 0)
      lines.push(`${margin}${arrow} also ${repeatedText(repeated.map((edge) => nameWithRate(farOf(edge), edge, namespace)))}`);
  };
  for (const id of start) add(id, 1);
  return lines;
}

function repeatedText(names: readonly string[]): string {
  const more = names.length - MAX_REPEATED;
  return more <= 0 ? names.join(', ') : `${names.slice(0, MAX_REPEATED).join(', ')}, +${more}`;
}

function nameWithRate(id: NodeId, { rps }: GroupedEdge, namespace: string): string {
  return `${shortName(id, namespace)}${rps === undefined ? '' : ` ${requestsText(rps)}`}`;
}

/** What should not hide in a list of names. */
function isRemarkable({ successRate, denied = 0 }: GroupedEdge): boolean {
  return denied > 0 || ['warning', 'critical'].includes(levelOf('success', successRate));
}

function marksOf({ slowest, mostFailing }: CallSide, from: NodeId, to: NodeId): string {
  const marks = [...(isStep(slowest, from, to) ? ['slowest'] : []), ...(isStep(mostFailing, from, to) ? ['most failing'] : [])];
  return marks.length === 0 ? '' : ` [${marks.join(', ')}]`;
}

function isStep(path: readonly NodeId[], from: NodeId, to: NodeId): boolean {
  const at = path.indexOf(from);
  return at !== -1 && path[at + 1] === to;
}

/** `web -> cart -> cart-redis` */
export function pathText(ids: readonly NodeId[], namespace: string, direction: Direction): string {
  return ids.map((id) => shortName(id, namespace)).join(direction === 'callees' ? ' -> ' : ' <- ');
}

const sourceOf = ({ source }: GroupedEdge): NodeId => source;
const destinationOf = ({ destination }: GroupedEdge): NodeId => destination;
