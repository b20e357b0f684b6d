import {
  type Connection,
  type ConnectOptions,
  connect,
  type PushwireError,
  type WebSocketClass,
} from '@pushwire/client';
import { WebSocket } from 'ws';
import { type Published, SeenHistory } from './history';

/** A client whose history is checked as it receives. */
export interface WatchedClient {
  readonly connection: Connection;
  readonly history: SeenHistory;
  /** The transports that were open, in order. */
  readonly used: string[];
  readonly errors: PushwireError[];
  /** Throws the first error in its history. */
  check(): void;
}

export function watchedClient(
  url: string,
  published: Published,
  channels: readonly string[],
  options: ConnectOptions = {},
): WatchedClient {
  const history = new SeenHistory(published, channels);
  const connection = connect(url, {
    memory: new Map(),
    WebSocket: WebSocket as unknown as WebSocketClass,
    retry: 50,
    random: () => 0.2,
    ...options,
  });
  const used: string[] = [];
  const errors: PushwireError[] = [];
  let wrong: unknown;
  const attempt = (act: () => void) => {
    try {
      act();
    } catch (error) {
      wrong ??= error;
    }
  };
  connection.onStatus(({ status, transport }) => {
    if (status === 'open' && used.at(-1) !== transport) used.push(transport);
    if (status === 'open' && !history.subscribed && connection.cursor) history.stands(connection.cursor);
  });
  connection.onAny(({ id, data }) => attempt(() => history.message(id as string, data)));
  connection.onGap((gap) => attempt(() => history.gap(gap)));
  connection.onError((error) => errors.push(error));
  return {
    connection,
    history,
    used,
    errors,
    check() {
      if (wrong) throw wrong;
    },
  };
}
