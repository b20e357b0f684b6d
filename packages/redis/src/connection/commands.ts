import type { Clock } from '@pushwire/core/backplanes';
import { asFailure, isDemoted } from './failures';
import { Lifeline } from './reconnecting';
import type { Link, LinkMaker } from './redis-connection';
import { linkOf } from './first-connection';
import type { Script } from '../scripts/script';
import { Unanswered, type UnansweredBounds } from './pending-calls';

/** What is told of the connection for commands. */
export interface CommandsListener {
  up(): void;
  down(error: unknown): void;
}

/** Runs scripts: each once at the most, in a bounded time. */
export class Commands {
  readonly #lifeline: Lifeline;
  readonly #unanswered: Unanswered;
  #running = 0;
  #allDone = () => {};

  constructor(maker: LinkMaker, clock: Clock, bounds: UnansweredBounds, listener: CommandsListener) {
    this.#lifeline = new Lifeline(maker, clock, { ...listener, announced() {} }, 2 * bounds.timeout);
    this.#unanswered = new Unanswered(clock, bounds);
  }

  get isUp(): boolean {
    return this.#lifeline.link !== undefined;
  }

  /** The run of the server that answers, as a script's first argument. */
  get life(): string {
    return this.#lifeline.link?.life ?? '';
  }

  /**
   * @param bytes of a message in it.
   * @throws PushwireError `backplane-unavailable` or `backplane-unconfirmed`.
   */
  async run(script: Script, keys: readonly string[], args: readonly string[], bytes = 0): Promise<unknown> {
    this.#unanswered.checkRoom(bytes);
    this.#running++;
    try {
      const link = this.#lifeline.link ?? (await linkOf(this.#lifeline, this.#unanswered, bytes));
      return await this.#runOn(link, script, keys, args, bytes);
    } finally {
      if (--this.#running === 0) this.#allDone();
    }
  }

  async #runOn(link: Link, script: Script, keys: readonly string[], args: readonly string[], bytes: number) {
    const late = () => {
      this.#lifeline.replace(new Error(`Redis has not answered within ${this.#unanswered.bounds.timeout} ms`), link);
    };
    try {
      return await this.#unanswered.wait(link.evaluate(script, keys, args), late, bytes);
    } catch (error) {
      if (isDemoted(error)) this.#lifeline.replace(error, link);
      throw asFailure(error);
    }
  }

  /** Settles when what was asked is answered, or is given up. */
  async close(): Promise<void> {
    if (this.#running > 0) await new Promise<void>((resolve) => (this.#allDone = resolve));
    this.#lifeline.close();
  }
}
