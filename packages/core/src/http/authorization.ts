import { isPromise, misuse } from '../checks/errors';
import type { Stream } from '../delivery/stream';
import type { TransportName } from '../encoders/transport-name';
import type { Channel } from '../hub/channel';
import type { Engine } from '../hub/engine';
import { captureContext } from '../time/async-context';
import type { Timed } from '../time/timer-wheel';
import type { ConnectionOptions } from './connection-options';
import type { Exchange } from './exchange';
import { Refused, waitFor } from './pending-exchange';
import { findEarlyRefusal, forbidden } from './refusal';
import { runOf } from './run-log';
import { stateOf } from './state-feed';

type Authorize<Request> = NonNullable<ConnectionOptions<Request>['authorize']>;

/**
 * The first check comes up to this share of the interval earlier, at random. Clients that connected
 * together are then not checked together.
 */
const spread = 0.2;

/** The settings of a route that {@link authorizeExchange} uses. */
type AuthorizeOptions<Request> = Pick<ConnectionOptions<Request>, 'authorize' | 'sourceTimeout'>;

/**
 * Asks the app whether a client may have these channels. Without `authorize`, it may.
 *
 * @throws PushwireError `forbidden` when it may not, and whatever `authorize` throws.
 * @throws Refused if the hub has no room, or if the wait for `authorize` ends early.
 */
export async function authorizeExchange<Request>(
  { authorize, sourceTimeout }: AuthorizeOptions<Request>,
  exchange: Exchange<Request>,
  channels: readonly Channel[],
  engine: Engine,
  transport: TransportName | 'post',
): Promise<void> {
  if (authorize === undefined) return;
  const refusal = findEarlyRefusal(engine, exchange, transport);
  if (refusal) throw new Refused(engine, refusal);
  const answer = ask(authorize, exchange.request, channels);
  if (isPromise(answer)) {
    if (checkAnswer(await waitFor(answer, engine, exchange, transport, { sourceTimeout }))) return;
  } else if (checkAnswer(answer)) return;
  engine.observer.refused(transport, 'forbidden');
  throw forbidden();
}

/** Asks again at an interval while a stream is open. Closes the stream when the answer is no. */
export class Reauthorization implements Timed {
  /** The context of the request. The timer that asks is shared among all requests. */
  readonly #inContext = captureContext();
  #isAsking = false;

  constructor(
    readonly stream: Stream,
    /** Milliseconds between two questions. */
    readonly interval: number,
    readonly ask: () => Promise<boolean>,
    readonly onError: (error: unknown) => void,
  ) {
    const { timers } = stream.host;
    timers.add(this, interval * (1 - Math.random() * spread));
    stream.closed.then(() => timers.remove(this));
  }

  tick(): number | undefined {
    if (this.stream.reason !== undefined) return undefined;
    if (this.#isAsking) {
      this.#inContext(() => this.#fail(new Error(`authorize did not answer within ${this.interval} ms`)));
      return undefined;
    }
    this.#inContext(() => this.#check());
    return this.interval;
  }

  async #check(): Promise<void> {
    this.#isAsking = true;
    try {
      if (!(await this.ask())) this.stream.close('forbidden');
    } catch (error) {
      this.#fail(error);
    }
    this.#isAsking = false;
  }

  #fail(error: unknown): void {
    if (this.stream.reason !== undefined) return;
    this.stream.close('forbidden');
    this.onError(error);
  }
}

/** @throws TypeError for an answer that is not a boolean, and whatever `authorize` throws. */
export async function isAuthorized<Request>(
  authorize: Authorize<Request>,
  request: Request,
  channels: readonly Channel[],
): Promise<boolean> {
  return checkAnswer(await ask(authorize, request, channels));
}

/** Runs and states are no channels: the app gets no channels, and the run or state beside them. */
function ask<Request>(authorize: Authorize<Request>, request: Request, channels: readonly Channel[]) {
  const whole = runOf(channels) ?? stateOf(channels);
  return whole ? authorize(request, [], whole) : authorize(request, channels);
}

function checkAnswer(answer: unknown): boolean {
  if (typeof answer !== 'boolean') throw misuse('authorize', 'true or false', answer);
  return answer;
}
