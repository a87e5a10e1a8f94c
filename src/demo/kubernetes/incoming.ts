import type { HeaderList } from '../../lib/headers.ts';
import type { JsonObject } from '../../lib/json.ts';
import { MEDIA, mediaType, parseBody } from './body.ts';
import { pathKey, pathText } from './field-path.ts';
import { duplicateItem } from './field-set.ts';
import { asObject, asText, at, own, without } from './json.ts';
import type { Resource } from './resources.ts';
import { badRequest, invalid, invalidValue } from './status.ts';
import { type Target, versionOf } from './target.ts';
import { unknownFields, withoutUnknownFields } from './validate.ts';
import type { WriteOptions } from './write-options.ts';

/** What a write needs to know of its request. */
export interface WriteRequest {
  readonly query: URLSearchParams;
  readonly headers: HeaderList;
  readonly body: Uint8Array;
}

/** An object that came in, cut down to what its kind has. */
export interface Given {
  /** Without `kind` and `apiVersion`. */
  readonly body: JsonObject;
  /** What was cut off, for `Warning` headers. */
  readonly warnings: readonly string[];
}

/** The object in the body of a request. Throws 400, 415 or 422. */
export function readObject(target: Target, { headers, body }: WriteRequest, options: WriteOptions): Given {
  const content = asObject(parseBody(body, mediaType(headers, [MEDIA.json, MEDIA.yaml])));
  if (content === undefined) throw badRequest(`the object provided is unrecognized (must be of type ${target.resource.kind})`);
  return checkObject(target, content, options);
}

/** An object of the right kind for the right place. Throws 400 or 422. */
export function checkObject(target: Target, content: JsonObject, { strict }: WriteOptions): Given {
  const { resource, version } = target;
  const [apiVersion, kind] = [own(content, 'apiVersion'), own(content, 'kind')];
  const name = asText(at(content, 'metadata', 'name')) ?? '';
  if (kind === undefined && resource.custom) {
    throw badRequest(`the object provided is unrecognized (must be of type ${resource.kind}): Object 'Kind' is missing`);
  }
  if (kind !== undefined && kind !== resource.kind) {
    const cause = invalidValue('kind', JSON.stringify(kind), `must be ${resource.kind}`);
    throw invalid({ group: resource.group, kind: asText(kind) ?? '' }, name, [cause]);
  }
  if (apiVersion !== undefined && apiVersion !== versionOf(target)) {
    const cause = invalidValue('apiVersion', JSON.stringify(apiVersion), `must be ${versionOf(target)}`);
    throw invalid(resource, name, [cause]);
  }
  checkNames(target, content);
  const warnings = unknownFields(resource, content).map((field) => `unknown field ${JSON.stringify(field)}`);
  if (strict && warnings.length > 0) {
    const what = `${resource.kind} in version "${version}" cannot be handled as a ${resource.kind}`;
    throw badRequest(`${what}: strict decoding error: ${warnings.join(', ')}`);
  }
  return { body: without(withoutUnknownFields(resource, content), 'apiVersion', 'kind'), warnings };
}

/** The body must name the object that the path names. Throws 400. */
export function checkNames({ namespace, name }: Target, body: JsonObject): void {
  const given = asText(at(body, 'metadata', 'name')) ?? '';
  if (name !== undefined && given !== '' && given !== name) {
    throw badRequest(`the name of the object (${given}) does not match the name on the URL (${name})`);
  }
  const inside = asText(at(body, 'metadata', 'namespace')) ?? '';
  if (inside !== '' && inside !== (namespace ?? '')) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
}

/** Why the schema of a kind does not take what somebody applies; undefined where it does. */
export function schemaMisfit(resource: Resource, given: JsonObject): string | undefined {
  const [unknown] = unknownFields(resource, given);
  if (unknown !== undefined) return `.${unknown}: field not declared in schema`;
  const duplicate = duplicateItem(resource, given);
  return duplicate === undefined
    ? undefined
    : `${pathText(pathKey(duplicate.list))}: duplicate entries for key ${pathText(duplicate.step)}`;
}
