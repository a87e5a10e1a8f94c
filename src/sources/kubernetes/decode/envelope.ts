import { isObject } from '../../../lib/json.ts';

/** A list as the API answers it, its objects still undecoded. */
export interface ListEnvelope {
  /** `PodList`, or `PartialObjectMetadataList`. */
  readonly kind: string;
  readonly items: readonly unknown[];
  /** The state of the cluster that the list shows. */
  readonly resourceVersion: string;
  /** Where the next page begins; absent at the end. */
  readonly continueToken: string | undefined;
}

/** The envelope of a list, or undefined when the value is no Kubernetes list at all. */
export function decodeList(value: unknown): ListEnvelope | undefined {
  if (!isObject(value)) return undefined;
  const { apiVersion, kind, metadata, items } = value;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || !kind.endsWith('List') || !isObject(metadata)) return undefined;
  // Go writes an empty slice as null.
  if (items !== null && !Array.isArray(items)) return undefined;
  const { resourceVersion, continue: continueToken } = metadata;
  return {
    kind,
    items: items ?? [],
    resourceVersion: typeof resourceVersion === 'string' ? resourceVersion : '',
    continueToken: typeof continueToken === 'string' && continueToken !== '' ? continueToken : undefined,
  };
}
