import { isAbort } from '../checks/errors';
import type { Admission, Place } from '../delivery/admission';
import type { HubRefusal } from '../delivery/close-reason';
import type { TransportName } from '../encoders/transport-name';
import type { Engine } from '../hub/engine';
import type { PendingRequest } from '../hub/pending-requests';
import type { Timed, TimerWheel } from '../time/timer-wheel';
import type { Exchange } from './exchange';
import { admissionFor, findEarlyRefusal, forbidden } from './refusal';
import type { PendingOptions } from './transport';

/** Thrown by a wait that ends before the app's function has settled. */
export class Refused extends Error {
  constructor(
    readonly engine: Engine,
    /** `gone` if the client has left. */
    readonly reason: HubRefusal | 'gone',
  ) {
    super(reason);
  }
}

/** The pending exchange of a request, if an earlier function has made it one. */
function pendingOf<Request>({ sink }: Exchange<Request>): PendingExchange<Request> | undefined {
  return sink.place instanceof PendingExchange ? sink.place : undefined;
}

/**
 * Waits for the promise that a source or `authorize` has returned. The request is pending from the
 * first of them on.
 *
 * @param discard gets a result that comes too late.
 * @throws Refused if the hub has no room, if it closes, if the client leaves, or if time is up.
 */
export function waitFor<Request, T>(
  settling: PromiseLike<T>,
  engine: Engine,
  exchange: Exchange<Request>,
  transport: TransportName | 'post',
  options: PendingOptions,
  discard?: Discard<T>,
): Promise<T> {
  let pending: PendingExchange<Request>;
  try {
    pending = pendingOf(exchange) ?? new PendingExchange(engine, exchange, transport, options);
  } catch (refused) {
    discardLate(settling, engine, discard);
    exchange.closing.abort();
    throw refused;
  }
  return pending.wait(settling, discard);
}

/** Moves a pending exchange to the hub that its source's channels belong to. */
export function moveTo<Request>(engine: Engine, exchange: Exchange<Request>): void {
  pendingOf(exchange)?.moveTo(engine);
}

/** Discards a result that comes too late, and reports an error that does. */
async function discardLate<T>(
  settling: PromiseLike<T>,
  { observer }: Engine,
  discard: Discard<T> | undefined,
): Promise<void> {
  try {
    const late = await settling;
    await discard?.(late);
  } catch (error) {
    if (!isAbort(error)) observer.failed(error, 'a source, `authorize` or `initial` threw too late');
  }
}

type Discard<T> = (late: T) => unknown;

/**
 * A request whose source or `authorize` has returned a promise. It holds a place within the hub's
 * limits until it is answered or becomes a connection. While the promise is pending, it has a
 * limited time, and the hub's `close()` answers it.
 */
class PendingExchange<Request> implements PendingRequest, Place, Timed {
  admission: Admission;
  #engine: Engine;
  readonly #timers: TimerWheel;
  readonly #sourceTimeout: number;
  /** The time at which the app's functions must have settled, in ms on the clock of the timers. */
  readonly #deadline: number;
  #hasPlace = false;
  #reject: ((refusal: Error) => void) | undefined;
  #refusal: Error | undefined;

  /** @throws Refused if the hub has no room. */
  constructor(
    engine: Engine,
    readonly exchange: Exchange<Request>,
    readonly transport: TransportName | 'post',
    { sourceTimeout = engine.settings.sourceTimeout }: PendingOptions,
  ) {
    const { sink } = exchange;
    this.#engine = engine;
    this.#timers = engine.timers;
    this.#sourceTimeout = sourceTimeout;
    this.#deadline = engine.clock.now() + sourceTimeout;
    this.admission = this.#enter();
    sink.listener = { onDrain() {}, onClose: () => this.refuse('gone') };
    if (sink.gone) this.refuse('gone');
  }

  #enter(): Admission {
    const { exchange, transport } = this;
    const engine = this.#engine;
    const refusal = findEarlyRefusal(engine, exchange, transport);
    if (refusal) throw new Refused(engine, refusal);
    const admission = admissionFor(engine, transport);
    admission.enter(exchange.sink.client);
    this.#hasPlace = true;
    exchange.sink.place = this;
    return admission;
  }

  /** Takes a place in the hub that the source's channels belong to, if it is another one. */
  moveTo(engine: Engine): void {
    if (engine === this.#engine) return;
    this.leave();
    this.#engine = engine;
    this.admission = this.#enter();
  }

  /** Gives the place back: to another request, or to the connection that this one becomes. */
  leave(): void {
    if (!this.#hasPlace) return;
    this.#hasPlace = false;
    const { sink } = this.exchange;
    sink.place = undefined;
    this.#stopWaiting();
    this.admission.leave(sink.client);
  }

  /**
   * Waits for the promise of an app's function.
   *
   * @param discard gets a result that comes too late.
   * @throws Refused if the client leaves, the hub closes, or time is up before that.
   */
  wait<T>(settling: PromiseLike<T>, discard?: Discard<T>): Promise<T> {
    this.#engine.pending.add(this);
    if (this.#deadline !== Number.POSITIVE_INFINITY) {
      this.#timers.add(this, this.#deadline - this.#timers.clock.now());
    }
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      settling.then(
        (result) => {
          if (this.#refusal) return discardLate(Promise.resolve(result), this.#engine, discard);
          this.#stopWaiting();
          resolve(result);
        },
        (error) => {
          if (!this.#refusal) reject(error);
          else discardLate(Promise.reject(error), this.#engine, discard);
        },
      );
      if (this.#refusal) reject(this.#refusal);
    });
  }

  #stopWaiting(): void {
    this.#reject = undefined;
    this.#timers.remove(this);
    this.#engine.pending.remove(this);
  }

  tick(): undefined {
    const error = new Error(
      `the source, authorize or initial did not settle within ${this.#sourceTimeout} ms (sourceTimeout)`,
    );
    this.#engine.observer.failed(error, 'a request was refused');
    this.refuse('unavailable');
  }

  get client(): string | undefined {
    return this.exchange.sink.client;
  }

  refuse(reason: HubRefusal | 'gone'): void {
    this.#end(new Refused(this.#engine, reason));
  }

  forbid(): void {
    this.#engine.observer.refused(this.transport, 'forbidden');
    this.#end(forbidden());
  }

  /** The engine forgets the exchange when it is answered: then it leaves its place. */
  #end(refusal: Error): void {
    if (this.#refusal) return;
    this.#refusal = refusal;
    this.#reject?.(refusal);
    this.exchange.closing.abort();
  }
}
