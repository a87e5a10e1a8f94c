import type { JsonObject } from '../../lib/json.ts';
import type { Form } from './accept.ts';
import { own } from './json.ts';
import { apiVersionOf } from './resources.ts';
import type { DemoObject } from './stored.ts';
import type { Target } from './target.ts';

/**
 * An object as an answer shows it: whole or its metadata alone, with its kind. `item`: in a list, where Kubernetes' own kinds leave their kind to the
 * list.
 */
export function representation(
  { object }: DemoObject,
  { resource, version }: Pick<Target, 'resource' | 'version'>,
  { as }: Form,
  place: 'item' | 'alone',
): JsonObject {
  if (as !== undefined) return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: own(object, 'metadata') };
  if (place === 'item' && !resource.custom) return object;
  return { kind: resource.kind, apiVersion: apiVersionOf(resource.group, version), ...object };
}
