import type { AnyEvents, Connection, Gap, Message } from './connection.js';
import { isClosed } from './machine/machine.js';
import { misuse, PushwireError } from './wire/error.js';

/** A gap, at its place among the messages. */
export interface GapNotice {
  readonly event: 'pushwire:gap';
  readonly data: Gap;
  readonly id: string | undefined;
}

/** Stands for the messages that were dropped because the loop was too slow. */
export interface OverflowNotice {
  readonly event: 'pushwire:overflow';
  readonly data: { readonly dropped: number };
  readonly id: undefined;
}

/** An item of a loop that is not a message. */
export type Notice = GapNotice | OverflowNotice;

/** Options of {@link messages}. */
export interface MessagesOptions {
  /**
   * The most messages that may wait for the loop. When there are more, the oldest are dropped and
   * the loop gets an {@link OverflowNotice}. Defaults to 1000.
   */
  buffer?: number;
}

/**
 * Iterates over the messages and gaps of a connection from now on. The loop ends when the
 * connection ends, and throws the last error when it fails. After the messages of a run that has
 * failed or was lost, it throws a PushwireError `run-failed` or `run-lost`, whose `cause` is the
 * {@link End}. A `break` does not close the connection.
 *
 * @throws {TypeError} for an invalid option.
 * @example
 * ```ts
 * import { connect, messages } from '@pushwire/client';
 *
 * export async function print() {
 *   for await (const { event, data } of messages(connect('/news'))) {
 *     if (event === 'headline') console.log(data);
 *   }
 * }
 * ```
 */
export function messages<Events = AnyEvents>(
  connection: Connection<Events>,
  { buffer = 1000 }: MessagesOptions = {},
): AsyncIterableIterator<Message<Events> | Notice> {
  if (!(Number.isSafeInteger(buffer) && buffer > 0))
    throw misuse('messages option buffer', 'an integer from 1', buffer);
  const waiting: (Message<Events> | Notice)[] = [];
  let dropped = 0;
  let lastError: unknown;
  let wake = () => {};

  const put = (item: Message<Events> | Notice) => {
    if (waiting.push(item) > buffer) {
      waiting.shift();
      dropped++;
    }
    wake();
  };
  const removers = [
    connection.onAny(put),
    connection.onGap((data) => put({ event: 'pushwire:gap', data, id: data.cursor })),
    connection.onError((error) => (lastError = error)),
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
        } else if (isClosed(connection)) {
          const { status, end } = connection;
          if (status === 'failed') throw lastError;
          const { outcome } = end ?? {};
          if (outcome === 'failed' || outcome === 'lost') throw new PushwireError(`run-${outcome}`, { cause: end });
          return;
        } else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      for (const remove of removers) remove();
    }
  }
  return read();
}
