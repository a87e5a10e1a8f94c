import { type TopologyView, withTopology } from '../../collector/topology.ts';
import { MeshError } from '../../lib/errors.ts';
import { hashText } from '../../lib/hash.ts';
import { textTable } from '../../lib/table.ts';
import { described, limitedText, z } from '../../lib/zod.ts';
import { MESHES } from '../../mesh/membership.ts';
import { type MeshedPods, passes, SERVICE_FILTERS, type ServiceFilter, type ServiceSummary, sumTotals } from '../../mesh/model.ts';
import type { ServicePort } from '../../mesh/objects.ts';
import type { Scope } from '../../sources/kubernetes/requests.ts';
import { defineTool } from '../tool.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;
const MAX_CURSOR_CHARACTERS = 200;

const input = z.strictObject({
  namespace: described(
    z.optional(
      z
        .string()
        .check(
          z.regex(
            /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
            'must be the name of a namespace: lower-case letters, digits and hyphens, at most 63',
          ),
        ),
    ),
    'Only this namespace. Leave it out for the whole cluster.',
  ),
  filter: described(
    z._default(z.enum(SERVICE_FILTERS), 'all'),
    'unmeshed: services with at least one pod outside every mesh. A mesh name: services with at least one pod in that mesh.',
  ),
  limit: described(z._default(z.int().check(z.minimum(1), z.maximum(MAX_LIMIT)), DEFAULT_LIMIT), 'Most services in one answer.'),
  cursor: described(
    z.optional(limitedText({ max: MAX_CURSOR_CHARACTERS })),
    'nextCursor of the answer before, to go on after it. Namespace and filter must be the same.',
  ),
});

const podCounts = { pods: z.int(), meshedPods: z.int(), meshes: z.array(z.enum(MESHES)) };

const output = z.object({
  // Not z.iso.datetime(), whose pattern would cost every client's model a hundred tokens.
  asOf: z.string().register(z.globalRegistry, { format: 'date-time', description: 'When this was read from Kubernetes.' }),
  source: described(z.enum(['store', 'kubernetes']), 'store: read a moment ago by another call and kept.'),
  demo: described(z.boolean(), 'True: sample data from a demo API, no real cluster.'),
  complete: described(z.boolean(), 'False: some namespaces could not be read, see notes.'),
  total: described(z.int(), 'Services that match, on all pages.'),
  summary: described(
    z.object({
      namespaces: z.int(),
      services: z.int(),
      unmeshedServices: described(z.int(), 'Services with at least one pod outside every mesh.'),
      pods: z.int(),
      meshedPods: z.int(),
    }),
    'Of the whole scope, whatever the filter.',
  ),
  services: z.array(
    z.object({
      namespace: z.string(),
      name: z.string(),
      type: z.enum(['ClusterIP', 'Headless', 'NodePort', 'LoadBalancer', 'ExternalName']),
      status: described(
        z.enum(['meshed', 'partial', 'unmeshed', 'no-pods', 'no-selector']),
        'partial: only some pods are in a mesh. no-selector: the Service names no pods, so nothing can be said.',
      ),
      ...podCounts,
      workloads: z.array(z.object({ kind: z.string(), name: z.string(), ...podCounts })),
      omittedWorkloads: z.optional(z.int()),
      ports: z.array(
        z.object({
          port: z.int(),
          protocol: z.enum(['TCP', 'UDP', 'SCTP']),
          name: z.optional(z.string()),
          targetPort: described(z.optional(z.string()), 'The port of the pods, by number or name, where it is another.'),
          appProtocol: z.optional(z.string()),
        }),
      ),
      omittedPorts: z.optional(z.int()),
      externalName: z.optional(z.string()),
    }),
  ),
  nextCursor: z.optional(z.string()),
  notes: described(z.array(z.string()), 'What is missing from this answer, and why.'),
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
    'Reads Kubernetes, at most every few seconds; changes nothing.',
  toolset: 'graph',
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  input,
  output,
  run: ({ namespace, filter, limit, cursor }, { ports, config }) => {
    const query: Query = { namespace, filter };
    const after = cursor === undefined ? undefined : readCursor(cursor, query);
    const scope: Scope = namespace === undefined ? { tag: 'cluster' } : { tag: 'namespace', namespace };
    return withTopology(ports, config, scope, (view) => {
      if (namespace !== undefined && view.namespaces.length === 0) {
        throw new MeshError('invalid', `There is no namespace "${namespace}" in the cluster, or nothing in it that this server may see.`);
      }
      const selected = selectPage(view, query, after, limit, config.maxAnswerCharacters);
      const { page, text } = fitText(view, query, selected, config.maxAnswerCharacters);
      return { text, structured: renderStructured(view, query, page) };
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

/**
 * A cursor names the last service that was given, so that it stays good while services come and go, and ends with a hash that binds it to its
 * query and shows a slip. It opens nothing that the query alone would not.
 */
function writeCursor({ namespace, name }: Position, query: Query): string {
  const position = `${namespace}/${name}`;
  return `${position}.${cursorHash(position, query)}`;
}

function readCursor(cursor: string, query: Query): Position {
  const [, namespace, name, hash] = /^([-a-z0-9]{1,63})\/([-a-z0-9.]{1,253})\.([0-9a-f]{16})$/.exec(cursor) ?? [];
  if (namespace === undefined || name === undefined || hash !== cursorHash(`${namespace}/${name}`, query)) {
    throw new MeshError(
      'invalid',
      'list_services: cursor: not one that this query gave. Pass nextCursor unchanged, with the same namespace and filter, or leave the cursor out to begin again.',
    );
  }
  return { namespace, name };
}

function cursorHash(position: string, { namespace, filter }: Query): string {
  return hashText(`list_services ${namespace ?? ''} ${filter} ${position}`);
}

/** A page of an answer. */
interface Page {
  readonly services: readonly ServiceSummary[];
  /** Services that match, on all pages. */
  readonly total: number;
  /** Why it ends where it ends. */
  readonly end: 'all' | 'limit' | 'budget';
}

/** The matching services after a position, by namespace and name, up to the limit and as many as fit the budget as JSON; at least one. */
function selectPage(view: TopologyView, { filter }: Query, after: Position | undefined, limit: number, maxCharacters: number): Page {
  const matching = view.namespaces.filter(({ totals }) => totals.services[filter] > 0);
  const total = matching.reduce((sum, { totals }) => sum + totals.services[filter], 0);
  const left = matching.filter(({ namespace }) => after === undefined || namespace >= after.namespace);
  const services: ServiceSummary[] = [];
  let characters = 0;
  for (const batch of batches(left, filter, limit)) {
    for (const service of view.servicesOf(batch).flat()) {
      const passed = after !== undefined && service.namespace === after.namespace && service.name <= after.name;
      if (passed || !passes(service, filter)) continue;
      if (services.length >= limit) return { services, total, end: 'limit' };
      characters += JSON.stringify(structuredService(service)).length;
      if (services.length > 0 && characters > maxCharacters) return { services, total, end: 'budget' };
      services.push(service);
    }
  }
  return { services, total, end: 'all' };
}

// So that a page that starts in the middle of a large cluster does not read all of it.
const MAX_BATCH_NAMESPACES = 64;

/** The namespaces in groups, each with more matching services than a page can hold, so that most pages need one group. */
function* batches(namespaces: TopologyView['namespaces'], filter: ServiceFilter, limit: number): Generator<readonly string[]> {
  let batch: string[] = [];
  let services = 0;
  for (const { namespace, totals } of namespaces) {
    batch.push(namespace);
    services += totals.services[filter];
    if (services > limit || batch.length >= MAX_BATCH_NAMESPACES) {
      yield batch;
      batch = [];
      services = 0;
    }
  }
  if (batch.length > 0) yield batch;
}

function nextCursor({ services, end }: Page, query: Query): string | undefined {
  const last = services.at(-1);
  return end === 'all' || last === undefined ? undefined : writeCursor(last, query);
}

/** Leaves out the last services until the text fits. The budget was spent on the longer, structured form before, so mostly nothing is left out. */
function fitText(view: TopologyView, query: Query, page: Page, maxCharacters: number): { readonly page: Page; readonly text: string } {
  let fitted = page;
  for (;;) {
    const text = renderText(view, query, fitted);
    const count = fitted.services.length;
    if (text.length <= maxCharacters || count <= 1) return { page: fitted, text };
    fitted = {
      ...fitted,
      services: fitted.services.slice(0, Math.max(1, Math.min(count - 1, Math.floor((count * maxCharacters) / text.length)))),
      end: 'budget',
    };
  }
}

function renderText(view: TopologyView, query: Query, page: Page): string {
  const { services, total, end } = page;
  const totals = sumTotals(view.namespaces.map((entry) => entry.totals));
  const where = query.namespace === undefined ? `${view.namespaces.length} namespaces` : `namespace ${query.namespace}`;
  const lines = [
    ...(view.demo ? ['DEMO DATA: a sample cluster, not a real one.'] : []),
    `${count(totals.services.all, 'service')} in ${where}, ${totals.services.unmeshed} with pods outside every mesh; ${totals.meshedPods} of ${count(totals.pods, 'pod')} meshed.`,
    `As of ${new Date(view.asOf).toISOString()} (${view.origin === 'store' ? 'from the store' : 'read from Kubernetes now'}).`,
    ...(services.length < total || query.filter !== 'all'
      ? [`Shown: ${services.length} of ${total} that match filter ${query.filter}.`]
      : []),
  ];
  const rows = textTable([['SERVICE', 'TYPE', 'MESHED PODS', 'PORTS', 'WORKLOADS'], ...services.map(row)]);
  const [heading, ...body] = rows;
  if (services.length > 0) lines.push('', `  ${heading}`);
  let group: string | undefined;
  services.forEach((service, place) => {
    if (service.namespace !== group) {
      group = service.namespace;
      lines.push(`${group}:`);
    }
    lines.push(`  ${body[place]}`);
  });
  const notes = [...view.notes];
  const cursor = nextCursor(page, query);
  if (cursor !== undefined) {
    const why = end === 'budget' ? 'The answer reached its size limit. ' : '';
    notes.push(`${why}More: call again with the same namespace and filter and cursor "${cursor}".`);
  }
  if (notes.length > 0) lines.push('', ...notes);
  return lines.join('\n');
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

// A line of text names that many ports and workloads; the structured form has the rest.
const MAX_SHOWN_PORTS = 5;
const MAX_SHOWN_WORKLOADS = 4;

function row(service: ServiceSummary): string[] {
  const shownPorts = service.ports.slice(0, MAX_SHOWN_PORTS).map(portText);
  const shownWorkloads = service.workloads.slice(0, MAX_SHOWN_WORKLOADS).map((workload) => {
    const label = `${workload.kind}/${workload.name}`;
    return service.workloads.length === 1 ? label : `${label} ${meshText(workload)}`;
  });
  const ports = listText(shownPorts, service.ports.length + service.omittedPorts);
  const workloads = listText(shownWorkloads, service.workloads.length + service.omittedWorkloads);
  const behind = service.externalName === undefined ? workloads : `alias of ${service.externalName}`;
  return [service.name, service.type, serviceMeshText(service), ports, behind];
}

function serviceMeshText(service: ServiceSummary): string {
  return service.selects ? meshText(service) : 'no selector';
}

function meshText({ pods, meshedPods, meshes }: MeshedPods): string {
  if (pods === 0) return 'no pods';
  return `${meshes.length === 0 ? 'none' : meshes.join('+')} ${meshedPods}/${pods}`;
}

function portText({ port, protocol, name }: ServicePort): string {
  return `${port}${protocol === 'TCP' ? '' : `/${protocol}`}${name === undefined ? '' : ` ${name}`}`;
}

function listText(shown: readonly string[], all: number): string {
  if (all === 0) return '-';
  return all > shown.length ? `${shown.join(', ')}, +${all - shown.length} more` : shown.join(', ');
}

function renderStructured(view: TopologyView, query: Query, page: Page): Output {
  const { pods, meshedPods, services } = sumTotals(view.namespaces.map((entry) => entry.totals));
  const cursor = nextCursor(page, query);
  return {
    asOf: new Date(view.asOf).toISOString(),
    source: view.origin,
    demo: view.demo,
    complete: view.complete,
    total: page.total,
    summary: { namespaces: view.namespaces.length, services: services.all, unmeshedServices: services.unmeshed, pods, meshedPods },
    services: page.services.map(structuredService),
    ...(cursor === undefined ? {} : { nextCursor: cursor }),
    notes: [...view.notes, ...(page.end === 'budget' ? ['The answer reached its size limit; go on with nextCursor.'] : [])],
  };
}

function structuredService(service: ServiceSummary): ServiceRow {
  const { namespace, name, type, pods, meshedPods, meshes, ports, omittedPorts, workloads, omittedWorkloads, externalName } = service;
  return {
    namespace,
    name,
    type,
    status: statusOf(service),
    pods,
    meshedPods,
    meshes: [...meshes],
    workloads: workloads.map(({ kind, name, pods, meshedPods, meshes }) => ({ kind, name, pods, meshedPods, meshes: [...meshes] })),
    ...(omittedWorkloads === 0 ? {} : { omittedWorkloads }),
    ports: ports.map(({ port, protocol, name, targetPort, appProtocol }) => ({
      port,
      protocol,
      ...(name === undefined ? {} : { name }),
      ...(targetPort === undefined ? {} : { targetPort: String(targetPort) }),
      ...(appProtocol === undefined ? {} : { appProtocol }),
    })),
    ...(omittedPorts === 0 ? {} : { omittedPorts }),
    ...(externalName === undefined ? {} : { externalName }),
  };
}

function statusOf({ selects, pods, meshedPods }: ServiceSummary): ServiceRow['status'] {
  if (!selects) return 'no-selector';
  if (pods === 0) return 'no-pods';
  if (meshedPods === 0) return 'unmeshed';
  return meshedPods < pods ? 'partial' : 'meshed';
}
