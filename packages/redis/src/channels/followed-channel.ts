import type { Followed, Log, Position, Visited } from '@pushwire/core/backplanes';
import type { Announcement } from './pubsub-message';
import type { Copy } from './log-copy';
import { Latest } from './single-flight';
import type { Page } from './log-page';

/** What a followed channel needs of the backplane. */
export interface FollowedHost {
  readonly copy: Copy;
  /** Milliseconds between two looks at what Redis has. */
  readonly probe: number;
  /** On which connection announcements come now; `undefined` where there is none. */
  connection(): object | undefined;
  /** Hears that its messages are announced from now on. */
  subscribe(): Promise<void>;
  /** Reads on from where the copy is. */
  read(log: { readonly epoch: string; readonly head: number } | undefined): Promise<Page>;
  /** Looks at it again after so many ms. */
  visitAfter(channel: FollowedChannel, ms: number): void;
  /** Nobody follows it any more. */
  left(channel: FollowedChannel): void;
  /** Nobody has followed it for long enough. */
  forget(channel: FollowedChannel): void;
  /** What was published has not been announced here, though it should have been. */
  deaf(): void;
  /** Something failed that nobody waits for. */
  failed(error: unknown): void;
}

/** Milliseconds in which what was read must have been announced too. */
const grace = 1000;

/** How often it is read again at once when more was announced meanwhile. */
const mostRounds = 3;

/**
 * A channel of which this process has a copy. All its clients read that; Redis is asked at the start, at a hole, when the connection
 * was lost, when a client knows more, and from time to time.
 */
export class FollowedChannel implements Followed, Visited {
  /** Called when the copy has changed; `undefined` while nobody follows it. */
  changed: (() => void) | undefined;
  readonly #host: FollowedHost;
  readonly #latest = new Latest(() => this.#readOn());
  /** The last place that was announced. */
  #heard: Position = { epoch: '', offset: 0 };
  /** A place that was read, and must have been announced by the next visit. */
  #unheard: Position | undefined;
  /** The connection that it was subscribed on. */
  #connection: object | undefined;

  constructor(
    readonly name: string,
    host: FollowedHost,
  ) {
    this.#host = host;
  }

  get ready(): boolean {
    return this.#host.copy.log !== undefined;
  }

  get log(): Log {
    const { log } = this.#host.copy;
    if (log === undefined) throw new Error(`${this.name} is not followed yet`);
    return log;
  }

  /** Hears what is announced, and then reads what is there: in this order nothing is missed. */
  async start(): Promise<void> {
    const connection = this.#host.connection();
    await this.#host.subscribe();
    this.#connection = connection;
    this.#unheard = undefined;
    await this.refresh();
  }

  refresh(): Promise<void> {
    return this.#latest.run();
  }

  /** Somebody follows it. */
  use(changed: () => void): this {
    this.changed = changed;
    this.#host.visitAfter(this, this.#host.probe);
    return this;
  }

  stop(): void {
    this.changed = undefined;
    this.#host.left(this);
  }

  hear(announcement: Announcement): void {
    this.#heard = announcement;
    const heard = this.#host.copy.hear(announcement);
    if (heard === 'appended') this.#hasChanged();
    // Before the first page, everything comes early.
    else if (heard === 'hole' && this.ready) this.#refreshUnasked();
    else if (heard === 'conflict') this.#beginNewLife(announcement.epoch);
  }

  visit(): number | undefined {
    if (this.changed === undefined) {
      this.#host.forget(this);
      return undefined;
    }
    const unheard = this.#unheard;
    this.#unheard = undefined;
    if (unheard && this.#listens && !this.#hasHeard(unheard)) this.#host.deaf();
    else if (!unheard) this.#probe();
    return this.#host.probe;
  }

  /** Reads on until everything is there that was announced before it began. */
  async #readOn(): Promise<void> {
    const { copy } = this.#host;
    for (let round = 0; round < mostRounds && (round === 0 || copy.misses); round++) {
      let page: Page;
      do {
        page = await this.#host.read(copy.log);
        copy.take(page);
      } while (page.entries.length > 0 && (page.entries.at(-1) as Page['entries'][number]).offset < page.head);
      copy.finish(page);
    }
    copy.forgetEarly();
    this.#hasChanged();
  }

  /** A server that gives offsets twice has forgotten something: who has seen more than it can have proves that to it. */
  #beginNewLife(epoch: string): void {
    const reading = this.#host.read({ epoch, head: Number.MAX_SAFE_INTEGER });
    reading.then(() => this.refresh()).catch((error) => this.#host.failed(error));
  }

  #refreshUnasked(then = () => {}): void {
    this.refresh().then(then, (error) => this.#host.failed(error));
  }

  /** Looks whether the log has moved on; if it has, that must be announced here as well, or this process is deaf. */
  #probe(): void {
    const { epoch, head } = this.log;
    this.#refreshUnasked(() => {
      const now = { epoch: this.log.epoch, offset: this.log.head };
      const hasMoved = now.epoch !== epoch || now.offset !== head;
      if (!hasMoved || !this.#listens || this.#hasHeard(now) || this.changed === undefined) return;
      this.#unheard = now;
      this.#host.visitAfter(this, grace);
    });
  }

  /** Whether it can have heard anything: a connection that is new hears of it only when it was subscribed there. */
  get #listens(): boolean {
    return this.#connection !== undefined && this.#connection === this.#host.connection();
  }

  #hasHeard({ epoch, offset }: Position): boolean {
    return this.#heard.epoch === epoch && this.#heard.offset >= offset;
  }

  #hasChanged(): void {
    if (this.changed) this.changed();
    // A hub evicts when it has handed on; where there is none, nobody waits for it.
    else this.log.evict(this.#host.copy.clock.now());
  }
}
