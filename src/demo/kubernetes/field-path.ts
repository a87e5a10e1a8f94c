import type { Json } from '../../lib/json.ts';
import { asObject } from './json.ts';

/**
 * One step of a path as FieldsV1 writes it: `f:spec` a member, `k:{"name":"app"}` the item of a list that has this key, `v:"a"` the item of a set that
 * has this value (kubernetes-sigs/structured-merge-diff, fieldpath/serialize-pe.go).
 */
export type Step = string;
export type Path = readonly Step[];

// Keys and values are JSON, which has no line break; a member with one in its name, which nobody has, would only be taken for two.
const SEPARATOR = '\n';

/** A path as one text, for sets. */
export function pathKey(path: Path): string {
  return path.join(SEPARATOR);
}

export function pathOf(key: string): Path {
  return key.split(SEPARATOR);
}

/** Whether a path leads to or through another. */
export function isWithin(key: string, ancestor: string): boolean {
  return key === ancestor || key.startsWith(ancestor + SEPARATOR);
}

/** A path as messages name it: `.spec.ports[port=80,protocol="TCP"].name`. */
export function pathText(key: string): string {
  return pathOf(key)
    .map((step) => {
      const rest = step.slice(2);
      if (step.startsWith('f:')) return `.${rest}`;
      if (step.startsWith('v:')) return `[=${rest}]`;
      return `[${keyMembers(rest)
        .map(([member, value]) => `${member}=${JSON.stringify(value)}`)
        .join(',')}]`;
    })
    .join('');
}

function keyMembers(text: string): readonly (readonly [string, Json | undefined])[] {
  try {
    // JSON.parse gives nothing else.
    return Object.entries(asObject(JSON.parse(text) as Json) ?? {});
  } catch {
    return [];
  }
}
