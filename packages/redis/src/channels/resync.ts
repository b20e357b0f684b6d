import type { Clock } from '@pushwire/core/backplanes';
import { backoff } from '../connection/back-off';

/** What is started anew. */
export interface Startable {
  start(): Promise<void>;
}

export interface ResyncHost<Channel extends Startable> {
  readonly clock: Clock;
  /** Whether there are connections on which starting can succeed. */
  isUp(): boolean;
  /** Whether it is still to be started. */
  knows(channel: Channel): boolean;
  failed(error: unknown): void;
}

/** Channels that are started at once. */
const width = 32;

/**
 * Starts channels anew when a connection is back, a few at a time, until each has succeeded since it was last asked for. One that
 * fails holds up no other and is tried again: a server that loads its data, or a shard without a master, answers but does not work.
 */
export class Resync<Channel extends Startable> {
  readonly #waiting = new Set<Channel>();
  readonly #failed = new Set<Channel>();
  #working = 0;
  #failures = 0;
  #stopWaiting: (() => void) | undefined;

  constructor(
    readonly host: ResyncHost<Channel>,
    readonly chance: () => number = Math.random,
  ) {}

  /** Who waits already keeps the place, so that connections which come and go let everybody have a turn. */
  begin(channels: Iterable<Channel>): void {
    for (const channel of channels) this.#waiting.add(channel);
    while (this.#working < width && this.#working < this.#waiting.size) this.#work();
  }

  /** There is no connection: when there is one, all begin anew. */
  stop(): void {
    this.#stopWaiting?.();
    this.#waiting.clear();
    this.#failed.clear();
  }

  async #work(): Promise<void> {
    this.#working++;
    for (const channel of this.#waiting) {
      this.#waiting.delete(channel);
      if (this.host.knows(channel)) await this.#start(channel);
    }
    if (--this.#working === 0 && this.#failed.size > 0) this.#tryAgain();
  }

  async #start(channel: Channel): Promise<void> {
    try {
      await channel.start();
      this.#failures = 0;
    } catch (error) {
      this.host.failed(error);
      if (this.host.isUp()) this.#failed.add(channel);
    }
  }

  #tryAgain(): void {
    const pause = backoff(this.#failures++, this.chance());
    this.#stopWaiting = this.host.clock.after(pause, () => {
      const again = [...this.#failed];
      this.#failed.clear();
      this.begin(again);
    });
  }
}
