import { isObject } from '../../src/lib/json.ts';
import type { Analysis } from '../../src/policy/analyze/analyze.ts';
import { type Finding, isAsBadAs, type Severity } from '../../src/policy/analyze/finding.ts';
import type { ObjectReference } from '../../src/policy/objects/reference.ts';
import type { ManifestDocument } from './documents.ts';
import type { ManifestSet } from './sets.ts';

export interface AnalyzedSet {
  readonly set: ManifestSet;
  readonly analysis: Analysis;
}

const WORDS: Readonly<Record<Severity, readonly [one: string, many: string]>> = {
  error: ['error', 'errors'],
  warning: ['warning', 'warnings'],
  info: ['note', 'notes'],
};

/** Where a finding stands in the user's files. */
interface Place {
  readonly file: string;
  readonly line: number;
}

/** A line for each finding under a heading for each set; the last line counts. */
export function textReport(sets: readonly AnalyzedSet[], severity: Severity): string {
  const lines = sets.flatMap(({ set, analysis }) => {
    const places = new Places(set.documents);
    const shown = analysis.findings.filter((finding) => isAsBadAs(finding.severity, severity));
    const suppressed = analysis.suppressed > 0 ? `, ${analysis.suppressed} suppressed` : '';
    return [
      `${set.name}: ${count(analysis.objects, ['object', 'objects'])}, ${counts(analysis.findings)}${suppressed}`,
      ...shown.map((finding) => findingLine(finding, places.of(finding))),
    ];
  });
  const all = sets.flatMap(({ analysis }) => analysis.findings);
  if (sets.length > 1) lines.push(`${sets.length} sets: ${counts(all)}`);
  return `${lines.join('\n')}\n`;
}

function findingLine({ severity, code, object, field, message, fix }: Finding, place: Place | undefined): string {
  const name = object.namespace === '' ? object.name : `${object.namespace}/${object.name}`;
  const at = place === undefined ? '' : ` (${place.file}:${place.line})`;
  return `  ${severity.padEnd(7)} ${code.padEnd(8)} ${object.kind} ${name} ${field}: ${message} Fix: ${fix}${at}`;
}

/** Everything for a program. */
export function jsonReport(sets: readonly AnalyzedSet[], severity: Severity): string {
  const report = sets.map(({ set, analysis }) => {
    const places = new Places(set.documents);
    const findings = analysis.findings
      .filter((finding) => isAsBadAs(finding.severity, severity))
      .map((finding) => ({ ...finding, ...places.of(finding) }));
    return { name: set.name, objects: analysis.objects, suppressed: analysis.suppressed, findings };
  });
  return `${JSON.stringify({ sets: report }, null, 2)}\n`;
}

function counts(findings: readonly Finding[]): string {
  if (findings.length === 0) return 'nothing found';
  const severities: readonly Severity[] = ['error', 'warning', 'info'];
  return severities
    .map((severity) => count(findings.filter((finding) => finding.severity === severity).length, WORDS[severity]))
    .join(', ');
}

function count(number: number, [one, many]: readonly [one: string, many: string]): string {
  return `${number} ${number === 1 ? one : many}`;
}

/** Finds findings in the files again. */
class Places {
  readonly #documents: ReadonlyMap<string, ManifestDocument>;

  constructor(documents: readonly ManifestDocument[]) {
    this.#documents = new Map(documents.flatMap((document) => identities(document.value).map((identity) => [identity, document] as const)));
  }

  of({ object, field }: Finding): Place | undefined {
    const document = this.#documents.get(referenceKey(object));
    return document?.lineOf === undefined ? undefined : { file: document.file, line: document.lineOf(field) };
  }
}

/** What a finding may call an object: one that names no namespace is either without one or in `default`. */
function identities(value: unknown): readonly string[] {
  if (!isObject(value) || !isObject(value.metadata)) return [];
  const { name, namespace } = value.metadata;
  const namespaces = typeof namespace === 'string' && namespace !== '' ? [namespace] : ['', 'default'];
  return namespaces.map((each) => [value.apiVersion, value.kind, each, name].join(' '));
}

function referenceKey({ apiVersion, kind, namespace, name }: ObjectReference): string {
  return [apiVersion, kind, namespace, name].join(' ');
}
