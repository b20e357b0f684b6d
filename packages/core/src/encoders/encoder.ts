import type { Batch } from '../log/batch';
import type { Cursor } from '../log/cursor';
import type { Message } from '../log/message';
import type { Outcome } from '../log/outcome';
import type { Chunk } from './chunk';
import type { TransportName } from './transport-name';

/** The properties of a stream that its first event tells the client. */
export interface Opening {
  /** The cursor where the stream starts. Absent for a generator's stream. */
  readonly cursor?: string | undefined;
  /** The cursor that the client sent, as it came. Absent if none has come. */
  readonly from?: string | undefined;
  /** Milliseconds of silence after which a heartbeat comes. A client that gets none can give up. */
  readonly heartbeat: number;
  /** Milliseconds that the client waits before it reconnects. */
  readonly retry: number;
  /** Bytes of padding, for clients that hold back the first bytes. */
  readonly padding: number;
}

/** The place and the route of an opening, which many clients have in common. */
export type Place = Pick<Opening, 'cursor' | 'heartbeat' | 'padding'>;

/** The rules for clients that speak a protocol of their own. */
export interface ForeignClients {
  /** Headers beside those of all streams. */
  readonly headers: Readonly<Record<string, string>>;
  /** The same, and those that depend on the offset of the newest message. */
  headersAt(newest: number): Readonly<Record<string, string>>;
  /** False if a client without a place gets nothing of a source that has ended before it came. */
  readonly replaysEnded: boolean;
  /** False if a gap cannot be told. A client with one is refused or cut off. */
  readonly tellsGaps: boolean;
  /**
   * The answer to a client that has everything of a source that has completed: 204, or a stream of
   * the last words.
   */
  readonly whenFinished: 'no-content' | 'last-words';
  /**
   * Encodes the last bytes of a source that has ended, after the message with this offset.
   *
   * @returns `undefined` where only a connection that is cut tells the client.
   */
  lastWords(outcome: Outcome, offset: number | undefined): string | undefined;
  /** Reads the client's place from the query. `undefined` if it has none there. */
  placeOf(query: URLSearchParams): Cursor | undefined;
  /** Makes an encoder that numbers the messages of an iterable for one client. */
  forOne(): Encoder;
}

/**
 * Encodes messages and events as the bytes of one transport. It is pure: it has no timers and no
 * sockets, and makes the same bytes for every connection, so that connections can share them. Only
 * the opening may differ.
 */
export interface Encoder {
  /** Encoders with the same name make the same bytes, but for their openings. */
  readonly name: string;
  readonly transport: TransportName;
  readonly contentType: string;
  /**
   * True if the bytes have nothing of the protocol: no cursor, no gap, and no end. The ids that a
   * client sends are the app's own then.
   */
  readonly isBare?: true;
  /**
   * Present if clients take the end of the body for the end of the source. Then nothing else ends
   * it.
   */
  readonly foreign?: ForeignClients;
  open(opening: Opening): Chunk;
  /**
   * Makes the openings of all clients at one place, which differ in `retry` alone. Absent where
   * they differ in more.
   */
  openingsAt?(place: Place): (retry: number) => Chunk;
  batch(batch: Batch): Chunk;
  /** Encodes a message that is in no log, with the app's own id and retry. */
  message(message: Message, id?: string, retry?: number): Chunk;
  /**
   * Encodes a message to one client alone, amid those of logs, which leaves its cursor as it is.
   * Absent where that is the same as {@link message} without an id.
   */
  alone?(message: Message): Chunk;
  /** The bytes that keep a silent connection alive. Empty where something else does. */
  readonly heartbeat: Chunk;
  /** Encodes that a snapshot is complete. The client's cursor is this one from then on. */
  snapshot(cursor: string): Chunk;
  /**
   * Encodes the place alone, after a message that is not for the client, or after messages without
   * ids. Absent where the client of a dialect knows no such event.
   */
  moved?(cursor: string): Chunk;
  /**
   * Encodes the end of the source. A client that reconnects with this cursor is told again that
   * there is nothing more.
   *
   * @param outcome how a run has ended. Absent for other sources.
   */
  end(cursor: string, outcome?: Outcome): Chunk;
  /** Encodes the end of a connection whose client should reconnect after `retry` ms. */
  retry(reason: string, retry: number): Chunk;
  /** Encodes the failure of the source, without details. */
  error(): Chunk;
  /** Encodes a text that clients ignore. Absent where there are no comments. */
  comment?(text: string): Chunk;
  /** Encodes the milliseconds before a reconnection, alone. Absent where clients ignore them. */
  reconnection?(retry: number): Chunk;
  /** Encodes that the app has handled `count` more messages of the client. */
  received?(count: number): Chunk;
  /** Encodes that the connection follows other channels, from this cursor on. */
  topics?(cursor: string): Chunk;
  /** Encodes the JSON text of a frame that is for one client. Only WebSockets need it. */
  frame?(text: string): Chunk;
}

/** An encoder whose bytes are text. */
export interface TextualEncoder extends Encoder {
  open(opening: Opening): string;
  batch(batch: Batch): string;
  message(message: Message, id?: string, retry?: number): string;
  readonly heartbeat: string;
  snapshot(cursor: string): string;
  moved?(cursor: string): string;
  end(cursor: string, outcome?: Outcome): string;
  retry(reason: string, retry: number): string;
  error(): string;
}
