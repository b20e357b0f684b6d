/** Listeners by what they listen to. */
export class Emitter {
  readonly #listeners = new Map<string, Set<(...given: never[]) => void>>();

  add(to: string, listener: (...given: never[]) => void): () => void {
    if (typeof listener !== 'function') throw new TypeError(`listener: expected a function, got ${typeof listener}`);
    const all = this.#listeners.get(to) ?? new Set();
    this.#listeners.set(to, all);
    // Each time another function, so that one given twice is called twice.
    const own = (...given: never[]) => listener(...given);
    all.add(own);
    return () => void all.delete(own);
  }

  /** What a listener throws is reported as any uncaught error, and disturbs nobody else. */
  emit(to: string, ...given: unknown[]): void {
    for (const listener of [...(this.#listeners.get(to) ?? [])]) {
      try {
        listener(...(given as never[]));
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
