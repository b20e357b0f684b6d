import type { IncomingMessage } from 'node:http';
import { aBoolean } from '../checks/check-options';
import { misuse } from '../checks/errors';
import { queryOf } from '../http/query';
import { offersWebSocket, upgradeFor } from '../upgrade/upgrade';
import { isPostedMessage } from './post-receiver';

/** An option of `webSocket()` and `rawWebSocket()` in frameworks that have a next handler. */
export interface FallthroughOption {
  /**
   * Passes ordinary requests to the next handler, as `express.static` does with what it has no file
   * for, so that one URL can serve a page and its WebSocket. Messages that clients POST still go to
   * `onMessage`. Defaults to `false`: ordinary requests are answered with 426.
   */
  fallthrough?: boolean;
}

/** The option `fallthrough` of a route, and the options for the core. */
export interface Fallthrough<Options> {
  readonly options: Options | undefined;
  /** True for a request that the next handler should get. */
  passes(incoming: IncomingMessage): boolean;
}

/**
 * Takes `fallthrough` out of the options of an adapter's `webSocket()` or `rawWebSocket()`.
 *
 * @throws TypeError for a value of it that is neither true nor false.
 * @example
 * ```ts
 * import { type FallthroughOption, readFallthrough, type SocketOptions } from '@pushwire/core';
 * import type { IncomingMessage } from 'node:http';
 *
 * function rawWebSocket(given?: SocketOptions<IncomingMessage> & FallthroughOption) {
 *   const { options, passes } = readFallthrough(given);
 *   // Call the framework's next handler for requests that `passes()`, and the core for the others.
 * }
 * ```
 */
export function readFallthrough<Options extends object>(
  given: (Options & FallthroughOption) | undefined,
): Fallthrough<Options> {
  // The core refuses what is no object of options.
  if (given === undefined || given === null || !Object.hasOwn(given, 'fallthrough')) {
    return { options: given, passes: () => false };
  }
  const { fallthrough = false, ...options } = given;
  const wanted = aBoolean(fallthrough);
  if (wanted !== undefined) throw misuse('webSocket option fallthrough', wanted, fallthrough);
  const takesPosts = 'onMessage' in options && options.onMessage !== undefined;
  const isMessage = (incoming: IncomingMessage) =>
    takesPosts && isPostedMessage({ incoming, query: queryOf(incoming) });
  const passes = (incoming: IncomingMessage) =>
    fallthrough && upgradeFor(incoming) === undefined && !offersWebSocket(incoming) && !isMessage(incoming);
  return { options: options as unknown as Options, passes };
}
