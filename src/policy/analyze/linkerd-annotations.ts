import type { Field } from '../objects/field.ts';
import { type KubeObject, UNREAD_VALUE } from '../objects/kube-object.ts';
import type { View } from './view.ts';
import { podTemplateOf } from './workloads.ts';

/** An annotation of an object, or of the pods that it makes. */
export interface Annotation {
  readonly field: Field;
  readonly text: string;
}

/** The annotation of an object itself; undefined where it has none, or one whose value is not kept. */
export function annotationOf(object: KubeObject, name: string): Annotation | undefined {
  return readAnnotation(object.root.at('metadata', 'annotations', name));
}

/** The annotation that an object's pods get from its template. */
function podAnnotation(object: KubeObject, name: string): Annotation | undefined {
  const template = podTemplateOf(object);
  return template && readAnnotation(template.at('metadata', 'annotations', name));
}

function readAnnotation(field: Field): Annotation | undefined {
  const { value } = field;
  return typeof value === 'string' && value !== UNREAD_VALUE ? { field, text: value } : undefined;
}

/** Where Linkerd's injector reads annotations: Namespaces and pods. Each with how to find one there. */
export function injectedObjects(
  view: View,
): readonly { readonly object: KubeObject; readonly read: (name: string) => Annotation | undefined }[] {
  return [
    ...[...view.namespaces.values()].map((object) => ({ object, read: (name: string) => annotationOf(object, name) })),
    ...view.linkerd.pods.map(({ workload: { object } }) => ({ object, read: (name: string) => podAnnotation(object, name) })),
  ];
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * A duration as Linkerd's annotations have it: a whole number and one unit, or 0 (linkerd2, policy-controller/k8s/index/src/outbound/index.rs: `parse_duration`), in
 * milliseconds. Undefined for what is none.
 */
export function parseLinkerdDuration(text: string): number | undefined {
  const [, magnitude = '', unit = ''] = /^\s*(\d{1,15})(ms|s|m|h|d|)\s*$/.exec(text) ?? [];
  if (magnitude === '' || (unit === '' && Number(magnitude) !== 0)) return undefined;
  return Number(magnitude) * (UNITS[unit] ?? 0);
}
