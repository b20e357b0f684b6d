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

/** The status before a connection. */
const notStarted: ConnectionStatus = { status: 'waiting', transport: '', since: 0 };

/** The place of a component's last connection when its effect was cleaned up. */
interface Place {
  readonly url: string;
  readonly cursor: string | undefined;
  /** True if messages may have arrived. */
  readonly hasOpened: boolean;
  /** True if the source was finished. */
  readonly hasEnded: boolean;
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
  const [status, setStatus] = useState(notStarted);
  const [error, setError] = useState<PushwireError>();
  const latestOptions = useRef(options);
  const current = useRef<Connection<Events>>(undefined);
  const lastPlace = useRef<Place>(undefined);

  // React may throw away a render, but not one whose effects run.
  useEffect(() => {
    latestOptions.current = options;
  });

  useEffect(() => {
    const place = lastPlace.current?.url === url ? lastPlace.current : undefined;
    if (place?.hasEnded) return;
    const { connect: connectBy = connect, ...connectOptions } = latestOptions.current;
    const { method = 'GET', idempotent = method === 'GET' } = connectOptions;
    const beginsAnew = place?.hasOpened && place.cursor === undefined;
    if (beginsAnew && !idempotent) {
      // As after a cut: the server must not run the same request a second time.
      setStatus({ status: 'failed', transport: '', since: Date.now() });
      return setError(new PushwireError('interrupted'));
    }
    const connection = connectBy<Events>(url, {
      ...connectOptions,
      ...(place?.cursor !== undefined && { cursor: place.cursor }),
    });
    current.current = connection;
    let hasOpened = false;
    const onGap = (data: GapNotice['data']) => dispatch({ event: 'pushwire:gap', data, id: data.cursor });
    const removers = [
      connection.onAny(dispatch),
      connection.onGap(onGap),
      connection.onError(setError),
      connection.onStatus(({ status, transport, since }) => {
        setStatus({ status, transport, since });
        if (status !== 'open') return;
        setError(undefined);
        // Nobody knows what there was since the last connection.
        if (!hasOpened && beginsAnew) {
          onGap({ reason: 'unseen', cursor: connection.cursor as string });
        }
        hasOpened = true;
      }),
    ];
    return () => {
      const { cursor, status } = connection;
      const hasEnded = status === 'ended';
      lastPlace.current = { url, cursor, hasOpened: hasOpened || !!place?.hasOpened, hasEnded };
      for (const remove of removers) remove();
      connection.close();
      if (!hasEnded) setStatus(notStarted);
    };
  }, [url]);

  const send = useCallback(
    (data: unknown) => current.current?.send(data) ?? Promise.reject(new PushwireError('not-open')),
    [],
  );
  return { ...status, state, error, send };
}
