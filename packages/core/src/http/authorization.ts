import { misuse, PushwireError } from '../checks/errors';
import type { Stream } from '../delivery/stream';
import type { TransportName } from '../encoders/transport-name';
import type { Channel } from '../hub/channel';
import type { Engine } from '../hub/engine';
import type { Timed } from '../time/timer-wheel';
import type { ConnectionOptions } from './connection-options';
import type { Exchange } from './exchange';

type Authorize<Request> = NonNullable<ConnectionOptions<Request>['authorize']>;

/** The share of the time between two questions by which they are spread: who came together is not asked for together. */
const spread = 0.2;

/**
 * Asks the app whether a visitor may have what it came for.
 *
 * @throws PushwireError `forbidden`, and what the app throws.
 */
export async function authorizeExchange<Request>(
  authorize: Authorize<Request> | undefined,
  { request }: Exchange<Request>,
  channels: readonly Channel[],
  engine: Engine,
  transport: TransportName | 'post',
): Promise<void> {
  if (authorize === undefined || (await isAllowed(authorize, request, channels))) return;
  engine.observer.refused(transport, 'forbidden');
  throw new PushwireError('forbidden', 'This client may not have this stream.', { status: 403 });
}

/** Asks again from time to time, while a stream goes on, and ends it when the answer is no. */
export class Reauthorization<Request> implements Timed {
  #asking = false;

  constructor(
    readonly stream: Stream,
    readonly every: number,
    readonly authorize: Authorize<Request>,
    readonly request: Request,
    readonly channels: readonly Channel[],
    readonly failed: (error: unknown) => void,
  ) {
    const { timers } = stream.host;
    timers.add(this, every * (1 - Math.random() * spread));
    stream.closed.then(() => timers.remove(this));
  }

  tick(): number | undefined {
    if (this.stream.reason !== undefined) return undefined;
    if (this.#asking) {
      this.#fail(new Error(`authorize gave no answer within ${this.every} ms`));
      return undefined;
    }
    this.#ask();
    return this.every;
  }

  async #ask(): Promise<void> {
    this.#asking = true;
    try {
      if (!(await isAllowed(this.authorize, this.request, this.channels))) this.stream.close('forbidden');
    } catch (error) {
      this.#fail(error);
    }
    this.#asking = false;
  }

  #fail(error: unknown): void {
    if (this.stream.reason !== undefined) return;
    this.stream.close('forbidden');
    this.failed(error);
  }
}

async function isAllowed<Request>(
  authorize: Authorize<Request>,
  request: Request,
  channels: readonly Channel[],
): Promise<boolean> {
  const answer: unknown = await authorize(request, channels);
  if (typeof answer !== 'boolean') throw misuse('authorize', 'true or false', answer);
  return answer;
}
