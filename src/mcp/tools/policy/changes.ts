import type { ObjectChange } from '../../../assess/effect.ts';
import { parseManifest } from '../../../change/manifest.ts';
import { kindsText, WRITABLE_KINDS, writableKind } from '../../../change/writable.ts';
import { objectId, parseNodeId } from '../../../graph/ids.ts';
import { MeshError } from '../../../lib/errors.ts';
import type { JsonObject } from '../../../lib/json.ts';
import { type KeptKind, type KeptObject, objectKey } from '../../../mesh/kept.ts';
import { API_KINDS } from '../../../mesh/kept-kinds.ts';
import { Malformed } from '../../../sources/kubernetes/decode/fields.ts';
import { keep } from '../../../sources/kubernetes/keep.ts';

/** An object that somebody wants to be otherwise. */
export type WantedChange =
  | { readonly tag: 'put'; readonly object: KeptObject }
  | { readonly tag: 'delete'; readonly kind: KeptKind; readonly namespace: string; readonly name: string };

/** A change with what it is to the object that is there. */
export interface PlannedChange {
  readonly change: ObjectChange;
  readonly action: 'add' | 'change' | 'delete';
  readonly id: string;
}

/** What all manifests of a question come to as JSON, about as much as one of them may: each rule is prepared and tried for each observed call. */
const MAX_CHARACTERS = 60_000;

/** Reads manifests and references. Throws `MeshError('invalid')` that names the first bad one and says what to change. */
export function parseChanges(manifests: readonly JsonObject[], deleted: readonly string[]): readonly WantedChange[] {
  if (manifests.reduce((sum, manifest) => sum + JSON.stringify(manifest).length, 0) > MAX_CHARACTERS) {
    throw new MeshError(
      'invalid',
      `manifests: all of them together must be shorter than ${MAX_CHARACTERS} characters. Ask about some of them at a time.`,
    );
  }
  const changes = [
    ...manifests.map((manifest, place) => ({ tag: 'put', object: parsePut(manifest, `manifests[${place}]`) }) as const),
    ...deleted.map((id, place) => parseDelete(id, `delete[${place}]`)),
  ];
  if (changes.length === 0) throw new MeshError('invalid', 'Pass manifests to add or change, or delete with ids of objects, or both.');
  const keys = changes.map(keyOf);
  const twice = keys.findIndex((key, place) => keys.indexOf(key) !== place);
  if (twice !== -1) throw new MeshError('invalid', `${idOf(changes[twice])} is named twice.`);
  return changes;
}

function parsePut(manifest: JsonObject, place: string): KeptObject {
  try {
    const { target } = parseManifest(manifest, WRITABLE_KINDS);
    const object = keep(target.kind, { ...manifest });
    if (object !== undefined) return object;
  } catch (error) {
    if (error instanceof Malformed) throw new MeshError('invalid', `${place}: ${error.message}.`);
    if (error instanceof MeshError) throw new MeshError(error.code, `${place}: ${error.message.replace(/^manifest: /, '')}`);
    throw error;
  }
  throw new MeshError('invalid', `${place}: an object on its way out has no effect.`);
}

function parseDelete(id: string, place: string): WantedChange {
  const ref = parseNodeId(id);
  const named =
    ref?.tag === 'object'
      ? { group: ref.group, kind: ref.kind, ref }
      : ref?.tag === 'server'
        ? { group: API_KINDS.linkerdServers.group, kind: 'Server', ref }
        : undefined;
  const kind = named && writableKind(WRITABLE_KINDS, named.group, named.kind);
  if (named === undefined || kind === undefined) {
    throw new MeshError('invalid', `${place}: must be namespace/Kind.group/name, of one of: ${kindsText(WRITABLE_KINDS)}.`);
  }
  return { tag: 'delete', kind, namespace: named.ref.namespace, name: named.ref.name };
}

function partsOf(change: WantedChange): Pick<KeptObject, 'kind' | 'namespace' | 'name'> {
  return change.tag === 'put' ? change.object : change;
}

export function namespaceOfWanted(change: WantedChange): string {
  return partsOf(change).namespace;
}

function keyOf(change: WantedChange): string {
  return objectKey(partsOf(change));
}

function idOf(change: WantedChange | undefined): string {
  if (change === undefined) return '';
  const { kind, namespace, name } = partsOf(change);
  return objectId(namespace, { ...API_KINDS[kind], name });
}

/** What the changes are to the objects that are there. Throws `MeshError('invalid')` for a namespace that does not exist, and for an object to delete that does not. */
export function planChanges(
  wanted: readonly WantedChange[],
  objects: ReadonlyMap<string, readonly KeptObject[]>,
): readonly PlannedChange[] {
  return wanted.map((change): PlannedChange => {
    const { namespace } = partsOf(change);
    const there = objects.get(namespace);
    const id = idOf(change);
    if (there === undefined) throw new MeshError('invalid', `${id}: there is no namespace "${namespace}" in the graph.`);
    const key = keyOf(change);
    const isThere = there.some((object) => objectKey(object) === key);
    if (change.tag === 'delete') {
      if (!isThere) throw new MeshError('invalid', `${id}: there is no such object to delete. list_policies names them.`);
      return { change: { tag: 'delete', key }, action: 'delete', id };
    }
    return { change, action: isThere ? 'change' : 'add', id };
  });
}
