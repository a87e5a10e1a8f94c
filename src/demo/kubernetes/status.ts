import type { Json, JsonObject } from '../../lib/json.ts';
import { qualifiedKind, qualifiedName, type Resource } from './resources.ts';

/** One thing that is wrong with what was sent (`metav1.StatusCause`). */
export interface Cause {
  /** `FieldValueRequired`, `FieldManagerConflict`, … */
  readonly reason: string;
  readonly message: string;
  /** Where it is wrong: `metadata.name`, `.spec.rules`. */
  readonly field: string;
}

/** Why the API refuses, thrown where it is known: a Status (`metav1.Status`) with its HTTP code. The words are those of a kube-apiserver. */
export class Refusal extends Error {
  readonly code: number;
  readonly status: JsonObject;

  constructor(
    code: number,
    reason: string | undefined,
    message: string,
    more: { readonly details?: JsonObject; readonly metadata?: JsonObject } = {},
  ) {
    super(message);
    this.name = 'Refusal';
    this.code = code;
    const { details, metadata = {} } = more;
    this.status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata,
      status: 'Failure',
      message,
      ...(reason === undefined ? {} : { reason }),
      ...(details === undefined ? {} : { details }),
      code,
    };
  }
}

/** The group, the resource or kind, and the name, as `details` has them; what is empty is left out. */
function about(group: string, kind: string, name: string): JsonObject {
  return { ...(name === '' ? {} : { name }), ...(group === '' ? {} : { group }), kind };
}

export function badRequest(message: string): Refusal {
  return new Refusal(400, 'BadRequest', message);
}

export function unauthorized(): Refusal {
  return new Refusal(401, 'Unauthorized', 'Unauthorized');
}

/** What a user may not do. */
export interface Denied {
  readonly user: string;
  readonly verb: string;
  readonly resource: Resource;
  /** With its subresource: `pods/status`. */
  readonly path: string;
  /** Undefined for the whole cluster. */
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}

export function forbidden({ user, verb, resource, path, namespace, name }: Denied): Refusal {
  const { group } = resource;
  const what = name === undefined ? qualifiedName(resource) : `${qualifiedName(resource)} "${name}"`;
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const message = `${what} is forbidden: User "${user}" cannot ${verb} resource "${path}" in API group "${group}" ${where}`;
  return new Refusal(403, 'Forbidden', message, { details: about(group, resource.resource, name ?? '') });
}

export function forbiddenPath(user: string, verb: string, path: string): Refusal {
  return new Refusal(403, 'Forbidden', `forbidden: User "${user}" cannot ${verb} path "${path}"`, { details: {} });
}

export function notFound(resource: Resource, name: string): Refusal {
  return new Refusal(404, 'NotFound', `${qualifiedName(resource)} "${name}" not found`, {
    details: about(resource.group, resource.resource, name),
  });
}

/** For a resource that a group of Kubernetes' own does not have. */
export function noSuchResource(): Refusal {
  return new Refusal(404, 'NotFound', 'the server could not find the requested resource', { details: {} });
}

export function methodNotAllowed(): Refusal {
  return new Refusal(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', { details: {} });
}

export function notAcceptable(accepted: string): Refusal {
  return new Refusal(406, 'NotAcceptable', `only the following media types are accepted: ${accepted}`);
}

/** The metadata of one object, asked of a list. */
export function notAList(as: string): Refusal {
  return new Refusal(406, 'NotAcceptable', `you requested ${as}, but the requested object is a list`);
}

export function alreadyExists(resource: Resource, name: string): Refusal {
  return new Refusal(409, 'AlreadyExists', `${qualifiedName(resource)} "${name}" already exists`, {
    details: about(resource.group, resource.resource, name),
  });
}

/** Somebody else wrote the object since it was read. */
export function modified(resource: Resource, name: string): Refusal {
  const why = 'the object has been modified; please apply your changes to the latest version and try again';
  return new Refusal(409, 'Conflict', `Operation cannot be fulfilled on ${qualifiedName(resource)} "${name}": ${why}`, {
    details: about(resource.group, resource.resource, name),
  });
}

/** The object is not the one that a DELETE was meant for. */
export function preconditionFailed(resource: Resource, name: string, why: string): Refusal {
  return new Refusal(409, 'Conflict', `Operation cannot be fulfilled on ${qualifiedKind(resource)} "${name}": ${why}`, {
    details: about(resource.group, resource.kind, name),
  });
}

export function expired(message: string, continueToken?: string): Refusal {
  return new Refusal(410, 'Expired', message, continueToken === undefined ? {} : { metadata: { continue: continueToken } });
}

export function unsupportedMediaType(accepted: readonly string[]): Refusal {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`;
  return new Refusal(415, 'UnsupportedMediaType', message);
}

/** What is wrong with an object, or with the options of a request (`ListOptions` of `meta.k8s.io`). */
export function invalid(what: Pick<Resource, 'group' | 'kind'>, name: string, causes: readonly [Cause, ...Cause[]]): Refusal {
  const all = causes.map(({ field, message }) => `${field}: ${message}`);
  const list = all.length === 1 ? all[0] : `[${all.join(', ')}]`;
  return new Refusal(422, 'Invalid', `${qualifiedKind(what)} "${name}" is invalid: ${list}`, {
    details: { ...about(what.group, what.kind, name), causes: causes.map(causeJson) },
  });
}

export function optionsInvalid(
  kind: 'ListOptions' | 'CreateOptions' | 'UpdateOptions' | 'PatchOptions' | 'DeleteOptions',
  cause: Cause,
): Refusal {
  return invalid({ group: 'meta.k8s.io', kind }, '', [cause]);
}

/** A JSON Patch that does not fit the object. */
export function patchDoesNotFit(): Refusal {
  return new Refusal(422, 'Invalid', 'the server rejected our request due to an error in our request', { details: {} });
}

/** Fields that other managers own. */
export function applyConflict(message: string, causes: readonly Cause[]): Refusal {
  return new Refusal(409, 'Conflict', message, { details: { causes: causes.map(causeJson) } });
}

/** Server-side apply of what the schema does not know is, oddly, an internal error without a reason. */
export function notInSchema(message: string): Refusal {
  return new Refusal(500, undefined, message);
}

/** A resourceVersion that the API server will not reach soon. */
export function tooLargeResourceVersion(asked: string, current: number): Refusal {
  const cause: Json = { reason: 'ResourceVersionTooLarge', message: 'Too large resource version' };
  return new Refusal(504, 'Timeout', `Timeout: Too large resource version: ${asked}, current: ${current}`, {
    details: { causes: [cause], retryAfterSeconds: 1 },
  });
}

export function required(field: string, why = ''): Cause {
  return { reason: 'FieldValueRequired', message: why === '' ? 'Required value' : `Required value: ${why}`, field };
}

export function forbiddenValue(field: string, why: string): Cause {
  return { reason: 'FieldValueForbidden', message: `Forbidden: ${why}`, field };
}

export function invalidValue(field: string, value: string, why: string): Cause {
  return { reason: 'FieldValueInvalid', message: `Invalid value: ${value}: ${why}`, field };
}

export function notSupported(field: string, value: string, supported: readonly string[]): Cause {
  const values = supported.map((text) => JSON.stringify(text)).join(', ');
  return { reason: 'FieldValueNotSupported', message: `Unsupported value: ${value}: supported values: ${values}`, field };
}

function causeJson({ reason, message, field }: Cause): JsonObject {
  return { reason, message, field };
}
