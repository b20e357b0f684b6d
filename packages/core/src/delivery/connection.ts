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

/** A connection, as the hooks of an app get it. */
export interface PublicConnection {
  /** The transport that serves it. */
  readonly transport: TransportName;
  /** Names of the channels that it follows. Empty for a generator's stream and a raw WebSocket. */
  readonly channels: readonly string[];
  /** The reason for closing. `undefined` while it is open. */
  readonly reason: CloseReason | undefined;
  /** Resolves with the reason when the connection is closed. */
  readonly closed: Promise<CloseReason>;
}

/**
 * One attached client. Its subclasses decide what it is sent and when.
 *
 * ```
 *                  socket full
 *            ┌────────────────────▶ lagging
 *   open ─▶ live ◀─────────────────────┤
 *            │  log read to its head   │
 *            └────────────┬────────────┘
 *                         │ close(reason)
 *                         ▼
 *                      closing ───────────▶ closed
 *                               onClose()
 * ```
 *
 * - live: it gets each message together with its group.
 * - lagging: it has left its group, keeps only its positions, and reads on from the log when its
 *   socket drains. A client whose history does not fit into its socket starts here. Polls,
 *   generators' streams and raw WebSockets never lag.
 * - closing: `reason` is set, `release()` has run, and nothing new is sent. The sink sends what is
 *   left and ends. It is destroyed when the peer does not take that in time.
 * - closed: the sink has called `onClose()`, and `closed` has settled. When the peer leaves, any
 *   connection goes here directly. Its reason is `left`, unless it has one already.
 */
export abstract class Connection implements PublicConnection, SinkListener, Timed, Audience {
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

  /** The reason for closing. `undefined` while it is open. */
  get reason(): CloseReason | undefined {
    return this.#reason;
  }

  /**
   * Resolves with the reason when the connection is closed. The promise is made on demand, so that
   * an idle connection holds none.
   */
  get closed(): Promise<CloseReason> {
    if (this.#reason !== undefined && this.#isClosed) return Promise.resolve(this.#reason);
    const waiting = (this.#whenClosed ??= []);
    return new Promise((resolve) => waiting.push(resolve));
  }

  /** Adds the connection to its hub. */
  protected register(): void {
    this.sink.listener = this;
    // The place of the request becomes that of the connection.
    this.sink.place?.leave();
    this.host.add(this);
  }

  /** Closes the connection from this side. The client is told why, if its transport can say so. */
  abstract close(reason: CloseReason): void;

  /** Frees what the subclass holds. Called once, when the connection starts closing. */
  protected abstract release(): void;

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

  /** Sets the reason, after which nothing new is sent. Only the first reason counts. */
  protected startClosing(reason: CloseReason): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.host.timers.remove(this);
    this.release();
  }
}
