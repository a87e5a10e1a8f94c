import { isObject, type JsonObject } from '../../../lib/json.ts';
import { DNS_LABEL, DNS_SUBDOMAIN, isPort, KIND_NAME, QUALIFIED_NAME } from '../decode/fields.ts';

type Members = Record<string, unknown>;

/** Nobody has more; what a status holds beyond is left out. */
const MAX_PARENTS = 32;
const MAX_CONDITIONS = 16;

const STATUSES = ['True', 'False', 'Unknown'] as const;
// kubernetes, apimachinery pkg/apis/meta/v1, Condition: the pattern of a reason; ours are shorter.
const REASON = /^[A-Za-z](?:[A-Za-z0-9_,:]{0,126}[A-Za-z0-9_])?$/;

/**
 * `conditions` of a status as `{type, status, reason}`: without messages, which are prose, and times, which change without a meaning. A status never fails
 * its object: what is no condition is left out, and so is an empty list.
 */
export function keepConditions(status: Members): { readonly conditions?: readonly JsonObject[] } {
  const conditions = arrayOf(status.conditions, MAX_CONDITIONS).flatMap((condition) => {
    const outcome = STATUSES.find((known) => known === condition.status);
    if (outcome === undefined || typeof condition.type !== 'string' || !QUALIFIED_NAME.test(condition.type)) return [];
    return [{ type: condition.type, status: outcome, ...text(condition, 'reason', REASON) }];
  });
  return conditions.length === 0 ? {} : { conditions };
}

/** `parents` of a route's status (Gateway API, RouteStatus): which parent, which controller, and its conditions. */
export function keepParents(status: Members): { readonly parents?: readonly JsonObject[] } {
  const parents = arrayOf(status.parents, MAX_PARENTS).flatMap((parent) => {
    const parentRef = isObject(parent.parentRef) ? keepParentRef(parent.parentRef) : undefined;
    return parentRef === undefined ? [] : [{ parentRef, ...text(parent, 'controllerName', QUALIFIED_NAME), ...keepConditions(parent) }];
  });
  return parents.length === 0 ? {} : { parents };
}

function keepParentRef(reference: Members): JsonObject | undefined {
  const name = text(reference, 'name', DNS_SUBDOMAIN);
  if (name === undefined) return undefined;
  return {
    ...text(reference, 'group', DNS_SUBDOMAIN),
    ...text(reference, 'kind', KIND_NAME),
    ...text(reference, 'namespace', DNS_LABEL),
    ...name,
    ...text(reference, 'sectionName', DNS_SUBDOMAIN),
    ...(isPort(reference.port) ? { port: reference.port } : {}),
  };
}

function text(parent: Members, key: string, pattern: RegExp): JsonObject | undefined {
  const value = parent[key];
  return typeof value === 'string' && pattern.test(value) ? { [key]: value } : undefined;
}

function arrayOf(value: unknown, most: number): readonly Members[] {
  return Array.isArray(value) ? value.slice(0, most).filter(isObject) : [];
}
