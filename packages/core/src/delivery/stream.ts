import { bytesOf, type Chunk } from '../encoders/chunk';
import type { Encoder } from '../encoders/encoder';
import type { TransportName } from '../encoders/transport-name';
import { minRetry, spreadRetry } from '../time/retry-delay';
import type { CloseReason } from './close-reason';
import { Connection, type ConnectionHost } from './connection';
import type { Sink } from './sink';

/** Settings of one stream. */
export interface StreamSettings {
  /** Milliseconds of silence after which a heartbeat goes out. */
  readonly heartbeat: number;
  /** Milliseconds after which the client should come back, before they are spread. */
  readonly retry: number;
  /** Milliseconds that are waited for more when something was published. */
  readonly batchDelay: number;
  /** Bytes of filling at the start. */
  readonly padding: number;
  /** Unsent bytes from which on nothing more is written until the socket has taken them. */
  readonly highWaterMark: number;
  /** Whether bytes may go past a response to its socket. */
  readonly fastPath: boolean;
  /** Milliseconds after which a stream from a log ends and the client comes back; `Infinity` for none. */
  readonly maxAge: number;
  /** Milliseconds after which a client is closed that takes nothing of what was sent. */
  readonly stallTimeout: number;
  /** What becomes of a client that is so slow that the log moves past it. */
  readonly overrun: 'gap' | 'disconnect';
  /** Bytes after which the stream ends and the client comes back; `Infinity` for none. */
  readonly maxBytes: number;
}

/** The share of a heartbeat interval by which beats are spread, so that they do not all fall into one turn. */
const spread = 0.2;

/** A connection whose response goes on: it is opened, beats while it is silent, and ends with some last words. */
export abstract class Stream extends Connection {
  #lastWrite = 0;
  #bytesLeft: number;
  #begun = false;
  /** The bytes that were pending at the last tick, and the time since which none of them was taken. */
  #pending = 0;
  #stuckSince = 0;

  constructor(
    host: ConnectionHost,
    readonly encoder: Encoder,
    sink: Sink,
    readonly settings: StreamSettings,
  ) {
    super(host, sink);
    this.#bytesLeft = settings.maxBytes;
  }

  get transport(): TransportName {
    return this.encoder.transport;
  }

  /** Sends the head, and gives what opens the stream. */
  protected begin(cursor?: string): Chunk {
    const { heartbeat, retry, padding } = this.settings;
    this.#begun = true;
    this.sink.begin(this.encoder.contentType, this.settings.fastPath);
    const early = Math.random() * spread * heartbeat;
    this.host.timers.add(this, heartbeat - early);
    const opening = { heartbeat, retry: spreadRetry(retry, Math.random()), padding };
    return this.encoder.open({ ...opening, ...(cursor !== undefined && { cursor }) });
  }

  /** Whether its head is out. */
  get begun(): boolean {
    return this.#begun;
  }

  protected get full(): boolean {
    return this.sink.pending > this.settings.highWaterMark;
  }

  /** Whether it has sent as many bytes as it may. */
  protected get spent(): boolean {
    return this.settings.maxBytes !== Number.POSITIVE_INFINITY && this.#bytesLeft <= 0;
  }

  /** Writes what is for this connection alone, with so many messages in it. */
  protected write(chunks: readonly Chunk[], messages = 0): void {
    const bytes = bytesOf(chunks);
    if (bytes.byteLength === 0) return;
    this.#lastWrite = this.host.timers.clock.now();
    this.host.observer.wrote(this, 1, messages, bytes.byteLength);
    this.pass(bytes);
  }

  /** Writes bytes that are counted, and whose time is known, elsewhere. */
  protected pass(bytes: Uint8Array): void {
    if (this.settings.maxBytes !== Number.POSITIVE_INFINITY) this.#bytesLeft -= bytes.byteLength;
    this.sink.write(bytes);
  }

  /** When something was last written to it, in ms on the clock. */
  protected get lastWrite(): number {
    return this.#lastWrite;
  }

  tick(now: number): number | undefined {
    if (this.reason !== undefined) {
      // The peer had enough time for the last words.
      this.sink.destroy();
      return undefined;
    }
    if (this.#isStuck(now)) {
      this.startClosing('stalled');
      this.sink.destroy();
      return undefined;
    }
    const { heartbeat } = this.settings;
    const silent = now - this.lastWrite;
    // Any recent write is as good as a heartbeat, and a full socket needs none.
    if (silent < heartbeat * (1 - spread)) return heartbeat - silent;
    if (this.sink.pending === 0) this.write([this.encoder.heartbeat]);
    return heartbeat;
  }

  /** Only whole writes count as taken, so this finds peers that take nothing, not slow ones. */
  #isStuck(now: number): boolean {
    const { pending } = this.sink;
    if (pending === 0 || pending !== this.#pending) {
      this.#pending = pending;
      this.#stuckSince = now;
    }
    return now - this.#stuckSince >= this.settings.stallTimeout;
  }

  onDrain(): void {
    this.#pending = 0;
  }

  /** Sends the last words for the reason, and ends the response. */
  close(reason: CloseReason): void {
    this.closeWith(reason, [this.lastWords(reason)]);
  }

  /** The event that tells a client the reason. Every reason but `ended` and `failed` asks it to come back. */
  protected lastWords(reason: CloseReason): Chunk {
    return reason === 'failed' ? this.encoder.error() : this.encoder.retry(reason, this.#retryAfter(reason));
  }

  /** Milliseconds after which a client comes back. Nothing is wrong with a server that ends a stream by plan. */
  #retryAfter(reason: CloseReason): number {
    if (reason === 'spent') return 0;
    if (reason === 'aged' || reason === 'forbidden') return minRetry;
    return spreadRetry(this.settings.retry, Math.random());
  }

  /** Ends the response after these bytes, with so many messages in them. */
  protected closeWith(reason: CloseReason, lastWords: readonly Chunk[], messages = 0): void {
    if (this.reason !== undefined) return;
    if (!this.#begun) this.sink.begin(this.encoder.contentType);
    this.write(lastWords, messages);
    this.startClosing(reason);
    this.endSink(reason);
  }

  /** Ends the sink. A peer that does not take the last bytes is cut off after the stall timeout. */
  protected endSink(reason: CloseReason): void {
    this.host.timers.add(this, this.settings.stallTimeout);
    this.sink.end(reason);
  }
}
