import { Connection, type ConnectionHost } from './connection';
import type { TransportName } from '../transports/negotiate';
import type { CloseReason } from './close-reason';
import { leastRetry, spreadRetry } from '../time/retry-delay';
import type { Sink } from './sink';
import { bytesOf, type Chunk } from '../encoders/chunk';
import type { Writer } from '../encoders/encoder';

/** Settings of one stream. */
export interface StreamSettings {
  /** Milliseconds of silence after which a heartbeat goes out. */
  readonly heartbeat: number;
  /** Milliseconds after which the client should come back, before they are spread. */
  readonly retry: number;
  /** Milliseconds that are waited for more when something was published. */
  readonly linger: number;
  /** Bytes of filling at the start. */
  readonly padding: number;
  /** Unsent bytes from which on nothing more is written until the socket has taken them. */
  readonly maxPending: number;
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
  /** What was pending at the last look, and since when nothing of it was taken. */
  #pending = 0;
  #stuckSince = 0;

  constructor(
    host: ConnectionHost,
    readonly writer: Writer,
    sink: Sink,
    readonly settings: StreamSettings,
  ) {
    super(host, sink);
    this.#bytesLeft = settings.maxBytes;
  }

  get transport(): TransportName {
    return this.writer.transport;
  }

  /** Sends the head, and gives what opens the stream. */
  protected begin(cursor?: string): Chunk {
    const { heartbeat, retry, padding } = this.settings;
    this.#begun = true;
    this.sink.begin(this.writer.contentType, this.settings.fastPath);
    const early = Math.random() * spread * heartbeat;
    this.host.wheel.add(this, heartbeat - early);
    const opening = { heartbeat, retry: spreadRetry(retry, Math.random()), padding };
    return this.writer.open({ ...opening, ...(cursor !== undefined && { cursor }) });
  }

  /** Whether its head is out. */
  get begun(): boolean {
    return this.#begun;
  }

  protected get full(): boolean {
    return this.sink.pending > this.settings.maxPending;
  }

  /** Whether it has sent as many bytes as it may. */
  protected get spent(): boolean {
    return this.settings.maxBytes !== Number.POSITIVE_INFINITY && this.#bytesLeft <= 0;
  }

  /** Writes what is for this connection alone, with so many messages in it. */
  protected write(chunks: readonly Chunk[], messages = 0): void {
    const bytes = bytesOf(chunks);
    if (bytes.byteLength === 0) return;
    this.#lastWrite = this.host.wheel.clock.now();
    this.host.telemetry.wrote(this, 1, messages, bytes.byteLength);
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

  visit(now: number): number | undefined {
    if (this.reason !== undefined) {
      // It had time enough for its last words.
      this.sink.destroy();
      return undefined;
    }
    if (this.#isStuck(now)) {
      this.over('stalled');
      this.sink.destroy();
      return undefined;
    }
    const { heartbeat } = this.settings;
    const silent = now - this.lastWrite;
    // Anything that was written lately is as good as a beat; and a full socket needs none.
    if (silent < heartbeat * (1 - spread)) return heartbeat - silent;
    if (this.sink.pending === 0) this.write([this.writer.heartbeat]);
    return heartbeat;
  }

  /** Only whole writes count as taken, so this is for peers that take nothing and not for slow ones. */
  #isStuck(now: number): boolean {
    const { pending } = this.sink;
    if (pending === 0 || pending !== this.#pending) {
      this.#pending = pending;
      this.#stuckSince = now;
    }
    return now - this.#stuckSince >= this.settings.stallTimeout;
  }

  drained(): void {
    this.#pending = 0;
  }

  /** Ends the connection from this side, with some last words. */
  close(reason: CloseReason, lastWords: readonly Chunk[], messages = 0): void {
    if (this.reason !== undefined) return;
    if (!this.#begun) this.sink.begin(this.writer.contentType);
    this.write(lastWords, messages);
    this.over(reason);
    this.endSink(reason);
  }

  /** No more bytes. Who does not take the last ones is not waited for much longer than anybody else. */
  protected endSink(reason: CloseReason): void {
    this.host.wheel.add(this, this.settings.stallTimeout);
    this.sink.end(reason);
  }

  drain(): void {
    this.sendAway('draining', spreadRetry(this.settings.retry, Math.random()));
  }

  /** It has no right to this any more. Whoever comes back is asked again, and gets a status that says so. */
  forbid(): void {
    this.sendAway('forbidden', leastRetry);
  }

  /** Ends the connection and asks its client to come back after so many ms. */
  protected sendAway(reason: CloseReason, retry: number): void {
    this.close(reason, [this.writer.later(reason, retry)]);
  }

  /** Leaves the response to somebody else, before anything was sent. */
  protected abandon(reason: CloseReason): void {
    this.sink.listener = undefined;
    this.over(reason);
    this.closed();
  }
}
