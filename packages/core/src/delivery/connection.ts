import type { TransportName } from '../encoders/transport-name';
import type { Timed, TimerWheel } from '../time/timer-wheel';
import type { CloseReason } from './close-reason';
import type { Audience, Observer } from './observer';
import type { Sink, SinkListener } from './sink';

/** The parts of a hub that a connection uses. */
export interface ConnectionHost {
  readonly timers: TimerWheel;
  /** The largest message in bytes. */
  readonly maxMessageBytes: number;
  readonly observer: Observer;
  add(connection: Connection): void;
  remove(connection: Connection): void;
}

/**
 * One attached client. Its subclasses decide what it is sent and when.
 *
 * ```
 *          socket full                 close(reason)           last bytes are out,
 *   live ───────────────▶ lagging ───────────────────▶ closing ─────────────────────▶ closed
 *    ▲                       │                            ▲    or the peer has left
 *    └───────────────────────┘                            │
 *     the log is read to its head                  close(reason) while live
 * ```
 *
 * - live: it gets each message with its group. Polls and generators know no lagging.
 * - lagging: it keeps its position only, and reads on from the log when its socket drains.
 * - closing: `reason` is set and nothing new is sent. The sink ends.
 * - closed: the sink has reported `onClose`, and `closed` has settled. A peer that leaves takes a
 *   connection here from any state, with the reason `left`.
 */
export abstract class Connection implements SinkListener, Timed, Audience {
  #reason: CloseReason | undefined;
  #isClosed = false;
  #whenClosed: ((reason: CloseReason) => void)[] | undefined;

  constructor(
    readonly host: ConnectionHost,
    /** Carries its bytes. It changes only while no bytes are pending. */
    public sink: Sink,
  ) {}

  /** The transport that serves it. */
  abstract readonly transport: TransportName;

  /** Names of the channels that it follows. Empty for a generator's stream and a raw WebSocket. */
  get channels(): readonly string[] {
    return [];
  }

  /** The reason for its end, or `undefined` before that. */
  get reason(): CloseReason | undefined {
    return this.#reason;
  }

  /** Settles when the connection is closed. It is made on demand: an idle connection holds no promise. */
  get closed(): Promise<CloseReason> {
    if (this.#reason !== undefined && this.#isClosed) return Promise.resolve(this.#reason);
    const waiting = (this.#whenClosed ??= []);
    return new Promise((resolve) => waiting.push(resolve));
  }

  /** Takes its place in the hub. */
  protected open(): void {
    this.sink.listener = this;
    this.host.add(this);
  }

  /** Ends the connection from this side. The client is told the reason where its transport can. */
  abstract close(reason: CloseReason): void;

  /** Frees what the subclass holds. */
  protected abstract release(reason: CloseReason): void;

  abstract tick(now: number): number | undefined;

  abstract onDrain(): void;

  moveTo(sink: Sink): void {
    this.sink = sink;
    sink.listener = this;
  }

  onClose(reason: CloseReason = 'left'): void {
    this.startClosing(reason);
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.host.timers.remove(this);
    this.host.remove(this);
    for (const resolve of this.#whenClosed ?? []) resolve(this.#reason as CloseReason);
    this.#whenClosed = undefined;
  }

  /** Sets the reason. Only the first one counts. */
  protected startClosing(reason: CloseReason): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.host.timers.remove(this);
    this.release(reason);
  }
}
