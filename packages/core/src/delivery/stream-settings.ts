import type { Compression } from '../encoders/shared-deflate';
import type { Joining } from './joining';

/** Settings of one stream. */
export interface StreamSettings {
  /** Milliseconds of silence before a heartbeat. */
  readonly heartbeat: number;
  /** Milliseconds that a client should wait before it reconnects, before they are spread. */
  readonly retry: number;
  /** Milliseconds to wait for more messages before a write. */
  readonly batchDelay: number;
  /** Bytes of padding at the start. */
  readonly padding: number;
  /** Unsent bytes above which nothing is written until the socket drains. */
  readonly highWaterMark: number;
  /** Bytes of messages to this client alone that may wait for it. */
  readonly maxPending: number;
  /** Allows direct writes to the socket, past the response. */
  readonly fastPath: boolean;
  /** Milliseconds after which a channel's stream ends and the client reconnects, or `Infinity`. */
  readonly maxAge: number;
  /** Milliseconds after which a client that takes no bytes is closed. */
  readonly stallTimeout: number;
  /** The action for a slow client whose next messages were evicted. */
  readonly overrun: 'gap' | 'disconnect';
  /** Bytes after which the stream ends and the client reconnects, or `Infinity`. */
  readonly maxBytes: number;
  /** How it is compressed for clients that accept it. Absent or false for not at all. */
  readonly compression?: Compression | false | undefined;
  /** Joins messages that go out at once to a client that is not live. Absent on most routes. */
  readonly joining?: Joining | undefined;
}
