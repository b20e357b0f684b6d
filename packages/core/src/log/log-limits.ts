/** Limits of a channel's history. The oldest messages are evicted until all three are met. */
export interface LogLimits {
  /** The most messages. 0 keeps nothing, and `Infinity` means no limit. Defaults to 1000. */
  readonly count: number;
  /**
   * The most bytes of bodies and event names. 0 keeps nothing, and `Infinity` means no limit.
   * Defaults to 1048576 (1 MiB).
   */
  readonly bytes: number;
  /**
   * Milliseconds that a message is kept. 0 keeps nothing, and `Infinity` means no limit. Defaults
   * to 600000 ms (10 minutes).
   */
  readonly age: number;
  /**
   * True for a channel whose messages may be lost, such as who is typing, or where the cursors of
   * others are. A client that misses some of them reads on from the oldest that is kept, and is
   * told of no gap. Defaults to `false`.
   */
  readonly lossy?: boolean;
}

export const defaultLogLimits: LogLimits = { count: 1000, bytes: 1024 * 1024, age: 600_000 };
