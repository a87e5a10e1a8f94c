/** HTTP headers in the order they came or go; a name may repeat. Names compare without case. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** The first value under a name, or undefined. */
export function header(headers: HeaderList, name: string): string | undefined {
  const wanted = name.toLowerCase();
  return headers.find(([candidate]) => candidate.toLowerCase() === wanted)?.[1];
}
