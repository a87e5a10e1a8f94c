import { parseArgs } from 'node:util';

/** How long and how often is measured. */
export interface Pace {
  /** Every server is started and measured so many times; the median counts. */
  readonly rounds: number;
  /** Before each measurement, for servers that get quicker while they run. */
  readonly warmUpMs: number;
  readonly durationMs: number;
}

/** The part that measures clusters of 10, 100 and 1,000 namespaces. */
const SCALE = 'scale';

const FULL: Pace = { rounds: 3, warmUpMs: 700, durationMs: 2_000 };
/** Enough to see that everything runs; the figures mean little. */
const QUICK: Pace = { rounds: 1, warmUpMs: 200, durationMs: 400 };

export type Arguments =
  | {
      readonly tag: 'run';
      readonly pace: Pace;
      /** The servers to measure, in the order of the table; all where none is named. */
      readonly only: readonly string[];
      /** Whether this is the full measurement, whose figures are kept. */
      readonly full: boolean;
    }
  /** The scale part alone; in full its figures are kept, the others in bench/results.md stay as they are. */
  | { readonly tag: 'scale'; readonly full: boolean }
  | { readonly tag: 'help' }
  | { readonly tag: 'wrong'; readonly problem: string };

/** Reads the command line. `names` are the servers that there are. */
export function parseArguments(args: readonly string[], names: readonly string[]): Arguments {
  let given: ReturnType<typeof read>;
  try {
    given = read(args);
  } catch (error) {
    return { tag: 'wrong', problem: error instanceof Error ? error.message : String(error) };
  }
  const { values, positionals } = given;
  if (values.help === true) return { tag: 'help' };
  const part = positionals.find((word) => word !== SCALE) ?? (positionals.length > 1 ? SCALE : undefined);
  if (part !== undefined) return { tag: 'wrong', problem: `the only part with a name is ${SCALE}, named once; not ${part}` };
  if (positionals.length > 0) {
    if (values.only !== undefined) return { tag: 'wrong', problem: `--only is for servers, and ${SCALE} has none` };
    return { tag: 'scale', full: values.quick !== true };
  }
  const wanted = values.only ?? [];
  const unknown = wanted.filter((name) => !names.includes(name));
  if (unknown.length > 0) return { tag: 'wrong', problem: `--only takes ${names.join(', ')}, and is ${unknown.join(', ')}` };
  const quick = values.quick ?? false;
  return {
    tag: 'run',
    pace: quick ? QUICK : FULL,
    only: names.filter((name) => wanted.length === 0 || wanted.includes(name)),
    full: !quick && wanted.length === 0,
  };
}

export function helpText(names: readonly string[]): string {
  return `Measures mesh-mcp beside plain MCP servers: npm run bench -- [scale] [flags]

  scale         only how the graph's cost grows with the cluster: 10, 100 and 1,000 namespaces
  --quick       one short round: shows that everything runs; the figures mean little
  --only NAME   one server alone; may be given several times
  --help        this text

Servers: ${names.join(', ')}.
Servers need Go, and Rust to install wasmtime the first time; scale needs neither. A full run writes bench/results.md; let nothing else run meanwhile.
`;
}

function read(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: { quick: { type: 'boolean' }, only: { type: 'string', multiple: true }, help: { type: 'boolean', short: 'h' } },
    strict: true,
    allowPositionals: true,
  });
}
