import { misuse, PushwireError } from '../checks/errors';
import type { Stream } from '../delivery/stream';
import type { TransportName } from '../encoders/transport-name';
import type { Channel } from '../hub/channel';
import type { Engine } from '../hub/engine';
import type { Timed } from '../time/timer-wheel';
import type { ConnectionOptions } from './connection-options';
import type { Exchange } from './exchange';

type Authorize<Request> = NonNullable<ConnectionOptions<Request>['authorize']>;

/**
 * The first check comes up to this share of the interval earlier, at random. Clients that connected
 * together are then not checked together.
 */
const spread = 0.2;

/**
 * Asks the app whether a client may have these channels. Without `authorize`, it may.
 *
 * @throws PushwireError `forbidden` when it may not, and whatever `authorize` throws.
 */
export async function authorizeExchange<Request>(
  authorize: Authorize<Request> | undefined,
  { request }: Exchange<Request>,
  channels: readonly Channel[],
  engine: Engine,
  transport: TransportName | 'post',
): Promise<void> {
  if (authorize === undefined || (await isAuthorized(authorize, request, channels))) return;
  engine.observer.refused(transport, 'forbidden');
  throw new PushwireError('forbidden', 'This client is not allowed here.', { status: 403 });
}

/** Asks again at an interval while a stream is open. Closes the stream when the answer is no. */
export class Reauthorization implements Timed {
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
      this.#fail(new Error(`authorize did not answer within ${this.interval} ms`));
      return undefined;
    }
    this.#check();
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
  const answer: unknown = await authorize(request, channels);
  if (typeof answer !== 'boolean') throw misuse('authorize', 'true or false', answer);
  return answer;
}
