import { useReducer } from 'react';
import type { AnyEvents, Message } from '../connection.js';
import type { GapNotice } from '../messages.js';
import { type HookConnection, type UseChannelOptions, useConnection } from './use-connection.js';

/** The result of {@link useChannel}. */
export interface Channel<State> extends HookConnection {
  /** The state that the reducer has made of all messages. */
  readonly state: State;
}

/**
 * Connects while the component is mounted and not hidden, and reduces the messages to a state as
 * `useReducer` does. React may run effects again while it keeps the state: when an `<Activity>` is
 * shown again, on fast refresh, and in strict mode. The connection then goes on from its cursor,
 * and not from the option `cursor`. A source without cursors begins anew after a gap, or fails as
 * `interrupted` if the server must not get the request twice (`idempotent`). A source that has
 * ended stays `ended`.
 *
 * A new `url` closes the connection and opens another, which begins at the option `cursor` and goes
 * on with the state so far. To begin with the initial state, give the component the URL as `key`.
 *
 * @param reduce receives each message, and each gap as a message named `pushwire:gap`, after which
 * the app should reload the data that it shows.
 * @example
 * ```tsx
 * import { useChannel } from '@pushwire/client/react';
 *
 * export function News() {
 *   const { state, status } = useChannel('/news', (count: number) => count + 1, 0);
 *   return `${status}: ${state} headlines`;
 * }
 * ```
 */
export function useChannel<Events = AnyEvents, State = unknown>(
  url: string,
  reduce: (state: State, message: Message<Events> | GapNotice) => State,
  initial: State,
  options: UseChannelOptions = {},
): Channel<State> {
  const [state, dispatch] = useReducer(reduce, initial);
  return { ...useConnection<Events>(url, options, dispatch), state };
}
