import { aFunction, integer, milliseconds } from '../checks/check-options';
import { aCompression, type CompressOptions } from '../encoders/compress-options';
import { type ConnectionOptions, connectionChecks } from '../http/connection-options';

/** Options of all streaming transports. Where a default is the hub's, `createHub()` sets it. */
export interface StreamOptions<Request> extends ConnectionOptions<Request> {
  /** Milliseconds of silence before a heartbeat is sent. Defaults to the hub's, 15000 ms. */
  heartbeat?: number;
  /**
   * Milliseconds that the client should wait before it reconnects, spread by a quarter. Defaults to
   * the hub's, 3000 ms.
   */
  retry?: number;
  /**
   * Bytes of padding at the start of each stream, up to 65536. Old polyfills ask for the 2048 bytes
   * that they need. Defaults to 0.
   */
  padding?: number;
  /**
   * Milliseconds to wait for the first message of an async generator before the headers are sent.
   * An error within that time goes to the framework, which can answer with any status. Defaults to
   * 1000 ms.
   */
  firstMessageTimeout?: number;
  /**
   * Milliseconds to wait for more messages after a publish, so that they go out in one write. With
   * 0, the messages of one turn of the event loop go out together. Defaults to the hub's, 0 ms.
   */
  batchDelay?: number;
  /**
   * Compresses streams of channels with gzip for clients that accept it, once for all clients of a
   * group. An object sets `level` and `window`. Defaults to the hub's, `false`.
   */
  compress?: boolean | CompressOptions;
  /**
   * Receives what a source or a hook throws after the stream has begun. Defaults to the app's
   * `error` event on Koa, and to the hub's `logger` elsewhere.
   */
  onError?: (error: unknown, request: Request) => void;
}

export const streamChecks = {
  ...connectionChecks,
  heartbeat: milliseconds(100),
  retry: milliseconds(500),
  batchDelay: milliseconds(0),
  compress: aCompression,
  padding: integer(0, { max: 65_536 }),
  firstMessageTimeout: milliseconds(0),
  onError: aFunction,
};
