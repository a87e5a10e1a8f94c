import type { KeptKind } from '../../mesh/kept.ts';
import { isResourceVersion } from './resource-version.ts';

/**
 * From where the next reflection goes on, for each kind that is complete up to there. Opaque to whoever keeps them: a resourceVersion, or, where single
 * namespaces are read, one for each of them (`shop=1207,bank=1188`).
 */
export type ResumePoints = Readonly<Partial<Record<KeptKind, string>>>;

/** The point of one namespace, or of the whole cluster where `namespace` is undefined. A point of the other sort, or damaged, is none. */
export function readPoint(point: string | undefined, namespace: string | undefined): string | undefined {
  if (point === undefined) return undefined;
  if (namespace === undefined) return isResourceVersion(point) ? point : undefined;
  const own = point.split(',').find((entry) => entry.startsWith(`${namespace}=`));
  const resourceVersion = own?.slice(namespace.length + 1);
  return isResourceVersion(resourceVersion) ? resourceVersion : undefined;
}

/** Puts the points of a kind together; undefined where there is none. */
export function writePoint(
  points: readonly { readonly namespace: string | undefined; readonly resourceVersion: string }[],
): string | undefined {
  const entries = points.map(({ namespace, resourceVersion }) =>
    namespace === undefined ? resourceVersion : `${namespace}=${resourceVersion}`,
  );
  return entries.length === 0 ? undefined : entries.join(',');
}
