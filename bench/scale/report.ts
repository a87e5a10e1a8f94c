/** The scale part of bench/results.md. */
import { section, table } from '../report.ts';
import { EDGES_PER_SERVICE, PODS, SERVICES } from './cluster.ts';
import { HUB_CALLERS } from './hub.ts';
import { FIRST_SLOWNESS, judgeScale, type MatrixFigures, QUESTIONS, type RunFigures, type ScaleFigures } from './results.ts';

const TITLE = 'Scale';

/** Everything about scale, as one section. */
export function scaleSection(sizes: readonly ScaleFigures[], matrix: MatrixFigures | undefined, conditions: string): string {
  const aims = judgeScale(sizes, matrix).map(({ text, found, verdict }) => [text, found ?? '-', verdict]);
  return section(TITLE, [
    `Generated clusters with ${SERVICES} services, ${PODS} pods and ${SERVICES * EDGES_PER_SERVICE} calls a namespace, half of them in Linkerd, half in Istio. ${conditions}\n`,
    table(['mesh-mcp, QuickJS', 'found', ''], aims),
    table(
      [
        'run of the collector',
        'namespaces',
        'CPU ms',
        'of a full build',
        'requests',
        'MB from Kubernetes',
        'memory MiB',
        'reads',
        'read kB',
        'writes',
        'written kB',
      ],
      sizes.flatMap(runRows),
    ),
    table(['tool', 'namespaces', 'CPU ms', 'growth', 'answer bytes', 'reads', 'read bytes'], questionRows(sizes)),
    table(['store', 'keys', 'kB', 'kB a namespace'], sizes.map(storeRow)),
    method(sizes),
  ]);
}

function runRows(size: ScaleFigures): readonly (readonly string[])[] {
  const { namespaces, build, first, quiet, churn, spread } = size;
  const row = (name: string, run: RunFigures) => [
    ...[
      name,
      namespaces.toLocaleString('en'),
      Math.round(run.cpuMs).toLocaleString('en'),
      percent(run.cpuMs / build.cpuMs),
      String(run.requests),
    ],
    ...[(run.bytes / 1e6).toFixed(2), mebibytes(run.memoryBytes), String(run.store.reads), kilobytes(run.store.readBytes)],
    ...[String(run.store.writes), kilobytes(run.store.writtenBytes)],
  ];
  return [
    [
      'first: list and build',
      namespaces.toLocaleString('en'),
      Math.round(build.cpuMs).toLocaleString('en'),
      '100 %',
      '',
      '',
      mebibytes(build.memoryBytes),
      '',
      '',
      '',
      '',
    ],
    row(`first, with traffic${size.trafficWhole ? '' : ' (cut off)'}`, first),
    row('quiet', quiet),
    row('1 % of namespaces', churn),
    row('1 % of pods, spread', spread),
  ];
}

function questionRows(sizes: readonly ScaleFigures[]): readonly (readonly string[])[] {
  const [smallest] = sizes;
  return QUESTIONS.flatMap((question) =>
    sizes.map(({ namespaces, questions }) => {
      const { cpuMs, answerBytes, reads, readBytes } = questions[question];
      const growth = cpuMs / (smallest?.questions[question].cpuMs ?? cpuMs);
      return [
        question,
        namespaces.toLocaleString('en'),
        cpuMs.toFixed(1),
        `x ${growth.toFixed(2)}`,
        ...[answerBytes, reads, readBytes].map((figure) => figure.toLocaleString('en')),
      ];
    }),
  );
}

function storeRow({ namespaces, stored }: ScaleFigures): readonly string[] {
  const { keys, bytes } = stored;
  return [
    `${namespaces.toLocaleString('en')} namespaces`,
    keys.toLocaleString('en'),
    kilobytes(bytes),
    (bytes / 1000 / namespaces).toFixed(1),
  ];
}

function method(sizes: readonly ScaleFigures[]): string {
  const cut = sizes.filter(({ trafficWhole }) => !trafficWhole).map(({ namespaces }) => namespaces.toLocaleString('en'));
  const missing =
    cut.length === 0
      ? ''
      : `\n- Cut off: with ${cut.join(' and ')} namespaces a reading of the traffic did not end within the time that it has; the answers say so, and have what came until then.`;
  return `- The built component (QuickJS) on the local host, a fresh instance a request, against a Kubernetes and a Prometheus API in the bench's own process. Time is the processor time of the instance's thread, which other work on the machine changes little; it holds for this host's engine, so compare lines rather than take it for that of another. Memory is the instance's linear memory, at its largest.
- In the first run the component's clock is ${FIRST_SLOWNESS} times slower, so that its reading of the traffic, which has 10 s, comes to its end on a busy machine too: the sizes are to have the same graph a namespace. Here it takes processor time that a host would have to do in those seconds.
- Answers are checked before they are timed: namespaces, services, pods, and each service's callers and callees.
- ${HUB_CALLERS} callers: whole calls of check_access for a Service that so many workloads of eleven namespaces call, which are all read; the best of several.
- Read and written: operations on the key-value store, and bytes of values. A quiet run's writes are the lease and the counters of /metrics.
- 1 % of namespaces: in one namespace of a hundred, at least one, all pods are replaced and a Deployment changes. 1 % of pods, spread: as many pods, each in another namespace as far as there are; no aim, but the dearest way to change so many.${missing}
`;
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const mebibytes = (bytes: number): string => Math.round(bytes / 2 ** 20).toLocaleString('en');
const kilobytes = (bytes: number): string => (bytes / 1000).toLocaleString('en', { maximumFractionDigits: 1 });

const HEADING = `## ${TITLE}\n`;
/** What stands behind it in bench/results.md. */
const NEXT = '## How it was measured\n';

/** The section out of bench/results.md; empty where it has none. */
export function scaleSectionOf(file: string): string {
  const from = file.indexOf(HEADING);
  if (from === -1) return '';
  const to = file.indexOf('\n## ', from);
  return to === -1 ? file.slice(from) : file.slice(from, to + 1);
}

/** bench/results.md with this section in the place of the one that it has, everything else as it was. */
export function withScaleSection(file: string, text: string): string {
  const old = scaleSectionOf(file);
  if (old !== '') return file.replace(old, () => `${text.trimEnd()}\n${file.endsWith(old) ? '' : '\n'}`);
  const at = file.indexOf(NEXT);
  return at === -1 ? `${file.trimEnd()}\n\n${text.trimEnd()}\n` : `${file.slice(0, at)}${text.trimEnd()}\n\n${file.slice(at)}`;
}
