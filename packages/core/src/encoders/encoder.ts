import type { Batch } from '../log/batch';
import type { Message } from '../log/message';
import type { Chunk } from './chunk';
import type { TransportName } from './transport-name';

/** What a stream says of itself before any message. */
export interface Opening {
  /** Where the stream starts; `undefined` on a stream without a log. */
  readonly cursor?: string;
  /** Milliseconds after which a silent stream sends something, so that the client can notice its death. */
  readonly heartbeat: number;
  /** Milliseconds that the client should wait before it comes back. */
  readonly retry: number;
  /** Bytes of filling for clients that hold back the first ones. */
  readonly padding: number;
}

/**
 * Turns what happens on a connection into the bytes of one transport. Pure: no timers, no sockets, and the same bytes
 * for everyone, so that they can serve many connections.
 */
export interface Encoder {
  /** Connections with encoders of the same name get the same bytes. */
  readonly name: string;
  readonly transport: TransportName;
  readonly contentType: string;
  open(opening: Opening): Chunk;
  batch(batch: Batch): Chunk;
  /** One message outside of any log, with the id and the retry that the app gave it. */
  message(message: Message, id?: string, retry?: number): Chunk;
  /** What keeps a silent connection alive; empty where something else does. */
  readonly heartbeat: Chunk;
  /** The source is finished: nothing will follow, ever. `cursor` says so when the client comes back with it. */
  end(cursor: string): Chunk;
  /** The server cannot go on now: come back after `retry` ms. */
  retry(reason: string, retry: number): Chunk;
  /** The source failed. Says nothing of the inside. */
  error(): Chunk;
}

/** A encoder whose bytes are text. */
export interface TextualEncoder extends Encoder {
  open(opening: Opening): string;
  batch(batch: Batch): string;
  message(message: Message, id?: string, retry?: number): string;
  readonly heartbeat: string;
  end(cursor: string): string;
  retry(reason: string, retry: number): string;
  error(): string;
}
