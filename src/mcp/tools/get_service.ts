import { fromGraph } from '../../collector/from-graph.ts';
import { defined } from '../../graph/defined.ts';
import { shortName } from '../../graph/ids.ts';
import { HEALTHS, type PolicyNode, type RouteBackend, type RouteNode, type WorkloadNode } from '../../graph/model.ts';
import type { Placed } from '../../graph/query/attached.ts';
import type { GoldenSignals, Signal } from '../../graph/query/golden-signals.ts';
import type { GroupedEdge } from '../../graph/query/group-edges.ts';
import { PROBLEM_CODES } from '../../graph/query/problems.ts';
import { type ServicePage, servicePage } from '../../graph/query/service-page.ts';
import { LEVELS, SIGNALS } from '../../graph/query/thresholds.ts';
import { millisecondsText, percentText } from '../../graph/units.ts';
import { MeshError } from '../../lib/errors.ts';
import { textTable } from '../../lib/table.ts';
import { described, z } from '../../lib/zod.ts';
import type { GraphReader } from '../../store/graph/reader.ts';
import { defineTool, type ToolAnswer } from '../tool.ts';
import { FIGURE_HEADINGS, figureCells, figureLine, figuresData, figuresShape } from './graph/figures.ts';
import { type Budget, budgetOf, fitRows, LONG_CHARACTERS, shortNotes } from './graph/fit-rows.ts';
import { namespaceName, serviceName } from './graph/inputs.ts';
import { advice, readNamespace } from './graph/lookup.ts';
import { podsData, podsText } from './graph/pods.ts';
import { portData, portShape, portText } from './graph/ports.ts';
import { optionalInteger, optionalNumber, optionalText, podsShape, serviceType, text, texts } from './graph/shapes.ts';
import { graphAnswer, statusShape } from './graph/status.ts';
import { requireViewOf } from './graph/view.ts';

/** Rows of a kind in one answer; what is more is counted. */
const MAX_ROWS = 30;

const input = z.strictObject({
  namespace: described(namespaceName, 'The namespace of the Service.'),
  service: described(serviceName, 'The name of a Kubernetes Service.'),
});

const level = z.enum(LEVELS);
const calls = z.array(z.object({ peer: text, ...figuresShape }));
const attached = { kind: text, name: text, namespace: text, problems: texts };

const output = z.object({
  ...statusShape,
  namespace: text,
  service: text,
  type: serviceType,
  ports: z.array(portShape),
  ...podsShape,
  level: described(level, 'The worst signal.'),
  signals: z.array(z.object({ name: z.enum(SIGNALS), value: optionalNumber, level })),
  ...figuresShape,
  workloads: z.array(
    z.object({
      kind: text,
      name: text,
      ...podsShape,
      health: z.enum(HEALTHS),
      ready: optionalInteger,
      desired: optionalInteger,
      identity: optionalText,
    }),
  ),
  callers: described(calls, 'By node id.'),
  callees: calls,
  routes: z.array(z.object({ ...attached, backends: texts })),
  policies: z.array(z.object({ ...attached, action: optionalText, summary: text })),
  problems: z.array(z.object({ severity: z.enum(['critical', 'warning']), code: z.enum(PROBLEM_CODES), text })),
  omitted: described(optionalInteger, 'Rows of the lists above that were left out.'),
});

type Answer = ToolAnswer<z.core.input<typeof output>>;

/** One page on a Service. */
export const getService = defineTool({
  name: 'get_service',
  title: 'Everything about one service',
  description:
    'One page on a Kubernetes Service: its golden signals rated good, fair, warning or critical (success, latency, share of meshed pods), who calls it, whom it calls, ' +
    'its workloads and their health, the routes and policies that apply, and what is wrong with any of them. Use it once you know which service to look at.',
  toolset: 'graph',
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  input,
  output,
  run: ({ namespace, service }, { ports, config, principal }) => {
    requireViewOf(principal, namespace);
    return fromGraph(ports, config, (reader) => {
      const page = pageOf(reader, namespace, service);
      const budget = budgetOf(config.maxAnswerCharacters, LONG_CHARACTERS);
      return fitRows({ most: MAX_ROWS, least: 0 }, budget, (rows, items) => render(reader, namespace, page, { rows, items }, budget));
    });
  },
});

function pageOf(reader: GraphReader, namespace: string, service: string): ServicePage {
  const { view, topology } = readNamespace(reader, namespace);
  const page = servicePage(view, namespace, service);
  if (page !== undefined) return page;
  const names = topology.services.map(({ name }) => name);
  throw new MeshError(
    'invalid',
    `There is no Service "${service}" in namespace "${namespace}".${advice(service, names)} list_services names them all.`,
  );
}

/** How much of each list is shown: rows of the page, and items within a row. */
interface Cut {
  readonly rows: number;
  readonly items: number;
}

function render(reader: GraphReader, namespace: string, page: ServicePage, cut: Cut, budget: Budget): Answer {
  const { service, workloads, golden, callers, callees, routes, policies } = page;
  const { problems, omitted: omittedProblems } = page.problems;
  const { rows } = cut;
  const lists = [workloads, callers, callees, routes, policies, problems];
  const omitted = lists.reduce((sum, list) => sum + Math.max(0, list.length - rows), omittedProblems);
  const within = (name: string) => shortName(name, namespace);
  return graphAnswer(reader.status, budget, {
    lines: [
      headLine(namespace, page, cut),
      ...signalLines(golden),
      ...section(
        'Problems',
        problems.map(({ severity, text }) => `${severity}: ${text}`),
        rows,
        omittedProblems,
      ),
      ...section('Workloads', workloads.map(workloadText), rows),
      ...callSection(
        'Called by',
        callers.map((edge) => [within(edge.source), edge]),
        rows,
      ),
      ...callSection(
        'Calls',
        callees.map((edge) => [within(edge.destination), edge]),
        rows,
      ),
      ...section(
        'Routes',
        routes.map((route) => routeText(route, namespace, cut)),
        rows,
      ),
      ...section(
        'Policies',
        policies.map((policy) => policyText(policy, namespace)),
        rows,
      ),
    ],
    data: {
      namespace,
      service: service.name,
      type: service.type,
      ports: service.ports.slice(0, cut.items).map(portData),
      ...podsData(service),
      level: golden.level,
      signals: golden.signals.map(({ name, value, level }) => ({ name, ...defined({ value }), level })),
      ...figuresData(golden.figures),
      workloads: workloads.slice(0, rows).map(workloadData),
      callers: callers.slice(0, rows).map((edge) => ({ peer: edge.source, ...figuresData(edge) })),
      callees: callees.slice(0, rows).map((edge) => ({ peer: edge.destination, ...figuresData(edge) })),
      routes: routes.slice(0, rows).map((route) => routeData(route, cut)),
      policies: policies.slice(0, rows).map((policy) => policyData(policy, cut)),
      problems: problems.slice(0, rows).map(({ severity, code, text }) => ({ severity, code, text })),
      ...(omitted === 0 ? {} : { omitted }),
    },
    notes: shortNotes(cut.items),
  });
}

/** Lines under a title, and how many are left out. */
function section(title: string, lines: readonly string[], rows: number, more = 0): readonly string[] {
  if (lines.length === 0) return [];
  const left = Math.max(0, lines.length - rows) + more;
  return [`${title}:`, ...lines.slice(0, rows).map((line) => `  ${line}`), ...(left === 0 ? [] : [`  and ${left} more`])];
}

function callSection(title: string, calls: readonly (readonly [peer: string, GroupedEdge])[], rows: number): readonly string[] {
  if (calls.length === 0) return [`${title}: no traffic was seen.`];
  const table = textTable([['', ...FIGURE_HEADINGS], ...calls.slice(0, rows).map(([peer, edge]) => [peer, ...figureCells(edge)])]);
  return section(title, table, rows + 1, Math.max(0, calls.length - rows));
}

function headLine(namespace: string, { service }: ServicePage, { items }: Cut): string {
  const ports = service.ports.slice(0, items).map(portText);
  const more = service.ports.length + service.omittedPorts - ports.length;
  const behind =
    service.externalName === undefined
      ? service.selects
        ? `, pods ${podsText(service)}`
        : ', no selector'
      : `, alias of ${service.externalName}`;
  return `${namespace}/${service.name}: ${service.type}, ${portsText(ports, more)}${behind}`;
}

function portsText(ports: readonly string[], more: number): string {
  if (ports.length + more === 0) return 'no ports';
  return `ports ${[...ports, ...(more === 0 ? [] : [`+${more} more`])].join(', ')}`;
}

function signalLines({ level, signals, figures }: GoldenSignals): readonly string[] {
  const known = signals.filter(({ value }) => value !== undefined);
  // Success and latency are among the signals.
  const { successRate: _, latency: __, ...rest } = figures;
  const line = figureLine(rest);
  return [
    known.length === 0 ? 'Signals: none are known.' : `Signals: ${level} (${known.map(signalText).join(', ')})`,
    ...(line === '' ? [] : [`Traffic: ${line}`]),
  ];
}

function signalText({ name, value = 0, level }: Signal): string {
  return `${name} ${name === 'success' || name === 'meshed' ? percentText(value) : millisecondsText(value)} ${level}`;
}

function workloadText(workload: WorkloadNode): string {
  const { kind, name, health, ready, desired, identity } = workload;
  const replicas = ready === undefined || desired === undefined ? '' : ` (${ready} of ${desired} ready)`;
  return `${kind}/${name}: ${health}${replicas}, pods ${podsText(workload)}${identity === undefined ? '' : `, ${identity}`}`;
}

function workloadData(workload: WorkloadNode) {
  const { kind, name, health, ready, desired, identity } = workload;
  return { kind, name, ...podsData(workload), health, ...defined({ ready, desired, identity }) };
}

function routeText(
  { namespace: own, node: { kind, name, backends, problems } }: Placed<RouteNode>,
  namespace: string,
  { items }: Cut,
): string {
  const to = backends.slice(0, items).map((backend) => backendText(shortName(backend.to, namespace), backend));
  return `${kind} ${placed(own, namespace, name)}${to.length === 0 ? '' : ` -> ${to.join(', ')}`}${problemMark(problems)}`;
}

/** `web weight 90` */
function backendText(to: string, { weight, subset }: RouteBackend): string {
  return `${to}${subset === undefined ? '' : ` subset ${subset}`} weight ${weight}`;
}

function policyText({ namespace: own, node: { kind, name, action, summary, problems } }: Placed<PolicyNode>, namespace: string): string {
  return `${kind} ${placed(own, namespace, name)}${action === undefined ? '' : ` (${action})`}: ${summary}${problemMark(problems)}`;
}

function placed(own: string, namespace: string, name: string): string {
  return own === namespace ? name : `${own}/${name}`;
}

/** The problems themselves are in the list of problems. */
function problemMark(problems: readonly string[]): string {
  return problems.length === 0 ? '' : ' [see problems]';
}

function routeData({ namespace, node: { kind, name, backends, problems } }: Placed<RouteNode>, { items }: Cut) {
  return {
    kind,
    name,
    namespace,
    problems: problems.slice(0, items),
    backends: backends.slice(0, items).map((backend) => backendText(backend.to, backend)),
  };
}

function policyData({ namespace, node: { kind, name, action, summary, problems } }: Placed<PolicyNode>, { items }: Cut) {
  return { kind, name, namespace, problems: problems.slice(0, items), ...defined({ action }), summary };
}
