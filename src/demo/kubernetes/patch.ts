import jsonPatch, { type Operation } from 'fast-json-patch';
import type { Json, JsonObject } from '../../lib/json.ts';
import { asArray, asObject, asText, own, withMember } from './json.ts';
import { badRequest, patchDoesNotFit } from './status.ts';

/** A JSON Merge Patch (RFC 7386): null removes, objects merge, all else replaces. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  const changes = asObject(patch);
  if (changes === undefined) return patch;
  let merged: JsonObject = asObject(target) ?? {};
  for (const [member, value] of Object.entries(changes)) {
    if (value === undefined) continue;
    merged = withMember(merged, member, value === null ? undefined : mergePatch(own(merged, member), value));
  }
  return merged;
}

/** A JSON Patch (RFC 6902). Throws 400 for what is none, 422 for one that does not fit. */
export function applyJsonPatch(target: JsonObject, patch: Json): Json {
  const operations = asArray(patch);
  if (operations === undefined) throw badRequest('error decoding patch: the body of the request is no array of operations');
  const readable = operations.every((each) => {
    const operation = asObject(each);
    return operation !== undefined && asText(own(operation, 'op')) !== undefined && asText(own(operation, 'path')) !== undefined;
  });
  if (!readable) throw badRequest('error decoding patch: an operation has no op or no path');
  try {
    // It checks each operation itself, which is what `validate` is for; JSON in, JSON out.
    return jsonPatch.applyPatch(target as Json, operations as unknown as Operation[], true, false).newDocument;
  } catch {
    throw patchDoesNotFit();
  }
}
