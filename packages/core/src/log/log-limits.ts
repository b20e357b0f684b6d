import { aBoolean, checkOptions, integer } from '../checks/check-options';

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
  /**
   * The most idempotency keys that a channel remembers. The oldest is forgotten first. Defaults to
   * 1000.
   */
  readonly idempotencyKeys?: number;
  /**
   * Milliseconds for which a channel remembers an idempotency key. A channel is kept at least as
   * long after its last use. Defaults to 600000 ms (10 minutes).
   */
  readonly idempotencyAge?: number;
}

export const defaultLogLimits = {
  count: 1000,
  bytes: 1024 * 1024,
  age: 600_000,
  idempotencyKeys: 1000,
  idempotencyAge: 600_000,
};

/** @throws TypeError for an unknown limit or a value that does not fit. */
export function checkLogLimits(limits: Partial<LogLimits>): Partial<LogLimits> {
  const check = integer(0, { infinity: true });
  return checkOptions<Partial<LogLimits>>('log', limits, {
    count: check,
    bytes: check,
    age: check,
    lossy: aBoolean,
    idempotencyKeys: integer(1, { infinity: true }),
    idempotencyAge: integer(1, { infinity: true }),
  });
}

/** Limits of the log of a run, which keeps all of its messages. */
export const runLogLimits: LogLimits = {
  count: Number.POSITIVE_INFINITY,
  bytes: Number.POSITIVE_INFINITY,
  age: Number.POSITIVE_INFINITY,
};

/**
 * Limits of the logs by which processes ask each other about clients. A process that was cut off
 * for a shorter time hears of all of it when it is back.
 */
export const clientLogLimits: LogLimits = { count: 10_000, bytes: 4 * 1024 * 1024, age: 600_000 };
