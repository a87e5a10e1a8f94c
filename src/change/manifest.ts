import { MeshError } from '../lib/errors.ts';
import { isObject, type Json, type JsonObject } from '../lib/json.ts';
import { namespaceWord, nameWord } from '../mesh/words.ts';
import { KINDS } from '../sources/kubernetes/kinds.ts';
import type { ObjectPlace } from '../sources/kubernetes/object-api.ts';
import { kindsText, type WritableKind, writableKind } from './writable.ts';

/** An object of a writable kind, in one version. */
export interface Target extends ObjectPlace {
  readonly kind: WritableKind;
}

/** What somebody wants of an object: the object itself, and what to apply of it. */
export interface Manifest {
  readonly target: Target;
  /** `metadata.labels`, `metadata.annotations` and `spec`, as far as they are given. */
  readonly config: JsonObject;
}

/** What of its metadata a manifest may set. */
const FREE_METADATA: readonly string[] = ['name', 'namespace', 'labels', 'annotations'];

/** About the size of JSON that is taken; `src/sources/kubernetes/keep/policy.ts` reads no larger policy either. */
const MAX_CHARACTERS = 60_000;

/** Written by kubectl for itself. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Reads a manifest of one of these kinds. Throws `MeshError('invalid')` that says what to change. */
export function parseManifest(value: JsonObject, among: readonly WritableKind[]): Manifest {
  const { apiVersion, kind, metadata, spec, ...rest } = value;
  const [group, version, more] = typeof apiVersion === 'string' ? apiVersion.split('/') : [];
  const known = group !== undefined && version !== undefined && more === undefined && typeof kind === 'string';
  const writable = known ? writableKind(among, group, kind) : undefined;
  if (writable === undefined) throw invalid(`apiVersion and kind must be of one of: ${kindsText(among)}`);
  const { versions } = KINDS[writable];
  if (version === undefined || !versions.includes(version)) {
    throw invalid(`apiVersion must be ${versions.map((each) => `${KINDS[writable].group}/${each}`).join(' or ')}`);
  }
  const others = Object.keys(rest).filter((member) => member !== 'status');
  if (others.length > 0) throw invalid('only apiVersion, kind, metadata and spec are taken');
  if (!isObject(metadata)) throw invalid('metadata must be an object with name and namespace');
  const name = nameWord(metadata.name);
  const namespace = namespaceWord(metadata.namespace);
  if (name === undefined || namespace === undefined)
    throw invalid('metadata.name and metadata.namespace must be valid names: lower-case letters, digits and hyphens');
  if (Object.keys(metadata).some((member) => !FREE_METADATA.includes(member)))
    throw invalid('of metadata only name, namespace, labels and annotations may be set; leave out what the API server writes');
  if (spec !== undefined && !isObject(spec)) throw invalid('spec must be an object');
  const labels = textMap(metadata.labels, 'metadata.labels');
  const annotations = textMap(metadata.annotations, 'metadata.annotations');
  if (annotations !== undefined && LAST_APPLIED in annotations) throw invalid(`leave out the annotation ${LAST_APPLIED}`);
  const config: JsonObject = {
    ...(labels === undefined && annotations === undefined
      ? {}
      : { metadata: { ...(labels === undefined ? {} : { labels }), ...(annotations === undefined ? {} : { annotations }) } }),
    // What was parsed from JSON is JSON.
    ...(spec === undefined ? {} : { spec: spec as JsonObject }),
  };
  if (JSON.stringify(config).length > MAX_CHARACTERS) throw invalid(`it must be shorter than ${MAX_CHARACTERS} characters`);
  return { target: { kind: writable, version, namespace, name }, config };
}

function textMap(value: Json | undefined | unknown, field: string): Readonly<Record<string, string>> | undefined {
  if (value === undefined) return undefined;
  if (!isObject(value)) throw invalid(`${field} must be an object`);
  for (const each of Object.values(value)) if (typeof each !== 'string') throw invalid(`the values of ${field} must be texts`);
  // Each value has just been found to be a text.
  return value as Readonly<Record<string, string>>;
}

function invalid(what: string): MeshError {
  return new MeshError('invalid', `manifest: ${what}.`);
}

/** `HTTPRoute.gateway.networking.k8s.io shop/web`: for messages and records. */
export function targetText({ kind, namespace, name }: Pick<Target, 'kind' | 'namespace' | 'name'>): string {
  return `${KINDS[kind].kind}.${KINDS[kind].group} ${namespace}/${name}`;
}
