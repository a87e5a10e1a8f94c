import { isObject } from '../../../lib/json.ts';
import type { Labels } from '../../../mesh/membership.ts';
import type { Owner } from '../../../mesh/objects.ts';
import { arrayAt, DNS_LABEL, DNS_SUBDOMAIN, KIND_NAME, Malformed, objectAt, optionalTextAt, textAt, textMapAt } from './fields.ts';

/** Which object it is. */
export interface Identity {
  /** Empty for an object outside namespaces. */
  readonly namespace: string;
  readonly name: string;
}

/** The part of ObjectMeta that we read. */
export interface Metadata extends Identity {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly owner: Owner | undefined;
  /** It has been told to go and lives on for its grace period only. */
  readonly deleting: boolean;
}

/** Decodes an object's namespace and name. Throws `Malformed`. */
export function decodeIdentity(item: Record<string, unknown>, namespaced: boolean): Identity {
  const metadata = objectAt(item, 'metadata', 'metadata');
  const namespace = optionalTextAt(metadata, 'namespace', 'metadata.namespace', DNS_LABEL) ?? '';
  if (namespaced !== (namespace !== '')) throw new Malformed('metadata.namespace', namespaced ? 'set' : 'empty');
  return { namespace, name: textAt(metadata, 'name', 'metadata.name', DNS_SUBDOMAIN) };
}

/** Decodes the rest of `metadata`. Throws `Malformed`. */
export function decodeMetadata(identity: Identity, item: Record<string, unknown>): Metadata {
  const metadata = objectAt(item, 'metadata', 'metadata');
  const { deletionTimestamp } = metadata;
  return {
    ...identity,
    labels: textMapAt(metadata, 'labels', 'metadata.labels'),
    annotations: textMapAt(metadata, 'annotations', 'metadata.annotations'),
    owner: controllerOf(metadata),
    deleting: typeof deletionTimestamp === 'string',
  };
}

/** At most one owner reference is the controller (Kubernetes, "Owners and Dependents"). */
function controllerOf(metadata: Record<string, unknown>): Owner | undefined {
  for (const reference of arrayAt(metadata, 'ownerReferences', 'metadata.ownerReferences')) {
    if (!isObject(reference)) continue;
    const { controller } = reference;
    if (controller !== true) continue;
    return {
      kind: textAt(reference, 'kind', 'metadata.ownerReferences.kind', KIND_NAME),
      name: textAt(reference, 'name', 'metadata.ownerReferences.name', DNS_SUBDOMAIN),
    };
  }
  return undefined;
}
