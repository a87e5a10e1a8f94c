import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { toolPath } from '../tools/cache.ts';
import { run } from './process.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Where the sets of values lie, and what they render to. */
export const FIXTURES = join(ROOT, 'test/fixtures/charts');
/** Of every render. The tests' API server has it. */
export const NAMESPACE = 'mesh-mcp';
/** Of every render. */
export const RELEASE = 'demo';

export type Chart = 'http-trigger' | 'mesh-mcp';
export const CHARTS: readonly Chart[] = ['http-trigger', 'mesh-mcp'];

/** A set of values of a chart. */
export interface ValueSet {
  readonly chart: Chart;
  /** Its file is `NAME.values.yaml`. */
  readonly name: string;
}

export const chartFolder = (chart: Chart): string => join(ROOT, 'charts', chart);
export const valuesFile = ({ chart, name }: ValueSet): string => join(FIXTURES, chart, `${name}.values.yaml`);
export const goldenFile = ({ chart, name }: ValueSet): string => join(FIXTURES, chart, `${name}.golden.yaml`);

export function valueSets(chart: Chart): readonly ValueSet[] {
  const files = readdirSync(join(FIXTURES, chart)).filter((file) => file.endsWith('.values.yaml'));
  return files.sort().map((file) => ({ chart, name: basename(file, '.values.yaml') }));
}

/** An object as a chart renders it. */
export interface Rendered {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly [field: string]: unknown;
}

/** Runs helm. Resolves to its output; rejects with its words where it fails. */
export function helm(args: readonly string[]): Promise<string> {
  return run(toolPath('helm'), args);
}

/** What `helm template` gives, as text. */
export function render(set: ValueSet, args: readonly string[] = []): Promise<string> {
  return helm(['template', RELEASE, chartFolder(set.chart), '--namespace', NAMESPACE, '--values', valuesFile(set), ...args]);
}

/** The same as objects. */
export async function renderObjects(set: ValueSet, args: readonly string[] = []): Promise<readonly Rendered[]> {
  return objectsOf(await render(set, args));
}

export function objectsOf(rendered: string): readonly Rendered[] {
  const values = parseAllDocuments(rendered).map((document): unknown => document.toJS());
  return values.filter((value) => value !== null).map(object);
}

function object(value: unknown): Rendered {
  if (typeof value === 'object' && value !== null && 'apiVersion' in value && 'kind' in value && 'metadata' in value) {
    // What the API server makes of the rest is what the tests are about.
    return value as Rendered;
  }
  throw new Error(`no object of Kubernetes: ${JSON.stringify(value)}`);
}

/** Where a Secret's value is random, or made of one that is. */
const RANDOM = /^( {2}(?:COLLECT_TOKEN|password|url): )"[A-Za-z0-9+/=]+"$/gm;

/** A render that can be compared: without what is random in it, and without spaces at the ends of lines. */
export function comparable(rendered: string): string {
  return rendered.replace(RANDOM, '$1RANDOM').replace(/[ \t]+$/gm, '');
}
