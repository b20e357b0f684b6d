import { bytesOf, type Chunk } from '../encoders/chunk';
import type { Compression, HandOut } from '../encoders/shared-deflate';
import type { Outcome } from '../log/outcome';
import type { Place } from './admission';
import type { CloseReason } from './close-reason';

/** Receives the events of a {@link Sink}. */
export interface SinkListener {
  /** The pending bytes have been sent. */
  onDrain(): void;
  /**
   * The sink is closed: the peer has left, or everything has been sent after `end`. Called once.
   *
   * @param reason the reason, if not that the peer left.
   */
  onClose(reason?: CloseReason): void;
  /** Another sink takes over from this one, at the same place of the stream. */
  moveTo?(sink: Sink): void;
}

/** The part of a head that only foreign clients get. */
export interface ForeignHead {
  /** Those that the app has set win. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The encodings of bodies that streams may have, apart from none (RFC 9110, 8.4). */
export type ContentEncoding = 'gzip';

/** Sends the bytes of one connection. It is the only I/O that a connection sees. */
export interface Sink {
  listener: SinkListener | undefined;
  /** The client's key, where connections are counted for each client. */
  readonly client?: string | undefined;
  /** The place of a request that is not a connection yet, if it holds one. */
  readonly place?: Place | undefined;
  /**
   * Bytes that were written and that the socket has not taken yet; 0 while the socket takes more.
   * When it is above 0, `onDrain` follows.
   */
  readonly pending: number;
  /** How the bytes of its group are compressed. Absent where they are not. */
  readonly compression?: Compression | undefined;
  /** True once the peer is known to have left. */
  readonly gone: boolean;
  /**
   * Sends the head of a stream. Called once, before the first `write`.
   *
   * @param fastPath allows direct writes to the socket, as long as the client gets the same body.
   * @param foreign its further headers, if the client takes a clean end for the end of the source.
   * The head then keeps to itself that the connection may close: after `Connection: close`, the
   * `fetch` of Node takes a connection that is cut for a clean end.
   * @param encoding the encoding of the body. Absent for none.
   */
  begin(contentType: string, fastPath?: boolean, foreign?: ForeignHead, encoding?: ContentEncoding): void;
  /** Sends the head without waiting for the first `write`. Absent where `begin` has sent it. */
  flushHead?(): void;
  /** @param handOut the same bytes, compressed for a group, for sinks with `compression`. */
  write(bytes: Uint8Array, handOut?: HandOut): void;
  /**
   * Writes chunks of which some are shared with clients that get them at another time. Absent where
   * they may as well be joined.
   */
  writeParts?(chunks: readonly Chunk[]): void;
  /** Writes ASCII text where that costs less than bytes do. Absent where it does not. */
  writeText?(text: string): void;
  /**
   * Ends the sink: no more bytes follow. `onClose` follows when everything has been sent.
   *
   * @param outcome how a run has ended, where that is why.
   */
  end(reason: CloseReason, outcome?: Outcome): void;
  /**
   * Closes the sink when everything has been sent, so that the peer sees that the end is missing.
   * `onClose` follows. Absent where `destroy` has to do.
   */
  cut?(reason: CloseReason): void;
  /** Closes the sink at once. Pending bytes are lost. `onClose` follows. */
  destroy(): void;
}

/** The longest text that Node writes to a socket without memory of its own. */
const maxText = 16_000;

/** @param size the bytes of the chunk. Text that has as many characters is ASCII. */
export function writeChunk(sink: Sink, chunk: Chunk, size: number): void {
  const isShortText = typeof chunk === 'string' && size === chunk.length && size <= maxText;
  if (isShortText && sink.writeText) sink.writeText(chunk);
  else sink.write(bytesOf([chunk]));
}

/** Sends one complete answer. */
export interface AnswerTarget {
  answer(status: number, headers: Readonly<Record<string, string>>, body?: Uint8Array): void;
  /** The held poll that it would answer is closed. Absent where nobody waits for that. */
  closed?(): void;
}

/**
 * The sink of one HTTP response. It sends a stream, or one complete answer in its place. `onClose`
 * follows either.
 */
export interface AnswerSink extends Sink, AnswerTarget {}
