import type { ConnectOptions } from '../options.js';
import { misuse } from '../wire/error.js';
import type { RequestOptions } from './connection.js';

/** The bounds of what waits for a connection. A message that exceeds one is rejected. */
export interface OutboxOptions {
  /** The most messages. Defaults to 50, which is below the server's limit for a second. */
  messages?: number;
  /** The most characters, or bytes, of all messages together. Defaults to 65536. */
  characters?: number;
  /** Milliseconds for which a message may wait. Defaults to 60000 ms. */
  maxAge?: number;
}

/** Options of `connectTwoWay`: those of `connect`, and what the other way needs. */
export interface TwoWayOptions extends ConnectOptions {
  /**
   * Names of what to follow, for the route's source to read as `context.topics`. Each comes once;
   * at most 100, of 4096 characters together. Defaults to `[]`.
   */
  topics?: readonly string[];
  /**
   * Keeps what is sent while the connection is not open, and sends it in order when it is, each
   * message at most once. `true` stands for the default bounds. Without it, `send()` and
   * `request()` reject with `not-open` at once. Defaults to false.
   */
  outbox?: boolean | OutboxOptions;
}

const outboxDefaults = { messages: 50, characters: 65_536, maxAge: 60_000 };

/** The bounds of an outbox, with their defaults. */
export type OutboxLimits = typeof outboxDefaults;

/**
 * Checks the option `outbox`.
 *
 * @returns `undefined` for no outbox.
 * @throws {TypeError} for a bound that is unknown, or no number above 0.
 */
export function outboxLimits(outbox: TwoWayOptions['outbox'] = false): OutboxLimits | undefined {
  if (typeof outbox === 'boolean') return outbox ? outboxDefaults : undefined;
  if (typeof outbox !== 'object') throw misuse('connectTwoWay option outbox', 'true, false or an object', outbox);
  const limits: Record<string, number> = { ...outboxDefaults };
  for (const [name, value] of Object.entries(outbox)) {
    if (!(name in limits)) throw misuse('connectTwoWay option outbox', `${Object.keys(limits)}`, name);
    if (value === undefined) continue;
    limits[name] = positive(`outbox.${name}`, value);
  }
  return limits as OutboxLimits;
}

/**
 * Checks the options of one request, and adds the default.
 *
 * @throws {TypeError} for an unknown option, or a timeout that is no number above 0.
 */
export function patienceOf(options: RequestOptions, sendTimeout: number) {
  const { timeout = sendTimeout, signal, ...unknown } = options;
  for (const name of Object.keys(unknown)) throw misuse('request options', 'timeout or signal', name);
  return { timeout: positive('timeout', timeout), signal };
}

/** @throws {TypeError} for anything but a number above 0. */
export function positive(name: string, value: unknown): number {
  if (typeof value === 'number' && value > 0) return value;
  throw misuse(`connectTwoWay option ${name}`, 'a number above 0', value);
}
