import { MESHES } from '../../../graph/model.ts';
import { GROUPINGS } from '../../../graph/query/group-edges.ts';
import { described, z } from '../../../lib/zod.ts';
import type { ToolAnswer } from '../../tool.ts';
import { figuresShape } from './figures.ts';
import { cursorInput, optionalNamespace, workloadName } from './inputs.ts';
import { namespaceShape } from './overview.ts';
import { number, optionalInteger, optionalText, podsShape, text, texts } from './shapes.ts';
import { statusShape } from './status.ts';

const MAX_LIMIT = 200;
const DEFAULT_DEPTH = 1;
const MAX_DEPTH = 3;

const flag = z.optional(z.boolean());

/** What can be asked of the graph. */
export const meshQuery = z.strictObject({
  namespace: described(optionalNamespace, 'Only this namespace and what it talks to; without it an overview.'),
  workload: described(z.optional(workloadName), 'Only what is around this workload of it.'),
  depth: described(z._default(z.int().check(z.minimum(1), z.maximum(MAX_DEPTH)), DEFAULT_DEPTH), 'How many calls around it.'),
  mesh: described(z.optional(z.enum(MESHES)), 'Only what has pods in it.'),
  onlyErrors: described(flag, 'Only traffic that fails (over 0.1 %) or is denied.'),
  unmeshedOnly: described(flag, 'Only what has pods outside every mesh.'),
  minRps: described(z.optional(z.number().check(z.minimum(0))), 'Requests a second, at least.'),
  groupBy: described(z.optional(z.enum(GROUPINGS)), 'Default: workload with a namespace, else namespace.'),
  format: described(
    z._default(z.enum(['table', 'simple']), 'table'),
    'simple: {services, edges: [{src, dst, rps, tls}], authPolicies} alone.',
  ),
  limit: described(z.optional(z.int().check(z.minimum(1), z.maximum(MAX_LIMIT))), 'Most rows of a table; without it a short answer.'),
  cursor: cursorInput,
});

export type MeshQuery = z.core.output<typeof meshQuery>;

/** The answer: an overview, a part, or the simple format. */
export const meshData = z.object({
  // The simple format has its own three members alone.
  ...z.partial(z.object(statusShape)).shape,
  groupBy: z.optional(z.enum(GROUPINGS)),
  namespaces: z.optional(z.array(namespaceShape)),
  nodes: z.optional(z.array(z.object({ id: text, kind: text, ...podsShape, health: optionalText }))),
  traffic: z.optional(z.array(z.object({ source: text, destination: text, protocols: texts, ...figuresShape }))),
  total: described(optionalInteger, 'Rows that match, on all pages.'),
  nextCursor: optionalText,
  services: described(z.optional(texts), 'Format simple alone, as the two below.'),
  edges: z.optional(z.array(z.object({ src: text, dst: text, rps: number, tls: z.boolean() }))),
  authPolicies: z.optional(z.array(z.object({ namespace: text, name: text, kind: text, action: optionalText }))),
});

export type MeshAnswer = ToolAnswer<z.core.input<typeof meshData>>;

/** What a cursor is bound to. */
export function queryOf({ cursor: _, limit: __, ...query }: MeshQuery): readonly unknown[] {
  return ['get_mesh_graph', query];
}
