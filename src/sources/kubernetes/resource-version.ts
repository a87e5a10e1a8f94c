const RESOURCE_VERSION = /^[A-Za-z0-9._-]{1,64}$/;
const NUMBER = /^[1-9]\d*$/;

/** Whether a value can be a resourceVersion that we send back and keep. The API server's are decimal numbers; `0` and nothing mean something else. */
export function isResourceVersion(value: unknown): value is string {
  return typeof value === 'string' && value !== '0' && RESOURCE_VERSION.test(value);
}

/**
 * Which of two resourceVersions of one kind came later: positive when it is the first, 0 when they are equal; undefined where they are no decimal
 * numbers, since then nobody can tell (kubernetes, apimachinery pkg/util/resourceversion: `CompareResourceVersion`).
 */
export function compareResourceVersions(one: string, other: string): number | undefined {
  if (!NUMBER.test(one) || !NUMBER.test(other)) return undefined;
  if (one.length !== other.length) return one.length - other.length;
  return one === other ? 0 : one < other ? -1 : 1;
}
