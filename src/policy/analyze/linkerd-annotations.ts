import type { Field } from './field.ts';
import { type KubeObject, UNREAD_VALUE } from './objects.ts';
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
export function podAnnotation(object: KubeObject, name: string): Annotation | undefined {
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

/** Ports that an annotation lists, and what of it can be read as none. */
export interface PortRanges {
  readonly ranges: readonly (readonly [first: number, last: number])[];
  /** What is neither a port nor a range: it may be the name of a port. */
  readonly words: readonly string[];
}

/** Longer lists are no lists that a person wrote. */
const MOST_PARTS = 256;
const LAST_PORT = 65_535;

/** Reads `3306,8000-8010,mysql` (linkerd2, pkg/util: `GetPortRanges`, `ParsePortRange`). */
export function readPortRanges(text: string): PortRanges {
  const ranges: (readonly [number, number])[] = [];
  const words: string[] = [];
  for (const part of text.replace(/,$/, '').split(',', MOST_PARTS)) {
    const word = part.trim();
    const [, from, to = from] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(word) ?? [];
    const [first, last] = [Number(from), Number(to)];
    if (from !== undefined && first <= last && last <= LAST_PORT) ranges.push([first, last]);
    else if (word !== '') words.push(word);
  }
  return { ranges, words };
}

/** Whether a port is in the list, by its number or by its name. */
export function hasPort({ ranges, words }: PortRanges, port: number, name?: string): boolean {
  return ranges.some(([first, last]) => first <= port && port <= last) || (name !== undefined && words.includes(name));
}
