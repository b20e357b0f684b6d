import { backOff, type Clock } from '@pushwire/core/backplanes';

export interface Startable {
  start(): Promise<void>;
}

export interface ResyncHost<Channel extends Startable> {
  readonly clock: Clock;
  /** True while there are connections to Redis, so that a start can succeed. */
  isUp(): boolean;
  /** True while the channel is followed. Others are skipped. */
  isFollowed(channel: Channel): boolean;
  failed(error: unknown): void;
}

/** The most channels that start at the same time. */
const concurrency = 32;

/**
 * Starts channels again on a new connection, a few at a time. A channel that fails does not delay
 * the others and is tried again until it succeeds: Redis may reply with errors while it loads its
 * data, or while a shard has no master.
 */
export class Resync<Channel extends Startable> {
  readonly #waiting = new Set<Channel>();
  readonly #failed = new Set<Channel>();
  #workers = 0;
  #failures = 0;
  #cancelRetry: (() => void) | undefined;

  constructor(
    readonly host: ResyncHost<Channel>,
    readonly random: () => number = Math.random,
  ) {}

  /**
   * Adds channels to start. Those that wait already keep their places. So every channel gets its
   * turn, even if connections are lost again and again.
   */
  begin(channels: Iterable<Channel>): void {
    for (const channel of channels) this.#waiting.add(channel);
    while (this.#workers < concurrency && this.#workers < this.#waiting.size) this.#work();
  }

  /** Forgets all channels. The next connection begins with all of them. */
  stop(): void {
    this.#cancelRetry?.();
    this.#waiting.clear();
    this.#failed.clear();
  }

  async #work(): Promise<void> {
    this.#workers++;
    for (const channel of this.#waiting) {
      this.#waiting.delete(channel);
      if (this.host.isFollowed(channel)) await this.#start(channel);
    }
    if (--this.#workers === 0 && this.#failed.size > 0) this.#retryLater();
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

  #retryLater(): void {
    const pause = backOff(this.#failures++, this.random());
    this.#cancelRetry = this.host.clock.after(pause, () => {
      const failed = [...this.#failed];
      this.#failed.clear();
      this.begin(failed);
    });
  }
}
