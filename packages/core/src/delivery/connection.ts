import type { Limits } from './admission';
import type { TransportName } from '../transports/negotiate';
import type { CloseReason } from './close-reason';
import type { Sink, SinkListener } from './sink';
import type { Audience, Telemetry } from '../hub/telemetry';
import type { Visited, Wheel } from '../time/timer-wheel';

/** What a connection needs of the hub. */
export interface ConnectionHost {
  readonly wheel: Wheel;
  readonly limits: Limits;
  readonly telemetry: Telemetry;
  attach(connection: Connection): void;
  detach(connection: Connection): void;
}

/** One attached client, while it is attached. What it is sent, and when, is for the kinds of connection to say. */
export abstract class Connection implements SinkListener, Visited, Audience {
  #reason: CloseReason | undefined;
  #isClosed = false;
  #whenClosed: ((reason: CloseReason) => void)[] | undefined;

  constructor(
    readonly host: ConnectionHost,
    /** Where its bytes go; it may change while nothing is pending. */
    public sink: Sink,
  ) {}

  /** By which transport it is served. */
  abstract readonly transport: TransportName;

  /** Names of the channels that it follows; none where it is fed by an async iterable or by the app. */
  get channels(): readonly string[] {
    return [];
  }

  /** Why it is over; `undefined` while it is not. */
  get reason(): CloseReason | undefined {
    return this.#reason;
  }

  /** Settles when the connection is over and its last bytes are out. Made on demand: an idle connection need not hold a promise. */
  get closing(): Promise<CloseReason> {
    if (this.#reason !== undefined && this.#isClosed) return Promise.resolve(this.#reason);
    const waiting = (this.#whenClosed ??= []);
    return new Promise((resolve) => waiting.push(resolve));
  }

  protected attach(): void {
    this.sink.listener = this;
    this.host.attach(this);
  }

  /** Goes on over another sink, which is at the same place. */
  moveTo(sink: Sink): void {
    this.sink = sink;
    sink.listener = this;
  }

  /** Sends the client away, to come back elsewhere. */
  abstract drain(): void;

  abstract drained(): void;

  abstract visit(now: number): number | undefined;

  /** Lets go of what the kind of connection holds. */
  protected abstract release(reason: CloseReason): void;

  closed(reason: CloseReason = 'left'): void {
    this.over(reason);
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.host.wheel.remove(this);
    this.host.detach(this);
    for (const resolve of this.#whenClosed ?? []) resolve(this.#reason as CloseReason);
    this.#whenClosed = undefined;
  }

  protected over(reason: CloseReason): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.host.wheel.remove(this);
    this.release(reason);
  }
}
