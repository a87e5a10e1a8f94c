import { isObject, type Json, type JsonObject } from '../../lib/json.ts';
import { KEPT_KINDS, type KeptObject } from '../../mesh/kept.ts';
import type { Labels } from '../../mesh/membership.ts';
import type { Owner } from '../../mesh/objects.ts';
import { decodeAll, isCount, isOptional, isText, parseStored } from './fields.ts';

// Another form, another number: an older or newer program reads "absent".
const VERSION = 1;

/** The objects of a namespace as a text. */
export function encodeObjects(namespace: string, objects: readonly KeptObject[]): string {
  return JSON.stringify({ version: VERSION, namespace, objects: objects.map(toJson) });
}

/** The objects back, or undefined where the text is not that of the objects of this namespace. */
export function decodeObjects(text: string, namespace: string): readonly KeptObject[] | undefined {
  const members = parseStored(text, VERSION);
  return members?.namespace === namespace ? decodeAll(members.objects, (item) => fromJson(item, namespace)) : undefined;
}

/** Without the namespace, which the text names once; members in one order, so that equal objects have equal texts. */
function toJson({ kind, name, created, labels, annotations, owner, spec, status }: KeptObject): Json {
  return {
    kind,
    name,
    created,
    labels,
    annotations,
    owner: owner && { kind: owner.kind, name: owner.name },
    spec,
    status,
  };
}

function fromJson(value: unknown, namespace: string): KeptObject | undefined {
  if (!isObject(value)) return undefined;
  const { kind: given, name, created, labels, annotations, owner, spec, status } = value;
  const kind = KEPT_KINDS.find((candidate) => candidate === given);
  if (kind === undefined || !isText(name) || !isOptional(created, isCount) || !isLabels(labels) || !isLabels(annotations)) return undefined;
  if (!isOptional(owner, isOwner) || !isOptional(spec, isJsonObject) || !isOptional(status, isJsonObject)) return undefined;
  return {
    kind,
    namespace,
    name,
    ...(created === undefined ? {} : { created }),
    labels,
    annotations,
    ...(owner === undefined ? {} : { owner }),
    ...(spec === undefined ? {} : { spec }),
    ...(status === undefined ? {} : { status }),
  };
}

function isLabels(value: unknown): value is Labels {
  return isObject(value) && Object.values(value).every(isText);
}

function isOwner(value: unknown): value is Owner {
  return isObject(value) && isText(value.kind) && isText(value.name);
}

/** Whatever JSON.parse makes of an object is one. */
function isJsonObject(value: unknown): value is JsonObject {
  return isObject(value);
}
