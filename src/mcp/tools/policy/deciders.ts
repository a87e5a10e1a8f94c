/** Sentences that many rows of a table repeat: each stands once below it, and the rows have its number. */
export class Deciders {
  readonly #numbers = new Map<string, number>();

  /** The number of a sentence. */
  of(says: string): string {
    const known = this.#numbers.get(says) ?? this.#numbers.size + 1;
    this.#numbers.set(says, known);
    return `[${known}]`;
  }

  lines(): readonly string[] {
    return [...this.#numbers].map(([says, number]) => `[${number}] ${says}`);
  }
}
