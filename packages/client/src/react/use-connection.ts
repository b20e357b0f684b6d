import { useCallback, useEffect, useRef, useState } from 'react';
import { connect } from '../connect.js';
import type { AnyEvents, Connection, ConnectionStatus, Message } from '../connection.js';
import type { GapNotice } from '../messages.js';
import type { ConnectOptions } from '../options.js';
import { PushwireError } from '../wire/error.js';

/** Options of {@link useChannel}. They are read when the connection is made. */
export interface UseChannelOptions extends ConnectOptions {
  /**
   * The function that connects. Defaults to `connect`; pass `connectShared` to share one
   * connection.
   */
  connect?: typeof connect;
}

/** A connection, as a component sees it. */
export interface HookConnection extends ConnectionStatus {
  /** The last error, until the connection opens again. */
  readonly error: PushwireError | undefined;
  readonly send: Connection['send'];
}

/** The status before a connection. */
export const notStarted: ConnectionStatus = { status: 'waiting', transport: '', since: 0 };

/** Everything that is known of the connection to one URL. */
interface Known {
  readonly url: string | undefined;
  readonly status: ConnectionStatus;
  readonly error: PushwireError | undefined;
}

const nothingOf = (url: string | undefined): Known => ({ url, status: notStarted, error: undefined });

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
 * Connects while the component is mounted and not hidden. React may run effects again while it
 * keeps the state: the connection then goes on from its cursor.
 *
 * @param url `undefined` for no connection.
 * @param onItem receives each message and each gap. It is read when the connection is made.
 */
export function useConnection<Events = AnyEvents>(
  url: string | undefined,
  options: UseChannelOptions,
  onItem: (item: Message<Events> | GapNotice) => void,
): HookConnection {
  const [known, setKnown] = useState(nothingOf(url));
  const latest = useRef({ options, onItem });
  const current = useRef<Connection<Events>>(undefined);
  const lastPlace = useRef<Place>(undefined);

  // React may throw away a render, but not one whose effects run.
  useEffect(() => {
    latest.current = { options, onItem };
  });

  useEffect(() => {
    if (url === undefined) return;
    const place = lastPlace.current?.url === url ? lastPlace.current : undefined;
    if (place?.hasEnded) return;
    const { options, onItem } = latest.current;
    const { connect: connectBy = connect, ...connectOptions } = options;
    const { method = 'GET', idempotent = method === 'GET' } = connectOptions;
    const learn = (news: Partial<Known>) =>
      setKnown((before) => ({ ...(before.url === url ? before : nothingOf(url)), ...news }));
    const beginsAnew = place?.hasOpened && place.cursor === undefined;
    if (beginsAnew && !idempotent) {
      // As after a cut: the server must not run the same request a second time.
      const status = { status: 'failed', transport: '', since: Date.now() } as const;
      return learn({ status, error: new PushwireError('interrupted') });
    }
    const connection = connectBy<Events>(url, {
      ...connectOptions,
      ...(place?.cursor !== undefined && { cursor: place.cursor }),
    });
    current.current = connection;
    let hasOpened = false;
    const onGap = (data: GapNotice['data']) => onItem({ event: 'pushwire:gap', data, id: data.cursor });
    const removers = [
      connection.onAny(onItem),
      connection.onGap(onGap),
      connection.onError((error) => learn({ error })),
      connection.onStatus(({ status, transport, since, end }) => {
        const isOpen = status === 'open';
        learn({ status: { status, transport, since, end }, ...(isOpen && { error: undefined }) });
        // Nobody knows what there was since the last connection.
        if (isOpen && !hasOpened && beginsAnew) {
          onGap({ reason: 'unseen', cursor: connection.cursor as string });
        }
        hasOpened ||= isOpen;
      }),
    ];
    return () => {
      const { cursor, status } = connection;
      const hasEnded = status === 'ended';
      lastPlace.current = { url, cursor, hasOpened: hasOpened || !!place?.hasOpened, hasEnded };
      for (const remove of removers) remove();
      connection.close();
      if (!hasEnded) learn({ status: notStarted });
    };
  }, [url]);

  const send = useCallback(
    (data: unknown) => current.current?.send(data) ?? Promise.reject(new PushwireError('not-open')),
    [],
  );
  const { status, error } = known.url === url ? known : nothingOf(url);
  return { ...status, error, send };
}
