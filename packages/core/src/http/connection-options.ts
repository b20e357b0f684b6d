import { aFunction, instanceOf, milliseconds, oneOf } from '../checks/check-options';
import type { CloseReason } from '../delivery/close-reason';
import type { PublicConnection } from '../delivery/public-connection';
import type { Channel } from '../hub/channel';
import { Hub } from '../hub/hub';
import type { Presence } from '../hub/presence';
import type { Run } from '../hub/run';
import type { State } from '../hub/state';
import { aStart, type Start } from '../log/start';
import type { Initial } from './initial';
import type { Presents } from './present';

/** The answer to a client whose run has never begun, or is kept no longer. */
export type UnknownRun = 204 | 404 | 'wait';

/** Options of every route, with any transport. */
export interface ConnectionOptions<Request> {
  /**
   * Decides whether a client may have these channels (none for an async generator), or this run,
   * state or presence. It is called before a client is connected, on each poll, and every
   * `reauthorize` ms on an open connection.
   *
   * `false` answers 403. On an open connection, `false` closes it, and the client gets the 403 when
   * it reconnects. An error goes to the framework before the client is connected. Afterwards it
   * goes to `onError` and counts as `false`, like an answer that takes longer than `reauthorize`.
   *
   * No default: every request that your middleware lets through is allowed.
   */
  authorize?: (
    request: Request,
    channels: readonly Channel[],
    source?: Run | State | Presence,
  ) => boolean | Promise<boolean>;
  /**
   * Milliseconds between two calls of `authorize` on an open connection. `Infinity` asks once only.
   * Defaults to 60000 ms.
   */
  reauthorize?: number;
  /**
   * Milliseconds in which the source and `authorize` must settle before a client is connected, and
   * in which `initial` must give its messages, or the next 64 KiB of them. For polls, all three
   * share this time. Otherwise the client is asked to come back later, and the context's `signal`
   * fires. `Infinity` for no limit. Defaults to the hub's, 30000 ms.
   */
  sourceTimeout?: number;
  /**
   * The start of a client in a channel that its cursor does not name, as when it has none:
   *
   * - `'now'`: with what is published from then on.
   * - `'oldest'`: with the oldest message that is kept.
   * - `{ last: n }`: with the last n messages of each channel.
   *
   * A source that gives an iterable of messages is refused with it, as with `initial`. Defaults to
   * `'now'` for channels, and to the very start of a run.
   */
  from?: Start;
  /**
   * The answer to a client of a run that has never begun, or is kept no longer:
   *
   * - `204`: as for a run that has ended. It stops an EventSource and `@pushwire/client`. Over a
   *   WebSocket, `pushwire:end` comes without an outcome, and the socket is closed with 1000. A
   *   client that comes back with a cursor has a part of the run, and is told that it is `lost`.
   * - `404`: the error `run-unknown` with this status, over a WebSocket too.
   * - `'wait'`: the client is connected, and gets the run when it begins.
   *
   * It does nothing for channels. Defaults to `204`.
   */
  unknownRun?: UnknownRun;
  /**
   * Joins the data of two neighbouring messages into that of one, or returns `undefined` to keep
   * both. It is called for messages with the same event name and the same kind of data: two
   * strings, two values of JSON, or two Buffers. The third argument is their event name.
   *
   * It is for what a client gets at once, because it comes late or is slow: 2000 tokens of a run
   * become one message, of at most 64 KiB of their data. The joined message has the `id` of its
   * last part. Live messages are never joined, so clients must be able to take the parts too.
   *
   * Clients at the same place share what it returns. It must not be async. If it throws, the
   * connection closes with `failed`, and a poll's error goes to the framework. No default: each
   * message comes alone.
   */
  join?(a: unknown, b: unknown, event: string | undefined): unknown;
  /**
   * Gives a client the messages that come before those of the channels, such as their state. It is
   * called for a client without a cursor, for channels that its cursor does not name, and again
   * after a gap. The place in the log is fixed when it is called, so what is published from then on
   * follows. Nothing is missed. Nothing comes twice either if it returns the state of that moment,
   * or if a message has the `id` of the last message that the state includes.
   *
   * It returns one message or several: an array, an iterable, an async iterable, or a promise of
   * one of these. A message is a string or `{ data, event?, id? }`. An error goes to the framework
   * before the head is sent. Afterwards, and on WebSockets, it goes to `onError`, the connection
   * closes, and the client gets the messages again when it comes back. They go out in parts of
   * 64 KiB, each of which must come within `sourceTimeout`.
   *
   * No default: a client gets the messages of the channels alone.
   */
  initial?: Initial<Request>;
  /**
   * The hub that the streams of an async generator belong to: they use its clock and limits, and
   * its `close()` ends them. Defaults to none: the streams end when their server has stopped
   * listening and a hub of the process closes, in either order.
   *
   * It is also the hub of a request whose source has not settled yet. For these it defaults to the
   * only open hub of the process.
   */
  hub?: Hub;
  /**
   * Tells who a client is to others. It is called when the client is connected, and each time a new
   * connection of it is. `hub.presence(name)` then has the member until `grace` ms after the last
   * of its connections has closed. If it throws, `onError` is called. No default.
   */
  presence?: (request: Request) => Presents | Promise<Presents>;
  /**
   * Called when a client is connected: its stream has begun, its WebSocket is open, or its first
   * poll has come. If it throws, `onError` is called. No default.
   */
  onOpen?(connection: PublicConnection, request: Request): unknown;
  /**
   * Called when that connection is closed. A client that disappears behind a proxy is often noticed
   * only by the next heartbeat, and one of polls when its `clientGrace` is over. If it throws,
   * `onError` is called. No default.
   */
  onClose?(reason: CloseReason, connection: PublicConnection, request: Request): unknown;
}

export const connectionChecks = {
  authorize: aFunction,
  reauthorize: milliseconds(1000, { infinity: true }),
  sourceTimeout: milliseconds(1, { infinity: true }),
  from: aStart,
  initial: aFunction,
  unknownRun: oneOf(204, 404, 'wait'),
  join: aFunction,
  hub: instanceOf('a hub', Hub),
  presence: aFunction,
  onOpen: aFunction,
  onClose: aFunction,
};
