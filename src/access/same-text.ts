/** Whether two texts are the same. Every character is compared, whatever the first difference, so that the time taken tells nothing about a secret but its length. */
export function sameText(given: string, expected: string): boolean {
  if (given.length !== expected.length) return false;
  let difference = 0;
  for (let at = 0; at < expected.length; at++) difference |= given.charCodeAt(at) ^ expected.charCodeAt(at);
  return difference === 0;
}
