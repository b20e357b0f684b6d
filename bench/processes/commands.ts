import type { Memory } from './server-handle';

/** What the bench tells a server process. */
export type Command =
  /** Publish so many events in this turn, with this stamp. */
  | { readonly publish: number; readonly stamp: number }
  /** Publish for so many seconds, the next whenever fewer than so many are without an answer. */
  | { readonly flood: number; readonly unanswered: number }
  /** Count CPU from here. */
  | { readonly mark: true }
  /** Tell how much CPU it was since the mark. */
  | { readonly read: true }
  /** Tell how many requests are held. */
  | { readonly held: true }
  /** Tell how much memory is in use, garbage apart when the process can collect it. */
  | { readonly memory: true }
  | { readonly stop: true };

/** What a server process answers: where it listens, once, and what it is asked to tell. */
export type Answer =
  | { readonly port: number }
  | { readonly flooded: Flooded }
  | { readonly cpuMicros: number }
  | { readonly held: number }
  | { readonly memory: Memory };

/** What came of publishing as fast as answers came. */
export interface Flooded {
  readonly published: number;
  readonly seconds: number;
}
