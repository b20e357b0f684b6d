import type { Memory } from './server-handle';

/** A command of the bench to a server process. */
export type Command =
  /** Publishes so many events in this turn, with this stamp. */
  | { readonly publish: number; readonly stamp: number }
  /** Publishes for so many seconds with at most so many publishes pending. */
  | { readonly flood: number; readonly maxPending: number }
  /** Starts counting CPU time. */
  | { readonly mark: true }
  /** Asks for the CPU time since the mark. */
  | { readonly read: true }
  /** Asks for the number of held requests. */
  | { readonly held: true }
  /** Asks for the memory in use, without garbage when the process can collect it. */
  | { readonly memory: true; readonly reclaim: boolean }
  | { readonly stop: true };

/** An answer of a server process: once its port, then the answers to commands. */
export type Answer =
  | { readonly port: number }
  | { readonly flooded: Flooded }
  | { readonly cpuMicros: number }
  | { readonly held: number }
  | { readonly memory: Memory };

/** The result of publishing as fast as answers come. */
export interface Flooded {
  readonly published: number;
  readonly seconds: number;
}
