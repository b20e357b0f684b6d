import { useCallback, useEffect, useReducer, useRef, useState } from 'react';
import { connect } from '../connect.js';
import type { AnyEvents, Connection, ConnectionStatus, Message } from '../connection.js';
import type { GapNotice } from '../messages.js';
import type { ConnectOptions } from '../options.js';
import { PushwireError } from '../wire/error.js';

/** The result of {@link useChannel}. */
export interface Channel<State> extends ConnectionStatus {
  /** The state that the reducer has made of all messages. */
  readonly state: State;
  /** The last error, until the connection opens again. */
  readonly error: PushwireError | undefined;
  readonly send: Connection['send'];
}

/** Options of {@link useChannel}. They are read when the connection is made. */
export interface UseChannelOptions extends ConnectOptions {
  /**
   * The function that connects. Defaults to `connect`; pass `connectShared` to share one
   * connection.
   */
  connect?: typeof connect;
}

/** The status before the first connection. */
const notStarted: ConnectionStatus = { status: 'waiting', transport: '', since: 0 };

/**
 * Connects while the component is mounted, and reduces the messages to a state as `useReducer`
 * does. A new `url` closes the connection and opens another, which goes on with the state so far.
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
  const [status, setStatus] = useState(notStarted);
  const [error, setError] = useState<PushwireError>();
  const latestOptions = useRef(options);
  const current = useRef<Connection<Events>>(undefined);
  latestOptions.current = options;

  useEffect(() => {
    const { connect: connectBy = connect, ...connectOptions } = latestOptions.current;
    const connection = connectBy<Events>(url, connectOptions);
    current.current = connection;
    connection.onAny(dispatch);
    connection.onGap((data) => dispatch({ event: 'pushwire:gap', data, id: data.cursor }));
    connection.onError(setError);
    connection.onStatus(({ status, transport, since }) => {
      setStatus({ status, transport, since });
      if (status === 'open') setError(undefined);
    });
    return () => connection.close();
  }, [url]);

  const send = useCallback(
    (data: unknown) => current.current?.send(data) ?? Promise.reject(new PushwireError('not-open')),
    [],
  );
  return { ...status, state, error, send };
}
