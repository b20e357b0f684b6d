import type { AnyEvents, Connection, Gap, Message } from './connection.js';
import { isOver } from './machine/machine.js';
import { misuse } from './options.js';

/** A gap in its place among the messages. */
export interface GapNotice {
  readonly event: 'pushwire:gap';
  readonly data: Gap;
  readonly id: string | undefined;
}

/** A loop was too slow: so many messages were dropped before this point. */
export interface OverflowNotice {
  readonly event: 'pushwire:overflow';
  readonly data: { readonly dropped: number };
  readonly id: undefined;
}

/** What a loop gets besides messages. */
export type Notice = GapNotice | OverflowNotice;

/** Options of {@link messages}. */
export interface MessagesOptions {
  /** Messages that may wait for the loop; then the oldest are dropped, and the loop is told. Default 1,000. */
  buffer?: number;
}

/**
 * The messages of a connection from now on, and its gaps among them, for `for await`. The loop ends with the connection, and
 * throws where that has failed; leaving the loop does not close the connection.
 *
 * @throws TypeError for an option that does not fit.
 */
export function messages<Events = AnyEvents>(
  connection: Connection<Events>,
  { buffer = 1000 }: MessagesOptions = {},
): AsyncIterableIterator<Message<Events> | Notice> {
  if (!(Number.isSafeInteger(buffer) && buffer > 0))
    throw misuse('messages option buffer', 'an integer from 1', buffer);
  const waiting: (Message<Events> | Notice)[] = [];
  let dropped = 0;
  let failure: unknown;
  let wake = () => {};

  const put = (item: Message<Events> | Notice) => {
    if (waiting.push(item) > buffer) {
      waiting.shift();
      dropped++;
    }
    wake();
  };
  const undo = [
    connection.onMessage(put),
    connection.onGap((data) => put({ event: 'pushwire:gap', data, id: data.cursor })),
    connection.onError((error) => (failure = error)),
    connection.onStatus(() => wake()),
  ];

  async function* read(): AsyncGenerator<Message<Events> | Notice, undefined> {
    try {
      for (;;) {
        const next = waiting[0];
        if (dropped > 0) {
          const data = { dropped };
          dropped = 0;
          yield { event: 'pushwire:overflow', data, id: undefined };
        } else if (next) {
          waiting.shift();
          yield next;
        } else if (isOver(connection)) {
          if (connection.status === 'failed') throw failure;
          return;
        } else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      for (const each of undo) each();
    }
  }
  return read();
}
