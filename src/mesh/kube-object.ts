import { Field } from '../policy/objects/field.ts';
import type { KubeObject } from '../policy/objects/kube-object.ts';
import type { KeptObject } from './kept.ts';
import { API_KINDS } from './kept-kinds.ts';

/** The last instant that a Date can be (ECMAScript, "Time Values and Time Range"). */
const LAST_INSTANT = 8_640_000_000_000_000;

/**
 * A kept object as the policy folder reads objects: nothing that is read from its `Field`s throws, whatever the object holds. Its version is not kept, so
 * the reference has none.
 */
export function asKubeObject(kept: KeptObject): KubeObject {
  const { group, kind } = API_KINDS[kept.kind];
  const { namespace, name, created } = kept;
  const known = created !== undefined && Math.abs(created) <= LAST_INSTANT;
  const metadata = { name, namespace, ...(known ? { creationTimestamp: new Date(created).toISOString() } : {}) };
  const root = new Field({ metadata, spec: kept.spec, status: kept.status });
  return {
    reference: { apiVersion: group, kind, namespace, name },
    group,
    version: '',
    kind,
    namespace,
    name,
    labels: new Map(Object.entries(kept.labels)),
    annotations: new Map(Object.entries(kept.annotations)),
    root,
    spec: root.at('spec'),
    context: false,
  };
}

/** What the controllers say of an object. */
export function statusOf(object: KubeObject): Field {
  return object.root.at('status');
}
