import { parseArgs } from 'node:util';
import { ENGINES, type Engine } from '../../../scripts/build.ts';
import { parseStore, STORE_FORMS, type StoreChoice } from './store-choice.ts';

/** Where the host finds the user's cluster. */
export type ClusterChoice =
  /** What the component's options say, else a demo. */
  | { readonly tag: 'options' }
  /** A context of a kubeconfig; each undefined stands for kubectl's default. */
  | { readonly tag: 'kubeconfig'; readonly context: string | undefined; readonly file: string | undefined }
  /** What the component's options say, with a token from a file. */
  | { readonly tag: 'token-file'; readonly file: string };

/** What the command line and the environment ask for. */
export interface HostArguments {
  readonly port: number;
  readonly host: string;
  readonly engine: Engine;
  readonly store: StoreChoice;
  readonly cluster: ClusterChoice;
  /** Base URL of Prometheus, where one was given. */
  readonly prometheus: string | undefined;
  /** Whether the collector runs. */
  readonly collect: boolean;
  /** Whether tools may change the cluster; a demo cluster they may always. */
  readonly writes: boolean;
  readonly stdio: boolean;
  readonly watch: boolean;
  readonly quiet: boolean;
}

/** `help` where help was asked for; `wrong` with what is wrong, in words. */
export type ParsedArguments =
  | { readonly tag: 'start'; readonly arguments: HostArguments }
  | { readonly tag: 'help' }
  | { readonly tag: 'wrong'; readonly problem: string };

const FLAGS = {
  port: { type: 'string' },
  host: { type: 'string' },
  engine: { type: 'string' },
  store: { type: 'string' },
  context: { type: 'string' },
  kubeconfig: { type: 'string' },
  'kubernetes-token-file': { type: 'string' },
  prometheus: { type: 'string' },
  'no-collect': { type: 'boolean' },
  writes: { type: 'boolean' },
  stdio: { type: 'boolean' },
  watch: { type: 'boolean' },
  quiet: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const HELP = `Serves mesh-mcp on this machine.

  npm start -- [flags]

  --port N            port to listen on (PORT, else 8000; 0 takes a free one)
  --host NAME         address to listen on (HOST, else 127.0.0.1)
  --stdio             speak MCP over standard input and output instead of HTTP; start it with \`npm --silent start -- --stdio\`

  --context NAME      use the cluster of this kubeconfig context
  --kubeconfig FILE   kubeconfig to look in (KUBECONFIG, else ~/.kube/config); alone, its current context is used
  --prometheus URL    Prometheus that scrapes that mesh (PROMETHEUS_URL); without it the graph has no traffic
  --kubernetes-token-file FILE
                      token for KUBERNETES_URL (KUBERNETES_TOKEN_FILE), read again when it changes
  --store STORE       where the graph is kept (STORE, else memory):
                      ${STORE_FORMS}
  --writes            let tools change the mesh of that cluster, with your rights there: each change is tried first, and made when it is confirmed
  --no-collect        do not keep the graph up to date: another host does, on the same store

  --engine E          which build of the component: ${ENGINES.join(' or ')} (quickjs)
  --quiet             do not print the component's log
  --watch             build and start again whenever a source file changes (npm run dev)
  --help              this text

The component's options (PETSTORE_URL, KUBERNETES_URL and the others in docs/configuration.md) are read from the environment.
Without PETSTORE_URL a demo Petstore is started; without --context, --kubeconfig and KUBERNETES_URL a demo cluster with a demo Prometheus.
`;

/** Reads the command line; flags win over the environment. */
export function parseArguments(args: readonly string[], env: Readonly<Record<string, string | undefined>>): ParsedArguments {
  const known = `Known flags: ${Object.keys(FLAGS)
    .map((flag) => `--${flag}`)
    .join(' ')}`;
  const wrong = (problem: string): ParsedArguments => ({ tag: 'wrong', problem });
  let values: Values;
  try {
    values = read(args);
  } catch (error) {
    return wrong(`${error instanceof Error ? error.message : String(error)}\n${known}`);
  }
  if (values.help === true) return { tag: 'help' };
  const { PORT, HOST, STORE } = env;
  const port = values.port ?? PORT ?? '8000';
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
    return wrong(`--port (or PORT) must be a number from 0 to 65535, and is ${JSON.stringify(port)}.`);
  const engine = ENGINES.find((name) => name === (values.engine ?? 'quickjs'));
  if (engine === undefined) return wrong(`--engine must be ${ENGINES.join(' or ')}, and is ${JSON.stringify(values.engine)}.`);
  const store = parseStore(values.store ?? (STORE || 'memory'));
  // What was given may hold a password.
  if (store === undefined) return wrong(`--store (or STORE) must be ${STORE_FORMS}.`);
  const cluster = clusterOf(values, env);
  if (typeof cluster === 'string') return wrong(cluster);
  return {
    tag: 'start',
    arguments: {
      port: Number(port),
      host: values.host ?? HOST ?? '127.0.0.1',
      engine,
      store,
      cluster,
      prometheus: values.prometheus,
      collect: values['no-collect'] !== true,
      writes: values.writes ?? false,
      stdio: values.stdio ?? false,
      watch: values.watch ?? false,
      quiet: values.quiet ?? false,
    },
  };
}

type Values = ReturnType<typeof read>;

/** The cluster, or what is wrong with the flags that name it. */
function clusterOf(
  values: Values,
  { KUBERNETES_URL = '', KUBERNETES_TOKEN_FILE = '' }: Readonly<Record<string, string | undefined>>,
): ClusterChoice | string {
  const { context, kubeconfig, 'kubernetes-token-file': tokenFlag } = values;
  if (context === '' || kubeconfig === '' || tokenFlag === '')
    return '--context, --kubeconfig and --kubernetes-token-file each want a value.';
  if (context !== undefined || kubeconfig !== undefined) {
    if (tokenFlag !== undefined) return '--kubernetes-token-file is for KUBERNETES_URL: a kubeconfig has its own credentials.';
    return { tag: 'kubeconfig', context, file: kubeconfig };
  }
  const file = tokenFlag ?? KUBERNETES_TOKEN_FILE;
  if (file === '') return { tag: 'options' };
  if (KUBERNETES_URL === '')
    return '--kubernetes-token-file (or KUBERNETES_TOKEN_FILE) wants KUBERNETES_URL beside it: the demo cluster asks for no token.';
  return { tag: 'token-file', file };
}

function read(args: readonly string[]) {
  return parseArgs({ args: [...args], options: FLAGS, strict: true, allowPositionals: false }).values;
}
