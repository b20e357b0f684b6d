import { useCallback, useEffect, useReducer, useRef, useState } from 'react';
import { connect } from '../connect.js';
import type { AnyEvents, Connection, ConnectionStatus, Message } from '../connection.js';
import { PushwireError } from '../wire/error.js';
import type { GapNotice } from '../messages.js';
import type { ConnectOptions } from '../options.js';

/** What {@link useChannel} gives. */
export interface Channel<State> extends ConnectionStatus {
  /** What the reducer has made of all messages. */
  readonly state: State;
  /** The last failure, unless the connection has opened since. */
  readonly error: PushwireError | undefined;
  readonly send: Connection['send'];
}

/** Before the first connection. */
const nothing: ConnectionStatus = { status: 'waiting', transport: '', since: 0 };

/**
 * What a channel's messages make of a state, as `useReducer` has it. The component is connected as long as it is mounted; another
 * `url` is another connection, and begins with the state that there is.
 *
 * @param reduce gets each message, and each gap as a message named `pushwire:gap`: what is shown is to be fetched afresh then.
 * @param options are read when the connection is made; `connect` may be that of `@pushwire/client/shared`.
 */
export function useChannel<Events = AnyEvents, State = unknown>(
  url: string,
  reduce: (state: State, message: Message<Events> | GapNotice) => State,
  initial: State,
  options: ConnectOptions & { connect?: typeof connect } = {},
): Channel<State> {
  const [state, dispatch] = useReducer(reduce, initial);
  const [doing, setDoing] = useState(nothing);
  const [error, setError] = useState<PushwireError>();
  const latest = useRef(options);
  const current = useRef<Connection<Events>>(undefined);
  latest.current = options;

  useEffect(() => {
    const { connect: connectBy = connect, ...given } = latest.current;
    const connection = connectBy<Events>(url, given);
    current.current = connection;
    connection.onMessage(dispatch);
    connection.onGap((data) => dispatch({ event: 'pushwire:gap', data, id: data.cursor }));
    connection.onError(setError);
    connection.onStatus(({ status, transport, since }) => {
      setDoing({ status, transport, since });
      if (status === 'open') setError(undefined);
    });
    return () => connection.close();
  }, [url]);

  const send = useCallback(
    (data: unknown) => current.current?.send(data) ?? Promise.reject(new PushwireError('not-open')),
    [],
  );
  return { ...doing, state, error, send };
}
