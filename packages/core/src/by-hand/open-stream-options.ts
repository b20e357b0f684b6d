import { type Check, integer, oneOf } from '../checks/check-options';
import type { Dialect } from '../dialects/dialect';
import type { CometOptions } from '../transports/comet';
import { anObject } from '../transports/push';
import { type SseOptions, sseChecks } from '../transports/sse';
import type { StreamOptions } from '../transports/streaming-options';
import type { WebSocketOptions } from '../web-socket/options';

/** The transports of streams. Polls have `openPoll()`. */
export const streamTransports = ['sse', 'ndjson', 'comet', 'websocket'] as const;

/** A transport whose responses stay open. */
export type StreamTransport = (typeof streamTransports)[number];

/** The options of streams that only a source has. */
type OfSources = 'firstMessageTimeout' | 'batchDelay' | 'from' | 'initial' | 'unknownRun' | 'join' | 'compress';

/**
 * Options of `openStream()`. An object that is used for each request is checked only once, and
 * `messagesPerSecond` then counts all sockets of a client together.
 */
export interface OpenStreamOptions<Request> extends Omit<SseOptions<Request>, OfSources> {
  /**
   * The transport, whatever the client asks for. Defaults to the one that the client asks for, by
   * `?transport=` or by its `Accept` header.
   */
  transport?: StreamTransport;
  /**
   * The protocol of clients that do not know ours, such as an SDK, for event streams. `end()` is
   * its end, and `close('failed')` its word for a source that has failed, with the code
   * `source-failed`. Any other end cuts the connection, so that no part is taken for the whole.
   * The messages are numbered from 1, and `send()` throws what the dialect throws. Beside it,
   * `transport` is `sse` or absent, and `bare` is absent. No default.
   */
  dialect?: Dialect;
  /**
   * Bytes that may wait for a client that takes them too slowly. With more, the stream is closed
   * with the reason `overrun`. Await `ready()` to stay below. Defaults to the hub's,
   * 4194304 (4 MiB).
   */
  maxPending?: number;
  /** Further options of comet. Defaults to `{}`. */
  comet?: Omit<CometOptions<Request>, keyof StreamOptions<Request> | 'maxBytes'>;
  /**
   * Further options of WebSockets, such as `onMessage`, and of messages that clients POST. Defaults
   * to `{}`.
   */
  webSocket?: Omit<WebSocketOptions<Request>, keyof StreamOptions<Request>>;
}

// Messages by hand come from no channel, so there is no log to begin in.
const {
  firstMessageTimeout: _timeout,
  batchDelay: _delay,
  from: _from,
  initial: _initial,
  unknownRun: _unknownRun,
  join: _join,
  compress: _compress,
  ...commonChecks
} = sseChecks;

/** Makes a check for the options of one transport, without those that only sources have. */
function optionsWithout(...names: readonly string[]): Check {
  return (value) => {
    const found = names.find((name) => (value as Record<string, unknown> | undefined)?.[name] !== undefined);
    return anObject(value) ?? (found && `an object without ${found}, which needs a source`);
  };
}

const ofSources = [
  'firstMessageTimeout',
  'batchDelay',
  'from',
  'initial',
  'unknownRun',
  'join',
  'compress',
  'maxBytes',
] as const;

export const openStreamChecks = {
  ...commonChecks,
  transport: oneOf(...streamTransports),
  maxPending: integer(1),
  comet: optionsWithout(...ofSources),
  webSocket: optionsWithout(...ofSources),
};
