import { parseArgs } from 'node:util';
import { ENGINES, type Engine } from '../../../scripts/build.ts';

/** What the command line and PORT and HOST ask for. */
export interface HostArguments {
  readonly port: number;
  readonly host: string;
  readonly engine: Engine;
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
  stdio: { type: 'boolean' },
  watch: { type: 'boolean' },
  quiet: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const HELP = `Serves mesh-mcp on this machine.

  npm start -- [flags]

  --port N      port to listen on (PORT, else 8000; 0 takes a free one)
  --host NAME   address to listen on (HOST, else 127.0.0.1)
  --engine E    which build of the component: ${ENGINES.join(' or ')} (quickjs)
  --stdio       speak MCP over standard input and output instead of HTTP; start it with \`npm --silent start -- --stdio\`
  --quiet       do not print the component's log
  --watch       build and start again whenever a source file changes (npm run dev)
  --help        this text

The component's options (PETSTORE_URL, KUBERNETES_URL and the others in docs/configuration.md) are read from the environment.
Without PETSTORE_URL a demo Petstore is started, without KUBERNETES_URL a demo cluster.
`;

/** Reads the command line; flags win over the environment. */
export function parseArguments(args: readonly string[], env: Readonly<Record<string, string | undefined>>): ParsedArguments {
  const known = `Known flags: ${Object.keys(FLAGS)
    .map((flag) => `--${flag}`)
    .join(' ')}`;
  const wrong = (problem: string): ParsedArguments => ({ tag: 'wrong', problem });
  let values: ReturnType<typeof read>;
  try {
    values = read(args);
  } catch (error) {
    return wrong(`${error instanceof Error ? error.message : String(error)}\n${known}`);
  }
  if (values.help === true) return { tag: 'help' };
  const { PORT, HOST } = env;
  const port = values.port ?? PORT ?? '8000';
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
    return wrong(`--port (or PORT) must be a number from 0 to 65535, and is ${JSON.stringify(port)}.`);
  const engine = ENGINES.find((name) => name === (values.engine ?? 'quickjs'));
  if (engine === undefined) return wrong(`--engine must be ${ENGINES.join(' or ')}, and is ${JSON.stringify(values.engine)}.`);
  return {
    tag: 'start',
    arguments: {
      port: Number(port),
      host: values.host ?? HOST ?? '127.0.0.1',
      engine,
      stdio: values.stdio ?? false,
      watch: values.watch ?? false,
      quiet: values.quiet ?? false,
    },
  };
}

function read(args: readonly string[]) {
  return parseArgs({ args: [...args], options: FLAGS, strict: true, allowPositionals: false }).values;
}
