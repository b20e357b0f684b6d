import type { Clock } from '@pushwire/core/backplanes';
import { asFailure } from './failures';
import { Lifeline, type LifelineListener } from './reconnecting';
import type { Link, LinkMaker } from './redis-connection';
import { linkOf } from './first-connection';
import { Unanswered, type UnansweredBounds } from './pending-calls';

/** Hears what is announced on Pub/Sub channels. When it is up again, it must be told anew which. */
export class Announcements {
  readonly #lifeline: Lifeline;
  readonly #unanswered: Unanswered;

  constructor(maker: LinkMaker, clock: Clock, bounds: UnansweredBounds, listener: LifelineListener) {
    this.#lifeline = new Lifeline(maker, clock, listener, 2 * bounds.timeout);
    this.#unanswered = new Unanswered(clock, bounds);
  }

  /** On which connection it hears, while there is one: another one must be told anew of every channel. */
  get connection(): object | undefined {
    return this.#lifeline.link;
  }

  /**
   * Settles when everything is heard that is announced from then on.
   *
   * @throws PushwireError `backplane-unavailable` or `backplane-unconfirmed`.
   */
  async subscribe(channel: string): Promise<void> {
    const link = this.#lifeline.link ?? (await linkOf(this.#lifeline, this.#unanswered));
    await this.#acknowledged(link, link.subscribe(channel));
  }

  /** @throws PushwireError as `subscribe` does; without a connection nothing is heard anyway. */
  async unsubscribe(channel: string): Promise<void> {
    const { link } = this.#lifeline;
    if (link !== undefined) await this.#acknowledged(link, link.unsubscribe(channel));
  }

  /** Nothing is heard: another connection may hear more. */
  replace(why: string): void {
    this.#lifeline.replace(new Error(why));
  }

  async #acknowledged(link: Link, answer: Promise<void>): Promise<void> {
    const late = () => this.#lifeline.replace(new Error('Redis has not acknowledged a subscription'), link);
    try {
      await this.#unanswered.wait(answer, late);
    } catch (error) {
      throw asFailure(error);
    }
  }

  close(): void {
    this.#lifeline.close();
  }
}
