/** Items by a key, in the order in which they come. Map.groupBy is newer than the language that we compile against. */
export function groupBy<Key, Item>(items: Iterable<Item>, keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) listAt(groups, keyOf(item)).push(item);
  return groups;
}

/** The list under a key, which is made where there is none. */
export function listAt<Key, Item>(lists: Map<Key, Item[]>, key: Key): Item[] {
  const found = lists.get(key);
  if (found !== undefined) return found;
  const fresh: Item[] = [];
  lists.set(key, fresh);
  return fresh;
}
