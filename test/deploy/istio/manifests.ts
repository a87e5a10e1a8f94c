import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';

/** deploy/istio, or the copy with a mistake in it that test/system/istio-mistakes.test.ts names; with a slash at the end. */
export const ROOT = process.env.MESH_MCP_ISTIO_COPY ?? fileURLToPath(new URL('../../../deploy/istio/', import.meta.url));

/** Every file of the package, as paths below it. */
export const FILES: readonly string[] = readdirSync(ROOT, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => `${entry.parentPath}/${entry.name}`.slice(ROOT.length).replace(/^\//, ''))
  .sort();

export const YAML_FILES: readonly string[] = FILES.filter((path) => path.endsWith('.yaml'));

export interface Manifest {
  readonly path: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly value: unknown;
}

export function text(path: string): string {
  return readFileSync(`${ROOT}${path}`, 'utf8');
}

/** The documents of a file, each an object with kind and name or something else (values, a patch). */
export function documents(path: string): readonly unknown[] {
  return parseAllDocuments(text(path)).map((document) => {
    const [problem] = [...document.errors, ...document.warnings];
    if (problem !== undefined) throw new Error(`${path}: ${problem.message}`);
    return document.toJS() as unknown;
  });
}

/** What lies at a path of keys and indexes; undefined where there is nothing. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== 'object' || found === null) return undefined;
    // An array takes numbers as keys too.
    found = (found as Readonly<Record<string | number, unknown>>)[key];
  }
  return found;
}

/** The list at a path; empty where there is none. */
export function list(value: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** The map at a path; empty where there is none. */
export function map(value: unknown, ...path: readonly (string | number)[]): Readonly<Record<string, unknown>> {
  const found = at(value, ...path);
  return typeof found === 'object' && found !== null ? Object.fromEntries(Object.entries(found)) : {};
}

/** Folders whose objects are applied as they are: no patches, no values, no tools' own files. */
const APPLIED =
  /^(namespaces|gateway|virtual-services|destination-rules|service-entries|security|telemetry|rate-limits|observability|workloads)\//;

/** Every object of the base, by reading the files. */
export const MANIFESTS: readonly Manifest[] = YAML_FILES.filter(
  (path) => APPLIED.test(path) && !path.startsWith('gateway/cert-manager/'),
).flatMap((path) => documents(path).flatMap((value) => manifest(path, value)));

function manifest(path: string, value: unknown): readonly Manifest[] {
  const apiVersion = at(value, 'apiVersion');
  const kind = at(value, 'kind');
  const name = at(value, 'metadata', 'name');
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || typeof name !== 'string') return [];
  return [{ path, apiVersion, kind, namespace: String(at(value, 'metadata', 'namespace') ?? ''), name, value }];
}

export function ofKind(kind: string, namespace?: string): readonly Manifest[] {
  return MANIFESTS.filter((object) => object.kind === kind && (namespace === undefined || object.namespace === namespace));
}

/** The spec of one object of the base. */
export function spec(kind: string, name: string, namespace = 'mcp-system'): unknown {
  const found = ofKind(kind, namespace).filter((object) => object.name === name);
  if (found.length !== 1) throw new Error(`${found.length} objects ${kind} ${namespace}/${name}`);
  return at(found[0]?.value, 'spec');
}

/** Seconds of a duration such as 5s, 1.5s or 0.100s, the only unit these files use. */
export function seconds(duration: unknown): number {
  const [, number] = /^(\d+(?:\.\d+)?)s$/.exec(String(duration)) ?? [];
  if (number === undefined) throw new Error(`not a duration in seconds: ${String(duration)}`);
  return Number(number);
}

export const SERVICES = [
  'mcp-gateway',
  'mcp-debate',
  'mcp-llm',
  'mcp-organization',
  'mcp-context',
  'mcp-rag',
  'mcp-controller',
  'mcp-template',
] as const;

/** The full name of a service of mcp-system. */
export function host(service: string): string {
  return `${service}.mcp-system.svc.cluster.local`;
}

/** The principal of a service of mcp-system. */
export function principal(service: string): string {
  return `cluster.local/ns/mcp-system/sa/${service}`;
}

export const INGRESS_PRINCIPAL = 'cluster.local/ns/istio-ingress/sa/istio-ingressgateway-service-account';
export const EAST_WEST_PRINCIPAL = 'cluster.local/ns/istio-eastwest/sa/istio-eastwestgateway-service-account';
