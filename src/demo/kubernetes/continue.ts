import { isObject } from '../../lib/json.ts';

/** Where a list goes on: after which key, in which state of the cluster. */
export interface ContinuePoint {
  readonly resourceVersion: string;
  readonly after: string;
}

/** The opaque text for it: JSON in base64url, as the API server makes its own. */
export function continueToken({ resourceVersion, after }: ContinuePoint): string {
  return Buffer.from(JSON.stringify({ v: 'demo', rv: resourceVersion, after })).toString('base64url');
}

/** The point back from its text, or undefined where that is not one of ours. */
export function readContinueToken(text: string): ContinuePoint | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const { v, rv, after } = value;
  return v === 'demo' && typeof rv === 'string' && typeof after === 'string' ? { resourceVersion: rv, after } : undefined;
}
