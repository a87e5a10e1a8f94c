import { compareText } from '../../lib/order.ts';
import { LINKERD_POLICY } from '../analyze/references.ts';
import type { KubeObject } from '../objects/kube-object.ts';
import { readReference } from './references.ts';

/** The other namespaces in which these AuthorizationPolicies look for their authentications, sorted: their objects have to be in the world too. */
export function referredNamespaces(objects: readonly KubeObject[]): string[] {
  const namespaces = new Set<string>();
  for (const { group, kind, namespace, spec } of objects) {
    if (group !== LINKERD_POLICY || kind !== 'AuthorizationPolicy') continue;
    for (const item of spec.at('requiredAuthenticationRefs').items) {
      const reference = readReference(item);
      // A ServiceAccount is no object to look for: its name is all that counts.
      const named = reference?.group === LINKERD_POLICY ? reference.namespace : undefined;
      if (named !== undefined && named !== '' && named !== namespace) namespaces.add(named);
    }
  }
  return [...namespaces].sort(compareText);
}
