import type { Channel } from '../hub/channel';
import { misuse, PushwireError } from '../checks/errors';
import type { Hub } from '../hub/hub';
import type { TransportName } from '../transports/negotiate';
import type { Stream } from '../delivery/stream';
import type { Visited } from '../time/timer-wheel';
import type { ConnectionOptions } from './connection-options';
import type { Visit } from './exchange';

type Authorize<Request> = NonNullable<ConnectionOptions<Request>['authorize']>;

/** The share of the time between two questions by which they are spread: who came together is not asked for together. */
const spread = 0.2;

/**
 * Asks the app whether a visitor may have what it came for.
 *
 * @throws PushwireError `forbidden`, and what the app throws.
 */
export async function authorizeVisit<Request>(
  authorize: Authorize<Request> | undefined,
  { request }: Visit<Request>,
  channels: readonly Channel[],
  hub: Hub,
  transport: TransportName | 'post',
): Promise<void> {
  if (authorize === undefined || (await isAllowed(authorize, request, channels))) return;
  hub.telemetry.refused(transport, 'forbidden');
  throw new PushwireError('forbidden', 'This client may not have this stream.', { status: 403 });
}

/** Asks again from time to time, while a stream goes on, and ends it when the answer is no. */
export class Reauthorization<Request> implements Visited {
  #asking = false;

  constructor(
    readonly stream: Stream,
    readonly every: number,
    readonly authorize: Authorize<Request>,
    readonly request: Request,
    readonly channels: readonly Channel[],
    readonly failed: (error: unknown) => void,
  ) {
    const { wheel } = stream.host;
    wheel.add(this, every * (1 - Math.random() * spread));
    stream.closing.then(() => wheel.remove(this));
  }

  visit(): number | undefined {
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
      if (!(await isAllowed(this.authorize, this.request, this.channels))) this.stream.forbid();
    } catch (error) {
      this.#fail(error);
    }
    this.#asking = false;
  }

  #fail(error: unknown): void {
    if (this.stream.reason !== undefined) return;
    this.stream.forbid();
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
