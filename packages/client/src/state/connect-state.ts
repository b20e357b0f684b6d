import type { StateConnection, StateOptions } from './connection.js';
import { openState } from './open-state.js';

/**
 * Connects to a route that serves a state, such as `push(hub.state('prices'))`, and keeps a copy of
 * it. The copy follows each change, over any transport. After a loss it gets the whole state anew:
 * until that is complete, it stays as it was, and then its listeners are told what differs.
 *
 * @typeParam Value the values, checked by TypeScript only. Share it with the server.
 * @param url as in `connect`.
 * @throws {TypeError} for an invalid URL or option.
 * @example
 * ```ts
 * import { connectState } from '@pushwire/client/state';
 *
 * const prices = connectState<number>('/prices');
 * prices.on('AAPL', (price) => console.log(price ?? 'no price'));
 * prices.onChange((keys) => console.log(`${[...keys]} of ${prices.snapshot().size} have changed`));
 * ```
 */
export function connectState<Value = unknown>(
  url: string | URL,
  options: StateOptions<Value> = {},
): StateConnection<Value> {
  return openState(url, options).state;
}
