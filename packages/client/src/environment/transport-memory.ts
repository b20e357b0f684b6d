/** Transports that did not work, by name: the time until which to avoid each, in ms since 1970. */
export type Avoided = Readonly<Record<string, number>>;

/** Remembers by URL which transports did not work. A `Map` is one. */
export interface Memory {
  get(url: string): Avoided | undefined;
  set(url: string, avoided: Avoided): unknown;
}

/** The part of a `Storage` that a memory needs. Workers and Node may have no type of that name. */
export interface StringStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

/** Remembers for as long as the page is loaded. */
export const pageMemory: Memory = new Map<string, Avoided>();

/**
 * Makes a memory of a `Storage`, so that a reloaded page doesn't try again what failed before.
 * Entries that cannot be parsed are ignored. A storage that is full or forbidden (as in private
 * mode) throws: what cannot be stored is then remembered for as long as the page is loaded.
 *
 * @example
 * ```ts
 * import { connect, storedIn } from '@pushwire/client';
 *
 * const news = connect('/news', { memory: storedIn(sessionStorage) });
 * news.on('headline', (headline) => console.log(headline));
 * ```
 */
export function storedIn(storage: StringStorage): Memory {
  const keyOf = (url: string) => `pushwire ${url}`;
  /** The entries that the storage did not take. */
  const unstored = new Map<string, Avoided>();
  return {
    get(url) {
      try {
        return unstored.get(url) ?? JSON.parse(storage.getItem(keyOf(url)) ?? '{}');
      } catch {
        return undefined;
      }
    },
    set(url, avoided) {
      try {
        storage.setItem(keyOf(url), JSON.stringify(avoided));
        unstored.delete(url);
      } catch {
        unstored.set(url, avoided);
      }
    },
  };
}
