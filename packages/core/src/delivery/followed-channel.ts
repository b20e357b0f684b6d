import type { Followed } from '../backplanes/backplane';
import type { Group } from './group';
import type { Log } from '../log/log';

/** A channel that this hub follows because somebody is connected to it, or about to be. */
export class Following {
  readonly groups = new Set<Group>();
  /** Settles when the log is there; `undefined` where it was there at once. */
  ready: Promise<void> | undefined;
  #followed: Followed | undefined;
  #isBeginning = false;
  /** Those who are about to make a group of it. */
  #holders = 0;

  constructor(
    readonly channel: string,
    readonly abandoned: () => void,
  ) {}

  begin(followed: Followed | PromiseLike<Followed>): void {
    if (!('then' in followed)) {
      this.#followed = followed;
      return;
    }
    this.#isBeginning = true;
    const begun = Promise.resolve(followed).then((value) => {
      this.#followed = value;
      this.ready = undefined;
    });
    this.ready = begun.finally(() => {
      this.#isBeginning = false;
      this.#endIfIdle();
    });
    // Whoever waits for it hears of a failure; there may be nobody.
    this.ready.catch(() => {});
  }

  get log(): Log {
    if (this.#followed === undefined) throw new Error(`${this.channel} is not followed yet`);
    return this.#followed.log;
  }

  /** Whether what it has may be behind what others have. */
  get isCopy(): boolean {
    return this.#followed?.refresh !== undefined;
  }

  async refresh(): Promise<void> {
    await this.#followed?.refresh?.();
  }

  hold(): this {
    this.#holders++;
    return this;
  }

  release(): void {
    this.#holders--;
    this.#endIfIdle();
  }

  leave(group: Group): void {
    this.groups.delete(group);
    this.#endIfIdle();
  }

  get #isIdle(): boolean {
    return this.groups.size === 0 && this.#holders === 0;
  }

  #endIfIdle(): void {
    // What has not begun cannot be stopped yet, and a second following of the channel would be stopped with it.
    if (this.#isBeginning || !this.#isIdle) return;
    this.abandoned();
    this.#followed?.stop();
  }
}
