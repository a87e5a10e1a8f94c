import { MeshError } from '../../../lib/errors.ts';
import { hashText } from '../../../lib/hash.ts';
import { described, limitedText, z } from '../../../lib/zod.ts';

const MAX_NAME_CHARACTERS = 253;

/** RFC 1123 label. */
const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
/** A name, or `Kind/name`: only what either can hold, for the schema is read by models, and a name that is none is not found. */
const WORKLOAD = /^[A-Za-z0-9./-]+$/;
const SERVICE = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

export const namespaceName = z
  .string()
  .check(z.regex(NAMESPACE, 'must be the name of a namespace: lower-case letters, digits and hyphens, at most 63'));

export const optionalNamespace = z.optional(namespaceName);

export const workloadName = limitedText({ max: MAX_NAME_CHARACTERS }).check(
  z.regex(WORKLOAD, 'must be the name of a workload, or Kind/name, such as "web" or "Deployment/web"'),
);

export const serviceName = limitedText({ max: MAX_NAME_CHARACTERS }).check(z.regex(SERVICE, 'must be the name of a Service'));

/** Throws `MeshError('invalid')` for a workload without its namespace: many may have one of that name. */
export function requireNamespace({
  namespace,
  workload,
}: {
  readonly namespace?: string | undefined;
  readonly workload?: string | undefined;
}): void {
  if (workload !== undefined && namespace === undefined) throw new MeshError('invalid', 'workload: needs its namespace, too. Pass both.');
}

/** Two node ids of the greatest length, a figure, and the hash. */
const MAX_CURSOR_CHARACTERS = 1_000;

export const cursorInput = described(
  z.optional(limitedText({ max: MAX_CURSOR_CHARACTERS })),
  'nextCursor of the answer before, with the same other arguments.',
);

/**
 * A cursor names the last thing that was given, so that it stays good while things come and go, and ends with a hash that binds it to its query and shows
 * a slip. It opens nothing that the query alone would not.
 */
export function writeCursor(position: string, query: readonly unknown[]): string {
  return `${position}.${cursorHash(position, query)}`;
}

/** The position in a cursor. Throws `MeshError('invalid')` where it is not one that this query gave. */
export function readCursor(cursor: string, query: readonly unknown[]): string {
  const [, position, hash] = /^(.*)\.([0-9a-f]{16})$/.exec(cursor) ?? [];
  if (position === undefined || hash !== cursorHash(position, query)) {
    throw new MeshError(
      'invalid',
      'cursor: not one that this query gave. Pass nextCursor unchanged, with the same other arguments, or leave it out to begin again.',
    );
  }
  return position;
}

function cursorHash(position: string, query: readonly unknown[]): string {
  return hashText(JSON.stringify([position, ...query]));
}
