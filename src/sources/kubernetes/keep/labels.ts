import type { Labels } from '../../../mesh/membership.ts';
import { UNREAD_VALUE } from '../../../policy/objects/kube-object.ts';
import { Malformed, objectAt } from '../decode/fields.ts';

/**
 * A whole map of labels as JSON, which says at once that all of it is text and escapes whatever could pass for a boundary: there are several to each of tens of
 * thousands of pods, so they are checked in one pass of the engine. A prefix of at most 253 characters, `/`, and names and values of at most 63
 * (kubernetes, apimachinery pkg/util/validation: `IsQualifiedName`, `IsValidLabelValue`).
 */
const LABELS = /^\{(?:"[A-Za-z0-9][A-Za-z0-9._/-]{0,316}":"[A-Za-z0-9._-]{0,63}",?)*\}$/;

/** The labels of an object, all of them. Throws `Malformed`. */
export function keepLabels(parent: Record<string, unknown>, key: string, field: string): Labels {
  const labels = objectAt(parent, key, field);
  if (!LABELS.test(JSON.stringify(labels))) throw new Malformed(field, 'a map of labels');
  // The alphabet has only texts in it.
  return labels as Labels;
}

export { UNREAD_VALUE };

const SHORT_VALUE = /^[\x20-\x7e]{0,512}$/;

/** Holds what the injector did, in hundreds of characters of JSON. Only that it is there matters (`mesh/membership.ts`). */
const ISTIO_STATUS = 'sidecar.istio.io/status';

/**
 * The annotations that a mesh reads: those under `linkerd.io`, `istio.io`, `gateway.networking.k8s.io` and their subdomains, such as `config.linkerd.io/…` and
 * `traffic.sidecar.istio.io/…`. Everything else, which may be anybody's notes, stays where it is. Throws `Malformed`.
 */
export function keepAnnotations(parent: Record<string, unknown>, key: string, field: string): Labels {
  const annotations = objectAt(parent, key, field);
  const kept: Record<string, string> = {};
  for (const name in annotations) {
    if (!MESH_ANNOTATION.test(name)) continue;
    const value = annotations[name];
    if (typeof value !== 'string') throw new Malformed(field, 'a map of texts');
    kept[name] = name !== ISTIO_STATUS && SHORT_VALUE.test(value) ? value : UNREAD_VALUE;
  }
  return kept;
}

/** One pass of the engine a name, as for labels. */
const MESH_ANNOTATION =
  /^(?=.{1,253}\/)(?:[a-z0-9-]+\.)*(?:linkerd\.io|istio\.io|gateway\.networking\.k8s\.io)\/[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
