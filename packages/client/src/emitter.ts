import { guard, misuse } from './wire/error.js';

type Listener = (...args: never[]) => void;

/** Listeners by topic. */
export interface Emitter {
  /** Returns a function that adds a listener to the topic; that one returns its undo. */
  on(topic: string): (listener: Listener) => () => void;
  /**
   * Calls the topic's listeners, but for those that are added or removed meanwhile. An error that
   * one throws is reported as uncaught.
   */
  emit(topic: string, ...args: unknown[]): void;
}

export function createEmitter(): Emitter {
  const entries = new Set<(wanted: string, args: unknown[]) => void>();
  return {
    on: (topic) => (listener) => {
      if (typeof listener !== 'function') throw misuse('listener', 'function', listener);
      const entry = (wanted: string, args: unknown[]) => {
        if (wanted === topic && entries.has(entry)) guard(() => listener(...(args as never[])));
      };
      entries.add(entry);
      return () => entries.delete(entry);
    },
    emit(topic, ...args) {
      for (const entry of [...entries]) entry(topic, args);
    },
  };
}
