import { fromGraph } from '../../collector/from-graph.ts';
import { defined } from '../../graph/defined.ts';
import { type NamespaceSummary, SERVICE_FILTERS, type ServiceFilter, type ServiceNode } from '../../graph/model.ts';
import { passes } from '../../graph/passes.ts';
import { summarize, sumSummaries } from '../../graph/summary.ts';
import { textTable } from '../../lib/table.ts';
import { counted } from '../../lib/wording.ts';
import { described, z } from '../../lib/zod.ts';
import type { GraphReader } from '../../store/graph/reader.ts';
import { defineTool, type ToolAnswer } from '../tool.ts';
import { type Budget, budgetOf, fitRows, shortNotes } from './graph/fit-rows.ts';
import { cursorInput, optionalNamespace, readCursor, writeCursor } from './graph/inputs.ts';
import { topologyOf } from './graph/lookup.ts';
import { podsData, podsText } from './graph/pods.ts';
import { portData, portShape, portText } from './graph/ports.ts';
import { integer, optionalInteger, optionalText, podsShape, serviceType, text } from './graph/shapes.ts';
import { graphAnswer, statusShape } from './graph/status.ts';
import { requireViewOf } from './graph/view.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

const input = z.strictObject({
  namespace: described(optionalNamespace, 'Only this namespace. Leave it out for the whole cluster.'),
  filter: described(
    z._default(z.enum(SERVICE_FILTERS), 'all'),
    'unmeshed: services with at least one pod outside every mesh. A mesh name: services with at least one pod in that mesh.',
  ),
  limit: described(z._default(z.int().check(z.minimum(1), z.maximum(MAX_LIMIT)), DEFAULT_LIMIT), 'Most services in one answer.'),
  cursor: cursorInput,
});

const output = z.object({
  ...statusShape,
  total: described(integer, 'Services that match, on all pages.'),
  summary: described(
    z.object({
      namespaces: integer,
      services: integer,
      unmeshedServices: described(integer, 'Services with at least one pod outside every mesh.'),
      pods: integer,
      meshedPods: integer,
    }),
    'Of the whole scope, whatever the filter.',
  ),
  services: z.array(
    z.object({
      namespace: text,
      name: text,
      type: serviceType,
      status: described(
        z.enum(['meshed', 'partial', 'unmeshed', 'no-pods', 'no-selector']),
        'partial: only some pods are in a mesh. no-selector: the Service names no pods, so nothing can be said.',
      ),
      ...podsShape,
      workloads: z.array(z.object({ kind: text, name: text, ...podsShape })),
      omittedWorkloads: optionalInteger,
      ports: z.array(portShape),
      omittedPorts: optionalInteger,
      externalName: optionalText,
    }),
  ),
  nextCursor: optionalText,
});

type Output = z.core.input<typeof output>;
type ServiceRow = Output['services'][number];

/** Services and their workloads, and whether they are meshed. */
export const listServices = defineTool({
  name: 'list_services',
  title: 'List services of the mesh',
  description:
    'Lists Kubernetes Services with the workloads behind them, their ports, and whether their pods are in a service mesh (Linkerd, Istio sidecar, Istio ambient). ' +
    'Use it to find a service, to see what is meshed and what is not (filter "unmeshed"), or as a start before asking about one service. ' +
    'Changes nothing.',
  toolset: 'graph',
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  input,
  output,
  run: ({ namespace, filter, limit, cursor }, { ports, config, principal }) => {
    requireViewOf(principal, namespace);
    const query: Query = { namespace, filter };
    const after = cursor === undefined ? undefined : readPosition(cursor, query);
    return fromGraph(ports, config, (reader) => {
      const scope = scopeOf(reader, namespace);
      const page = selectPage(scope, query, after, limit);
      const budget = budgetOf(config.maxAnswerCharacters);
      const most = page.services.length;
      return fitRows({ most, least: Math.min(1, most) }, budget, (rows, items) => render(scope, query, cutPage(page, rows), items, budget));
    });
  },
});

/** What a cursor is bound to. */
interface Query {
  readonly namespace: string | undefined;
  readonly filter: ServiceFilter;
}

/** The last service of a page. */
interface Position {
  readonly namespace: string;
  readonly name: string;
}

function readPosition(cursor: string, query: Query): Position {
  const [namespace = '', name = ''] = readCursor(cursor, bindingOf(query)).split('/');
  return { namespace, name };
}

function bindingOf({ namespace, filter }: Query): readonly unknown[] {
  return ['list_services', namespace, filter];
}

/** A Service with the namespace that it is in. */
interface PlacedService extends ServiceNode {
  readonly namespace: string;
}

/** The namespaces that an answer is about. */
interface Scope {
  readonly reader: GraphReader;
  readonly namespaces: readonly NamespaceSummary[];
}

/** Throws `MeshError('invalid')` where there is no such namespace. */
function scopeOf(reader: GraphReader, namespace: string | undefined): Scope {
  if (namespace === undefined) return { reader, namespaces: reader.summaries() };
  // Its services and pods are all that is asked of the summary, so there is no need to read the stored one, which knows traffic, too.
  return { reader, namespaces: [summarize(topologyOf(reader, namespace), undefined)] };
}

function servicesOf({ reader }: Scope, namespaces: readonly string[]): readonly PlacedService[] {
  return [...reader.topologies(namespaces)].flatMap(([namespace, { services }]) => services.map((service) => ({ namespace, ...service })));
}

/** A page of an answer. */
interface Page {
  readonly services: readonly PlacedService[];
  /** Services that match, on all pages. */
  readonly total: number;
  /** Why it ends where it ends. */
  readonly end: 'all' | 'limit' | 'budget';
}

/** The matching services after a position, by namespace and name, up to the limit. */
function selectPage(scope: Scope, { filter }: Query, after: Position | undefined, limit: number): Page {
  const matching = scope.namespaces.filter(({ services }) => services[filter] > 0);
  const total = matching.reduce((sum, { services }) => sum + services[filter], 0);
  const left = matching.filter(({ namespace }) => after === undefined || namespace >= after.namespace);
  const services: PlacedService[] = [];
  for (const batch of batches(left, filter, limit)) {
    for (const service of servicesOf(scope, batch)) {
      const passed = after !== undefined && service.namespace === after.namespace && service.name <= after.name;
      if (passed || !passes(service, filter)) continue;
      if (services.length >= limit) return { services, total, end: 'limit' };
      services.push(service);
    }
  }
  return { services, total, end: 'all' };
}

function cutPage(page: Page, rows: number): Page {
  return rows < page.services.length ? { ...page, services: page.services.slice(0, rows), end: 'budget' } : page;
}

// So that a page that starts in the middle of a large cluster does not read all of it.
const MAX_BATCH_NAMESPACES = 64;

/** The namespaces in groups, each with more matching services than a page can hold, so that most pages need one group. */
function* batches(namespaces: readonly NamespaceSummary[], filter: ServiceFilter, limit: number): Generator<readonly string[]> {
  let batch: string[] = [];
  let matching = 0;
  for (const { namespace, services } of namespaces) {
    batch.push(namespace);
    matching += services[filter];
    if (matching > limit || batch.length >= MAX_BATCH_NAMESPACES) {
      yield batch;
      batch = [];
      matching = 0;
    }
  }
  if (batch.length > 0) yield batch;
}

function nextCursor({ services, end }: Page, query: Query): string | undefined {
  const last = services.at(-1);
  return end === 'all' || last === undefined ? undefined : writeCursor(`${last.namespace}/${last.name}`, bindingOf(query));
}

function render(scope: Scope, query: Query, page: Page, items: number, budget: Budget): ToolAnswer<Output> {
  const { services, total, end } = page;
  const { namespaces, services: all, pods, meshedPods } = sumSummaries(scope.namespaces);
  const where = query.namespace === undefined ? `${namespaces} namespaces` : `namespace ${query.namespace}`;
  const cursor = nextCursor(page, query);
  return graphAnswer(scope.reader.status, budget, {
    lines: [
      `${counted(all.all, 'service')} in ${where}, ${all.unmeshed} with pods outside every mesh; ${meshedPods} of ${counted(pods, 'pod')} meshed.`,
      ...(services.length < total || query.filter !== 'all'
        ? [`Shown: ${services.length} of ${total} that match filter ${query.filter}.`]
        : []),
      ...(services.length === 0 ? [] : ['', ...table(services, query.namespace !== undefined)]),
    ],
    data: {
      total,
      summary: { namespaces, services: all.all, unmeshedServices: all.unmeshed, pods, meshedPods },
      services: services.map((service) => serviceData(service, items)),
      ...defined({ nextCursor: cursor }),
    },
    notes: [...(end === 'budget' ? ['The answer reached its size limit.'] : []), ...shortNotes(items)],
    textNotes: cursor === undefined ? [] : [`More: call again with the same namespace and filter and cursor "${cursor}".`],
  });
}

/** The services in lines; where there may be several namespaces, under their names. */
function table(services: readonly PlacedService[], single: boolean): readonly string[] {
  const rows = textTable([['SERVICE', 'TYPE', 'MESHED PODS', 'PORTS', 'WORKLOADS'], ...services.map(row)]);
  if (single) return rows;
  const [heading = '', ...body] = rows;
  return [
    `  ${heading}`,
    ...body.flatMap((line, place) => {
      const namespace = services[place]?.namespace;
      return [...(namespace === services[place - 1]?.namespace ? [] : [`${namespace}:`]), `  ${line}`];
    }),
  ];
}

// A line of text names that many ports and workloads; the structured form has the rest.
const MAX_SHOWN_PORTS = 5;
const MAX_SHOWN_WORKLOADS = 4;

function row(service: PlacedService): string[] {
  const shownPorts = service.ports.slice(0, MAX_SHOWN_PORTS).map(portText);
  const shownWorkloads = service.workloads.slice(0, MAX_SHOWN_WORKLOADS).map((workload) => {
    const label = `${workload.kind}/${workload.name}`;
    return service.workloads.length === 1 ? label : `${label} ${podsText(workload)}`;
  });
  const ports = listText(shownPorts, service.ports.length + service.omittedPorts);
  const workloads = listText(shownWorkloads, service.workloads.length + service.omittedWorkloads);
  const behind = service.externalName === undefined ? workloads : `alias of ${service.externalName}`;
  return [service.name, service.type, serviceMeshText(service), ports, behind];
}

function serviceMeshText(service: PlacedService): string {
  return service.selects ? podsText(service) : 'no selector';
}

function listText(shown: readonly string[], all: number): string {
  if (all === 0) return '-';
  return all > shown.length ? `${shown.join(', ')}, +${all - shown.length} more` : shown.join(', ');
}

/** A service with so many of its ports and workloads. */
function serviceData(service: PlacedService, items: number): ServiceRow {
  const { namespace, name, type, externalName } = service;
  const ports = service.ports.slice(0, items);
  const workloads = service.workloads.slice(0, items);
  const omittedPorts = service.omittedPorts + service.ports.length - ports.length;
  const omittedWorkloads = service.omittedWorkloads + service.workloads.length - workloads.length;
  return {
    namespace,
    name,
    type,
    status: statusOf(service),
    ...podsData(service),
    workloads: workloads.map(({ kind, name, ...pods }) => ({ kind, name, ...podsData(pods) })),
    ...(omittedWorkloads === 0 ? {} : { omittedWorkloads }),
    ports: ports.map(portData),
    ...(omittedPorts === 0 ? {} : { omittedPorts }),
    ...defined({ externalName }),
  };
}

function statusOf({ selects, pods, meshedPods }: PlacedService): ServiceRow['status'] {
  if (!selects) return 'no-selector';
  if (pods === 0) return 'no-pods';
  if (meshedPods === 0) return 'unmeshed';
  return meshedPods < pods ? 'partial' : 'meshed';
}
