import type { TransportName } from '../encoders/transport-name';
import type { Message } from '../log/message';
import type { Timed, TimerWheel } from '../time/timer-wheel';
import type { CloseReason } from './close-reason';
import type { Audience, Observer } from './observer';
import type { PublicConnection, ServedConnection } from './public-connection';
import type { Sink, SinkListener } from './sink';

/** The parts of a hub that a connection uses. */
export interface ConnectionHost {
  readonly timers: TimerWheel;
  /** The largest message in bytes. */
  readonly maxMessageBytes: number;
  readonly observer: Observer;
  /** The time at which the hub was made, in ms on the clock. */
  readonly created: number;
  /** Makes the name by which an open connection can be found. */
  identify(connection: object): string;
  add(connection: Connection): void;
  remove(connection: Connection): void;
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
export abstract class Connection implements ServedConnection, SinkListener, Timed, Audience {
  slot: Timed['slot'];
  earlier: Timed | undefined;
  later: Timed | undefined;
  /** The connection of its hub that was opened before it. Only the hub's list sets both. */
  older: Connection | undefined;
  newer: Connection | undefined;
  #reason: CloseReason | undefined;
  /** Those who wait for the end. */
  #whenClosed: ((reason: CloseReason) => void)[] | 'closed' | undefined;
  /** The object that stands for it in the app. It is made on demand. */
  named: PublicConnection | undefined;
  readonly #age: number;

  constructor(
    readonly host: ConnectionHost,
    /** Carries its bytes. It changes only while no bytes are pending. */
    public sink: Sink,
  ) {
    this.#age = this.wholeMs();
  }

  /** A time in whole ms since the hub was made. Other numbers take up memory of their own. */
  protected wholeMs(time = this.host.timers.clock.now()): number {
    return Math.round(time - this.host.created);
  }

  /** The transport that serves it. */
  abstract readonly transport: TransportName;

  /** Names of the channels that it follows. Empty for a generator's stream and a raw WebSocket. */
  get channels(): readonly string[] {
    return [];
  }

  /** The time at which it was opened, in ms on the clock. */
  get since(): number {
    return this.host.created + this.#age;
  }

  /** True once the client may be sent to. */
  get begun(): boolean {
    return true;
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
    return new Promise((resolve) => this.onceClosed(resolve));
  }

  /** Calls a listener when the connection is closed, or at once if it is. */
  onceClosed(listener: (reason: CloseReason) => void): void {
    if (this.#whenClosed === 'closed') listener(this.#reason as CloseReason);
    // A list that is empty at first would get room for 17.
    else if (this.#whenClosed) this.#whenClosed.push(listener);
    else this.#whenClosed = [listener];
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

  /**
   * Sends a message to this client alone.
   *
   * @returns false if the caller should wait until the client takes more, or if it is closed.
   */
  abstract sendAlone(message: Message): boolean;

  /** Writes what was published before, if it keeps up with its channels. */
  flush(): void {}

  /** Settles when the client takes more, or when the connection is closing. */
  abstract ready(): Promise<void>;

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
    if (this.#whenClosed === 'closed') return;
    const waiting = this.#whenClosed;
    this.#whenClosed = 'closed';
    this.host.timers.remove(this);
    this.host.remove(this);
    for (const resolve of waiting ?? []) resolve(this.#reason as CloseReason);
  }

  /** Sets the reason, after which nothing new is sent. Only the first reason counts. */
  protected startClosing(reason: CloseReason): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.host.timers.remove(this);
    this.release();
  }
}
