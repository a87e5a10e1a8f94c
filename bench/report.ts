/** Turns the figures into the text that is printed and kept: Markdown whose tables also read well on a terminal. */

import { judge } from './aims.ts';
import type { Pace } from './arguments.ts';
import { CONTESTANTS, NAMES, type Name } from './contestants.ts';
import type { Fact } from './machine.ts';
import { CONNECTIONS, OPERATIONS, type OperationName, PROTOCOL_VERSION } from './operations.ts';
import { type Cell, cellOf, type Outcomes, ratio } from './results.ts';

/** The two forms of our component that the others are compared with. */
const OURS: readonly Name[] = ['quickjs', 'quickjs-tuned'];

export function aimsSection(outcomes: Outcomes): string {
  const rows = judge(outcomes).map(({ text, found, verdict }) => [text, found ?? '-', verdict]);
  return section('Aims', [table(['mesh-mcp, QuickJS, wasmtime, fresh instance per request', 'found', ''], rows)]);
}

/** One table for each operation, a line for each server that was measured. */
export function figureSections(outcomes: Outcomes): string {
  return OPERATIONS.map((operation) => section(operation, [figures(outcomes, operation)])).join('\n');
}

function figures(outcomes: Outcomes, operation: OperationName): string {
  const head = [
    'server',
    'alone: requests/s',
    'p50 ms',
    'p95 ms',
    'p99 ms',
    `${CONNECTIONS.busy} connections: requests/s`,
    'p50 ms',
    'p95 ms',
    'p99 ms',
    'growth',
    'spread',
  ];
  const rows = [...outcomes.keys()].map((name) => {
    const [alone, busy] = [cellOf(outcomes, name, operation, 'alone'), cellOf(outcomes, name, operation, 'busy')];
    if (alone === undefined || busy === undefined) return [CONTESTANTS[name].title, 'not measured', ...head.slice(2).map(() => '')];
    const growth = `x ${(busy.requestsPerSecond / alone.requestsPerSecond).toFixed(1)}`;
    return [CONTESTANTS[name].title, ...cellFigures(alone), ...cellFigures(busy), growth, `${Math.round(busy.spread * 100)} %`];
  });
  return table(head, rows);
}

function cellFigures({ requestsPerSecond, p50, p95, p99 }: Cell): readonly string[] {
  return [Math.round(requestsPerSecond).toLocaleString('en'), ...[p50, p95, p99].map((ms) => ms.toFixed(2))];
}

/** How many times as many requests per second ours answers, busy. */
export function ratioSection(outcomes: Outcomes): string {
  const tables = OURS.filter((ours) => outcomes.has(ours) && outcomes.size > 1).map((ours) => {
    const others = NAMES.filter((name) => name !== ours && outcomes.has(name));
    const rows = others.map((other) => [
      CONTESTANTS[other].title,
      ...OPERATIONS.map((operation) => times(ratio(outcomes, ours, other, operation, 'busy'))),
    ]);
    return table([`${CONTESTANTS[ours].title}, compared with`, ...OPERATIONS], rows);
  });
  if (tables.length === 0) return '';
  return section(`Ratios: requests per second at ${CONNECTIONS.busy} connections`, tables);
}

function times(value: number | undefined): string {
  return value === undefined ? '-' : `x ${value < 10 ? value.toFixed(2) : value.toFixed(0)}`;
}

/** Servers whose answers were wrong, so that nothing of them was timed. */
export function failureSection(outcomes: Outcomes): string {
  const failures = [...outcomes].flatMap(([name, outcome]) =>
    outcome.tag === 'failed' ? [`- ${CONTESTANTS[name].title}: ${outcome.problem}`] : [],
  );
  return failures.length === 0 ? '' : section('Not measured', [`${failures.join('\n')}\n`]);
}

/** bench/results.md. */
export function resultsFile(outcomes: Outcomes, facts: readonly Fact[], pace: Pace): string {
  const listBytes = cellOf(outcomes, 'quickjs', 'tools/list', 'alone')?.bodyBytes;
  return [
    '# Benchmark results',
    '',
    'Written by `npm run bench`; run it again rather than edit this. Figures hold for the machine below and for comparing the lines of one run with one another.',
    '',
    aimsSection(outcomes),
    figureSections(outcomes),
    `Growth: requests per second at ${CONNECTIONS.busy} connections over those alone. Spread: best round minus worst, over the median, at ${CONNECTIONS.busy} connections.`,
    '',
    ratioSection(outcomes),
    failureSection(outcomes),
    section('How it was measured', [howItWasMeasured(pace, listBytes)]),
    section('With what', [table(['what', ''], facts)]),
  ]
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trimEnd()
    .concat('\n');
}

function howItWasMeasured({ rounds, warmUpMs, durationMs }: Pace, listBytes: number | undefined): string {
  const size = listBytes === undefined ? '' : ` (${(listBytes / 1000).toFixed(1)} kB with ours)`;
  return `- One server at a time, each started anew in each of ${rounds} rounds; a line shows the round with the median of requests per second. Each figure: ${seconds(warmUpMs)} of warm-up, then ${seconds(durationMs)}.
- Server, Petstore and load tool share the machine. The load tool (\`bench/go/load\`) is one and the same for all: kept-alive connections, a new request on each as soon as the answer before is there. Times run from the first byte out to the last byte in.
- Answers are checked. Before anything is timed, every server's answers are read in full: its tools have the product's names, words and members, its pets are those of the Petstore. While it is timed, every answer must be one that was checked, byte for byte, or is checked on the spot; one wrong answer and the server is not in the table.
- The same requests for all: protocol ${PROTOCOL_VERSION}, accepting JSON and event streams, stateless. Each server lists the same tools${size}; what each SDK adds to them (\`$schema\`, \`execution\`) is its own.
- \`tools/call, local\` is a call that a server answers out of itself: \`get_pet_find_by_status\` with a status that does not exist. The product has no tool that needs no upstream, so this is what there is: finding the tool, checking the arguments against the schema, and a result with \`isError\` that names the right values. All servers check the same schema.
- \`tools/call, Petstore\` reads the list of available pets from the built-in demo Petstore, one Node process for all. Node and Go keep their connections to it; \`wasmtime serve\` opens one for each request.
- Fresh instance per request: \`wasmtime serve\` as it comes, a new sandbox for every request. Resident memory tuned: the same with \`-O pooling-allocator=y -O pooling-memory-keep-resident=33554432 -O pooling-table-keep-resident=1048576\`. The product runs with its defaults, its access log and its counters included; the other servers keep neither.
- The Node and Go servers and the component built the usual way are in \`bench/servers\` and \`bench/go/server\`. They follow the SDKs' documentation: McpServer made for each request (Node and the component), one server for all (Go). Schemas are made once at the start, for the component even at build time, which is kinder than the published Petstore component.
`;
}

function seconds(ms: number): string {
  return `${ms / 1000} s`;
}

/** A part of the file under a heading. */
export function section(title: string, parts: readonly string[]): string {
  return `## ${title}\n\n${parts.join('\n')}`;
}

/** A Markdown table, padded; all columns but the first to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(3, title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${widths.map((width, column) => (column === 0 ? (row[column] ?? '').padEnd(width) : (row[column] ?? '').padStart(width))).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return `${[line(head), rule, ...rows.map(line)].join('\n')}\n`;
}
