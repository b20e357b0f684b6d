import type { Left } from '../machine/state.js';

/** Where is kept which transports did not work, by URL. */
export interface Memory {
  get(url: string): Left | undefined;
  set(url: string, left: Left): unknown;
}

/** What is kept as long as the page is there. */
export const pageMemory: Memory = new Map<string, Left>();

/** A memory in a `Storage`, such as `sessionStorage`. What the storage throws is thrown on; what is no memory counts for none. */
export function storedIn(storage: Pick<Storage, 'getItem' | 'setItem'>): Memory {
  const keyOf = (url: string) => `pushwire ${url}`;
  return {
    get(url) {
      const kept = storage.getItem(keyOf(url));
      try {
        return JSON.parse(kept ?? '{}');
      } catch {
        return undefined;
      }
    },
    set: (url, left) => storage.setItem(keyOf(url), JSON.stringify(left)),
  };
}
