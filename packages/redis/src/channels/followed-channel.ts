import type { Followed, Log, Timed } from '@pushwire/core/backplanes';
import { Arrivals } from './arrivals';
import type { FollowedChannelHost } from './followed-channel-host';
import { LeaseEnd } from './lease-end';
import { hasMore, isBeyond, type LogPage } from './log-page';
import type { PubSubMessage } from './pubsub-message';
import { SingleFlight } from './single-flight';
import { Subscription } from './subscription';

/** The most reads in a row when new messages were published during each of them. */
const mostReads = 3;

/**
 * A channel of which this process has a copy. All clients of the process read that copy. The log in
 * Redis is read at the start, when there is a hole, after a lost connection, when a client has a
 * newer cursor, once per check interval, and when the lease of a run is over.
 */
export class FollowedChannel implements Followed, Timed {
  /** Called when the copy has changed. `undefined` while the channel has no follower. */
  changed: (() => void) | undefined;
  readonly #host: FollowedChannelHost;
  readonly #confirming = new SingleFlight(() => this.#host.confirm());
  readonly #refreshing = new SingleFlight(() => this.#readLog());
  readonly #arrivals: Arrivals;
  /** True if the next read must bring the copy up to date, whatever Pub/Sub may bring. */
  #isRead = false;
  /** True if Pub/Sub may not bring what the next read shows. */
  #mayHaveMissed = false;
  readonly #subscription: Subscription;
  readonly #lease: LeaseEnd;
  /** The time from which the number of connections is to be reported. */
  #reportDue = 0;

  constructor(
    readonly name: string,
    host: FollowedChannelHost,
  ) {
    this.#host = host;
    this.#subscription = new Subscription(host);
    this.#arrivals = new Arrivals(host, host.copy.clock, () => this.#readInBackground());
    this.#lease = new LeaseEnd(host.copy.clock);
  }

  /** True once the log can be read. */
  get ready(): boolean {
    return this.#host.copy.log !== undefined;
  }

  get log(): Log {
    const { log } = this.#host.copy;
    if (log === undefined) throw new Error(`${this.name} is not followed yet`);
    return log;
  }

  get isKnown(): boolean {
    return this.#host.copy.exists;
  }

  get isDeleted(): boolean {
    return this.#host.copy.isDeleted;
  }

  /**
   * Subscribes, then reads the log. In this order, no message is missed. Called again on a new
   * connection, and when one has a server more, which may have been away or not in use.
   */
  async start(): Promise<void> {
    await this.#subscription.begin();
    this.#arrivals.take();
    this.#mayHaveMissed = true;
    await this.#refreshing.run();
  }

  /**
   * Reads the log for a client whose cursor it does not have. That may be the cursor of a life that
   * began on another master. Where this one is out of date, the client must not be sent back.
   */
  async refresh(): Promise<void> {
    await this.#confirming.run();
    await this.#read();
  }

  /** Begins to call a follower. */
  follow(changed: () => void): this {
    this.changed = changed;
    if (this.#lease.isKnown) this.#host.tickNotBefore(this.#untilTick());
    else this.#host.tickAfter(this.#host.checkInterval);
    // Nobody has looked while there was no follower.
    if (this.#lease.isOver) this.#readInBackground();
    return this;
  }

  stop(): void {
    this.changed = undefined;
    this.#host.becameIdle();
  }

  close(): void {
    this.#arrivals.wereRead();
  }

  receive(message: PubSubMessage): void {
    this.#arrivals.receive(message);
    if (this.#host.hasLeases && this.#lease.begin() && this.changed) this.#host.tickNotBefore(this.#untilTick());
    const outcome = this.#host.copy.receive(message);
    if (outcome === 'appended') this.#notify();
    // Before the first page, every message reports a hole, and the first read is in progress.
    else if (outcome === 'hole' && this.ready) this.#readInBackground();
    else if (outcome === 'conflict') this.#beginNewLife(message.epoch);
  }

  tick(): number | undefined {
    if (this.changed === undefined) {
      this.#host.forget();
      return undefined;
    }
    const expected = this.#arrivals.take();
    if (expected === 'missed' && this.#subscription.isCurrent) this.#host.missedMessage();
    else if (expected === 'nothing') this.#check();
    return this.#untilTick();
  }

  /** Milliseconds until the copy is to be compared with Redis. */
  #untilTick(): number {
    const { checkInterval, copy } = this.#host;
    return copy.log?.ended ? checkInterval : this.#lease.untilRead(checkInterval);
  }

  /** Reads until the copy has everything that was published before the last read. */
  async #readLog(): Promise<void> {
    const { copy } = this.#host;
    const { connection, isCurrent, isRead } = this.#subscription;
    const mayWait = !this.#isRead && isCurrent && isRead;
    const mayHaveMissed = this.#mayHaveMissed;
    [this.#isRead, this.#mayHaveMissed] = [false, false];
    let lease: number | undefined;
    for (let reads = 0; reads < mostReads && (reads === 0 || copy.hasHole); reads++) {
      let page: LogPage;
      let isOutdated: boolean;
      do {
        const { log, quiet } = copy;
        page = await this.#host.read(log && { epoch: log.epoch, head: log.head, quiet });
        // The first message of the log came meanwhile, so the page that has nothing may be older.
        isOutdated = !page.exists && copy.log?.epoch !== log?.epoch;
        copy.endDeleted(page.deleted);
        if (log?.ended && page.exists && page.epoch !== log.epoch) {
          // Followers look at the end of a turn, and the next life may be read in that of the end.
          this.#notify();
          await new Promise<void>((resolve) => copy.clock.soon(resolve));
        }
        // Pub/Sub may be about to bring what the log does not keep.
        const isLate = mayWait && log && isBeyond(page, log) && this.changed;
        if (isLate && this.#arrivals.expect(page, mayHaveMissed)) return;
        if (!isOutdated) copy.add(page);
      } while (isOutdated || hasMore(page));
      copy.finish(page);
      lease = page.lease;
    }
    copy.forgetEarly();
    this.#subscription.wasRead(connection);
    this.#arrivals.wereRead();
    this.#lease.set(lease);
    if (this.#lease.isKnown && this.changed) this.#host.tickNotBefore(this.#untilTick());
    this.#notify();
  }

  /** Makes the log begin a new life, because Redis used an offset twice and has lost messages. */
  #beginNewLife(epoch: string): void {
    const beginning = this.#host.beginNewLife(epoch);
    beginning.then(() => this.#read()).catch((error) => this.#host.failed(error));
  }

  #read(): Promise<void> {
    this.#isRead = true;
    return this.#refreshing.run();
  }

  #readInBackground(): Promise<void> {
    return this.#read().catch((error) => this.#host.failed(error));
  }

  /** Compares the copy with Redis. Everything that is new must also arrive by Pub/Sub soon. */
  #check(): void {
    const { epoch, head } = this.log;
    const now = this.#host.copy.clock.now();
    if (now >= this.#reportDue) {
      this.#reportDue = now + this.#host.checkInterval / 2;
      this.#host.reportConnections();
    }
    const hasMoved = () => this.log.epoch !== epoch || this.log.head !== head;
    const compare = () => this.changed && hasMoved() && this.#subscription.isCurrent && this.#arrivals.expect(this.log);
    this.#refreshing.run().then(compare, (error) => this.#host.failed(error));
  }

  #notify(): void {
    if (this.changed) this.changed();
    // A hub evicts from the log after it has written the messages. Here is no hub that would.
    else this.log.evict(this.#host.copy.clock.now());
  }
}
