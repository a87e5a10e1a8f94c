/** `npm run analyze -- PATH...`: looks for mistakes in the configuration of a mesh (Istio, Linkerd, Gateway API), in files, folders and kustomizations. `--help` says the rest. */
import { analyze } from '../src/policy/analyze/analyze.ts';
import { type AnalyzeArguments, HELP, parseArguments } from './analyze/arguments.ts';
import { Unreadable } from './analyze/documents.ts';
import { type AnalyzedSet, jsonReport, textReport } from './analyze/report.ts';
import { readContext, readSets } from './analyze/sets.ts';

/** Nothing wrong, something wrong, could not even look. */
const [CLEAN, FOUND, UNUSABLE] = [0, 1, 2];

function run(args: AnalyzeArguments): number {
  const { rootNamespace, clusterDomain, complete, format, severity, strict } = args;
  const context = readContext(args.context);
  const sets = readSets(args.paths).map((set): AnalyzedSet => {
    const values = set.documents.map(({ value }) => value);
    const surroundings = {
      complete,
      ...(rootNamespace === undefined ? {} : { rootNamespace }),
      ...(clusterDomain === undefined ? {} : { clusterDomain }),
      context: [...context, ...set.context].map(({ value }) => value),
    };
    return { set, analysis: analyze(values, surroundings) };
  });
  process.stdout.write(format === 'json' ? jsonReport(sets, severity) : textReport(sets, severity));
  const findings = sets.flatMap(({ analysis }) => analysis.findings);
  return findings.some((finding) => finding.severity === 'error' || (strict && finding.severity === 'warning')) ? FOUND : CLEAN;
}

function main(argv: readonly string[]): number {
  const parsed = parseArguments(argv);
  if (parsed.tag === 'help') {
    process.stdout.write(HELP);
    return CLEAN;
  }
  if (parsed.tag === 'wrong') {
    process.stderr.write(`analyze: ${parsed.problem}\n`);
    return UNUSABLE;
  }
  try {
    return run(parsed.arguments);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    process.stderr.write(`analyze: ${error.message}\n`);
    return UNUSABLE;
  }
}

process.exitCode = main(process.argv.slice(2));
