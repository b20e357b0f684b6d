/** Returns the first items, at most so many. */
export function first<Item>(items: Iterable<Item>, most: number): Item[] {
  const found: Item[] = [];
  if (most <= 0) return found;
  for (const item of items) if (found.push(item) >= most) break;
  return found;
}
