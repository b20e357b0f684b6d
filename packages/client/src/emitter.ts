import { misuse } from './options.js';

type Listener = (...given: never[]) => void;

/** Listeners by what they listen to. */
export interface Emitter {
  on(to: string): (listener: Listener) => () => void;
  /** What a listener throws is reported as any uncaught error, and disturbs nobody else. */
  emit(to: string, ...given: unknown[]): void;
}

export function createEmitter(): Emitter {
  const entries = new Set<readonly [to: string, listener: Listener]>();
  return {
    on: (to) => (listener) => {
      if (typeof listener !== 'function') throw misuse('listener', 'a function', listener);
      const entry = [to, listener] as const;
      entries.add(entry);
      return () => void entries.delete(entry);
    },
    emit(to, ...given) {
      for (const [wanted, listener] of entries) {
        try {
          if (wanted === to) listener(...(given as never[]));
        } catch (error) {
          queueMicrotask(() => {
            throw error;
          });
        }
      }
    },
  };
}
