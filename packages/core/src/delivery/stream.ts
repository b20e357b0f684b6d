import { byteLengthOf, type Chunk, joined } from '../encoders/chunk';
import type { Encoder } from '../encoders/encoder';
import type { HandOut } from '../encoders/shared-deflate';
import type { TransportName } from '../encoders/transport-name';
import { spreadRetry } from '../time/retry-delay';
import { Connection, type ConnectionHost } from './connection';
import { encodeOpening } from './openings';
import { type ForeignHead, type Sink, writeChunk } from './sink';
import type { StreamSettings } from './stream-settings';

/** The share of the heartbeat interval by which heartbeats are spread over time. */
const spread = 0.2;

/** A socket that takes nothing. */
interface Stall {
  /** The bytes that were pending at the last tick. */
  readonly pending: number;
  /** The time at which the socket last made progress, in ms. */
  readonly since: number;
}

/**
 * A connection whose response stays open. It starts with an opening, and sends heartbeats while it
 * is silent. {@link EndingStream} says how it ends.
 *
 * It and its subclasses have no methods with `#`. Each class with such a method takes 8 bytes of
 * each connection.
 */
export abstract class Stream extends Connection {
  /** The time of the last write in whole ms, or -1 before the first. */
  #lastWrite = -1;
  /** Counted only where `maxBytes` is finite. */
  #bytesLeft: number;
  #begun = false;
  /** Absent while nothing is pending at a tick. */
  #stall: Stall | undefined;

  constructor(
    host: ConnectionHost,
    readonly encoder: Encoder,
    sink: Sink,
    readonly settings: StreamSettings,
  ) {
    super(host, sink);
    this.#bytesLeft = Number.isFinite(settings.maxBytes) ? settings.maxBytes : 0;
  }

  get transport(): TransportName {
    return this.encoder.transport;
  }

  /**
   * Makes the opening. It comes before the head, since the app's mapping of it may throw.
   *
   * @param from the cursor that the client sent.
   */
  protected opening(cursor: string | undefined, from: string | undefined): Chunk {
    const { heartbeat, retry, padding } = this.settings;
    return encodeOpening(this.encoder, { cursor, from, heartbeat, retry: spreadRetry(retry, Math.random()), padding });
  }

  /** Sends the head. The time is read once, since to read it is a part of the cost of a stream. */
  protected begin(now = this.host.timers.clock.now()): void {
    const { heartbeat } = this.settings;
    this.#begun = true;
    this.sink.begin(this.encoder.contentType, this.settings.fastPath, this.foreignHead);
    const early = Math.random() * spread * heartbeat;
    this.host.timers.add(this, Math.min(heartbeat - early, this.endsAt - now), now);
  }

  /** The part of the head that only this client gets. Absent for ours. */
  protected get foreignHead(): ForeignHead | undefined {
    return this.encoder.foreign;
  }

  /** The time at which it ends by itself, in ms on the clock. */
  protected get endsAt(): number {
    return Number.POSITIVE_INFINITY;
  }

  /** True once the head is sent. */
  override get begun(): boolean {
    return this.#begun;
  }

  protected get full(): boolean {
    return this.sink.pending > this.settings.highWaterMark;
  }

  /** True once it has sent `maxBytes`. */
  protected get spent(): boolean {
    return this.settings.maxBytes !== Number.POSITIVE_INFINITY && this.#bytesLeft <= 0;
  }

  /**
   * Writes bytes that are for this connection alone.
   *
   * @param messages the number of messages in them.
   */
  protected write(chunks: readonly Chunk[], messages = 0): void {
    const chunk = joined(chunks);
    const size = byteLengthOf(chunk);
    if (size === 0 && this.#lastWrite >= 0) return;
    this.#lastWrite = this.wholeMs();
    // Without bytes in the opening, the client would wait for the head until the first message.
    if (size === 0) this.sink.flushHead?.();
    if (size === 0) return;
    this.host.observer.wrote(this, 1, messages, size);
    this.spend(size);
    if (this.sink.writeParts) this.sink.writeParts(chunks);
    else writeChunk(this.sink, chunk, size);
  }

  /** Writes bytes that the caller counts. A group counts those of all its members at once. */
  protected writeUncounted(bytes: Uint8Array, handOut?: HandOut): void {
    this.spend(bytes.byteLength);
    this.sink.write(bytes, handOut);
  }

  private spend(bytes: number): void {
    if (this.settings.maxBytes !== Number.POSITIVE_INFINITY) this.#bytesLeft -= bytes;
  }

  /** The time of the last write, in ms on the clock. */
  protected get lastWrite(): number {
    return this.host.created + this.#lastWrite;
  }

  tick(now: number): number | undefined {
    if (this.reason !== undefined) {
      // The peer has had enough time to take the last bytes.
      this.sink.destroy();
      return undefined;
    }
    if (this.isStuck(now)) {
      this.startClosing('stalled');
      this.sink.destroy();
      return undefined;
    }
    const { heartbeat } = this.settings;
    const silent = now - this.lastWrite;
    // A recent write serves as a heartbeat. A full socket needs none.
    if (silent < heartbeat * (1 - spread)) return heartbeat - silent;
    if (this.sink.pending === 0) this.write([this.encoder.heartbeat]);
    return heartbeat;
  }

  /**
   * Returns true if the peer takes nothing. Bytes count as taken when the socket has taken a whole
   * write.
   */
  private isStuck(now: number): boolean {
    const { pending } = this.sink;
    if (pending === 0) this.#stall = undefined;
    else if (pending !== this.#stall?.pending) this.#stall = { pending, since: now };
    return this.#stall !== undefined && now - this.#stall.since >= this.settings.stallTimeout;
  }

  onDrain(): void {
    this.#stall = undefined;
  }
}
