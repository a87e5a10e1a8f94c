import { isObject } from '../../../lib/json.ts';
import type { Owner } from '../../../mesh/objects.ts';
import { arrayAt, DNS_LABEL, DNS_SUBDOMAIN, KIND_NAME, Malformed, objectAt, optionalTextAt, textAt } from './fields.ts';

/** Which object it is. */
export interface Identity {
  /** Empty for an object outside namespaces. */
  readonly namespace: string;
  readonly name: string;
}

/** Decodes an object's namespace and name. Throws `Malformed`. */
export function decodeIdentity(item: Record<string, unknown>, namespaced: boolean): Identity {
  const metadata = objectAt(item, 'metadata', 'metadata');
  const namespace = optionalTextAt(metadata, 'namespace', 'metadata.namespace', DNS_LABEL) ?? '';
  if (namespaced !== (namespace !== '')) throw new Malformed('metadata.namespace', namespaced ? 'set' : 'empty');
  return { namespace, name: textAt(metadata, 'name', 'metadata.name', DNS_SUBDOMAIN) };
}

/** The owner that is the controller, of which there is at most one (Kubernetes, "Owners and Dependents"). Throws `Malformed`. */
export function controllerOf(metadata: Record<string, unknown>): Owner | undefined {
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
