import { parseArgs } from 'node:util';
import { SEVERITIES, type Severity } from '../../src/policy/analyze/finding.ts';

export interface AnalyzeArguments {
  /** Files and folders; `-` is standard input. */
  readonly paths: readonly string[];
  /** Files and folders that the others may refer to. */
  readonly context: readonly string[];
  readonly format: 'text' | 'json';
  /** The least severity that is shown. */
  readonly severity: Severity;
  /** Whether warnings count as errors. */
  readonly strict: boolean;
  readonly complete: boolean;
  readonly rootNamespace: string | undefined;
  readonly clusterDomain: string | undefined;
}

export type ParsedArguments =
  | { readonly tag: 'run'; readonly arguments: AnalyzeArguments }
  | { readonly tag: 'help' }
  | { readonly tag: 'wrong'; readonly problem: string };

const FLAGS = {
  format: { type: 'string' },
  severity: { type: 'string' },
  with: { type: 'string', multiple: true },
  strict: { type: 'boolean' },
  complete: { type: 'boolean' },
  'root-namespace': { type: 'string' },
  'cluster-domain': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

const FORMATS = ['text', 'json'] as const;

export const HELP = `Looks for mistakes in the configuration of a mesh: Istio, Linkerd, Gateway API.

  npm run analyze -- PATH... [flags]

  PATH is a YAML or JSON file, a folder, or - for standard input. Files and folders are judged together, as one set. A folder with a
  kustomization.yaml is rendered (with kubectl or kustomize), and every folder of an overlays folder below it too, each as a set of its own;
  IstioOperator files beside them tell what is installed.

  --with PATH           manifests that the others may refer to, and that are not judged themselves; may be repeated
  --complete            the set holds all that the cluster has: what is not in it does not exist
  --strict              warnings count as errors
  --severity LEVEL      show ${SEVERITIES.join(', ')} and worse (info)
  --format FORMAT       ${FORMATS.join(' or ')} (text)
  --root-namespace NAME where mesh-wide configuration lies (what the installation says, else istio-system)
  --cluster-domain NAME (cluster.local)
  --help                this text

Exit status: 0 when nothing is wrong, 1 when something is, 2 when the input cannot be read.
The pages in docs/analysis/ explain each code. The annotation galley.istio.io/analyze-suppress: CODE,... switches codes off for an object.
`;

/** Reads the command line. */
export function parseArguments(args: readonly string[]): ParsedArguments {
  const wrong = (problem: string): ParsedArguments => ({ tag: 'wrong', problem: `${problem} See --help.` });
  let parsed: ReturnType<typeof read>;
  try {
    parsed = read(args);
  } catch (error) {
    return wrong(error instanceof Error ? error.message : String(error));
  }
  const { values, positionals } = parsed;
  if (values.help === true) return { tag: 'help' };
  if (positionals.length === 0) return wrong('Which files or folders?');
  const format = FORMATS.find((each) => each === (values.format ?? 'text'));
  if (format === undefined) return wrong(`--format must be ${FORMATS.join(' or ')}.`);
  const severity = SEVERITIES.find((each) => each === (values.severity ?? 'info'));
  if (severity === undefined) return wrong(`--severity must be one of ${SEVERITIES.join(', ')}.`);
  return {
    tag: 'run',
    arguments: {
      paths: positionals,
      context: values.with ?? [],
      format,
      severity,
      strict: values.strict ?? false,
      complete: values.complete ?? false,
      rootNamespace: values['root-namespace'],
      clusterDomain: values['cluster-domain'],
    },
  };
}

function read(args: readonly string[]) {
  return parseArgs({ args: [...args], options: FLAGS, strict: true, allowPositionals: true });
}
