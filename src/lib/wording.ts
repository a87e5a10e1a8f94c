/** `1 rule`, `2 rules` */
export function counted(count: number, one: string, several: string = `${one}s`): string {
  return `${count} ${count === 1 ? one : several}`;
}

/** How many words of one list a sentence names before it only counts. */
const MOST_WORDS = 3;

/** `a, b, c and 2 more`; items that are equal stand once. */
export function listed(words: readonly string[], most: number = MOST_WORDS): string {
  const unique = [...new Set(words)];
  const shown = unique.slice(0, most).join(', ');
  return unique.length > most ? `${shown} and ${unique.length - most} more` : shown;
}
