import type { Clock } from '@pushwire/core/backplanes';
import { backoff } from './back-off';
import type { Link, LinkMaker } from './redis-connection';

/** How long a link must have been up to be no failure, in ms. */
const proven = 1000;

/** What is told of a lifeline. */
export interface LifelineListener {
  up(): void;
  down(error: unknown): void;
  announced(channel: string, text: string): void;
}

/**
 * Keeps one link up: makes another when it is down, or does not come up, after a while that grows with each failure in a row. One that is
 * soon down again is a failure too.
 */
export class Lifeline {
  #link: Link | undefined;
  #isUp = false;
  #failures = 0;
  #upSince: number | undefined;
  #closed = false;
  /** Settles when the first link is up, or of no use: until then nobody knows whether Redis can be reached. */
  readonly first: Promise<void>;
  #firstIsKnown = () => {};
  /** Why there is no link. */
  error: unknown;
  /** Ends the wait for a link to come up, or for the next attempt. */
  #stopWaiting: (() => void) | undefined;

  /** @param patience milliseconds in which a link must come up: one that is connected to nobody may never say so. */
  constructor(
    readonly maker: LinkMaker,
    readonly clock: Clock,
    readonly listener: LifelineListener,
    readonly patience: number,
    readonly chance: () => number = Math.random,
  ) {
    this.first = new Promise((resolve) => {
      this.#firstIsKnown = resolve;
    });
    this.#connect();
  }

  /** The link, while it is up. */
  get link(): Link | undefined {
    return this.#isUp ? this.#link : undefined;
  }

  /** Gives up a link, by default the one that there is, and makes another; nothing where it was given up already. */
  replace(error: unknown, link = this.#link): void {
    this.#lost(link, error);
  }

  close(): void {
    this.#closed = true;
    this.#isUp = false;
    this.#firstIsKnown();
    this.#stopWaiting?.();
    this.#link?.destroy();
    this.#link = undefined;
  }

  #connect(): void {
    const link: Link = this.maker.make({
      up: () => {
        if (this.#link !== link || this.#closed) return;
        this.#stopWaiting?.();
        this.#isUp = true;
        this.#upSince ??= this.clock.now();
        this.listener.up();
        this.#firstIsKnown();
      },
      down: (error) => this.#lost(link, error),
      announced: (channel, text) => {
        if (this.#link === link) this.listener.announced(channel, text);
      },
    });
    this.#link = link;
    const silent = new Error(`Redis has not answered within ${this.patience} ms`);
    this.#stopWaiting = this.clock.after(this.patience, () => this.#lost(link, silent));
  }

  #lost(link: Link | undefined, error: unknown): void {
    if (link === undefined || this.#link !== link || this.#closed) return;
    // A server that takes no writes, or is overrun at once, would else be connected to without a pause.
    if (this.#upSince !== undefined && this.clock.now() - this.#upSince >= proven) this.#failures = 0;
    this.#upSince = undefined;
    this.#link = undefined;
    this.#isUp = false;
    this.#stopWaiting?.();
    link.destroy();
    this.#stopWaiting = this.clock.after(backoff(this.#failures++, this.chance()), () => this.#connect());
    this.error = error;
    this.#firstIsKnown();
    this.listener.down(error);
  }
}
