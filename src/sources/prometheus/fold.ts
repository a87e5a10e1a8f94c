/** Amounts by what they are about. */
export type Shares = Readonly<Record<string, number>>;

/** Adds an amount to what stands under a key; nothing where there is no key. */
export function add(map: Map<string, number>, key: string | undefined, amount: number): void {
  if (key !== undefined) map.set(key, (map.get(key) ?? 0) + amount);
}
