// A backplane in one file. docs/guides/write-a-backplane.md explains it.
// #region imports
import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import {
  type Backplane,
  type BackplaneFactory,
  type BackplaneHost,
  type Followed,
  Log,
  type LogLimits,
  type Message,
  type Position,
  PushwireError,
} from '@pushwire/core/backplanes';

// #endregion

// #region store
/** A message in its place, as it is announced and read. */
interface Stored extends Position {
  readonly message: Message;
  readonly time: number;
}

/** The messages of a channel after some position. */
interface Page {
  readonly epoch: string;
  /** The offset before the first entry. */
  readonly start: number;
  readonly entries: readonly Stored[];
  readonly ended: boolean;
}

/** Stands for the database that all processes share. A real one must be able to do the same. */
export class Store {
  readonly #logs = new Map<string, Log>();
  readonly #announcements = new EventEmitter().setMaxListeners(0);
  /** The hubs that use this store, which a real one knows by keys that expire. */
  readonly hosts = new Set<BackplaneHost>();

  /** Takes the next offset, stores the message and announces it. Nothing may come in between. */
  async append(channel: string, message: Message, limits: LogLimits): Promise<Position> {
    const log = this.#log(channel, limits);
    if (log.ended) throw new PushwireError('channel-ended', `The channel ${JSON.stringify(channel)} has ended.`);
    const { offset, time } = log.append(message, Date.now());
    log.evict(Date.now());
    const stored: Stored = { epoch: log.epoch, offset, message, time };
    this.#announcements.emit(channel, stored);
    return { epoch: log.epoch, offset };
  }

  async end(channel: string, limits: LogLimits): Promise<void> {
    this.#log(channel, limits).end();
    this.#announcements.emit(channel, undefined);
  }

  /** Returns all messages after a position, or all kept ones if it can't be read on from. */
  async read(channel: string, after: Position, limits: LogLimits): Promise<Page> {
    const log = this.#log(channel, limits);
    log.evict(Date.now());
    const { offset: start, entries } = log.read(after);
    return {
      epoch: log.epoch,
      start,
      entries: entries.map((entry) => ({ epoch: log.epoch, ...entry })),
      ended: log.ended,
    };
  }

  /** Calls `listener` with each announced message, and with `undefined` when the channel ends. */
  subscribe(channel: string, listener: (stored?: Stored) => void): () => void {
    this.#announcements.on(channel, listener);
    return () => this.#announcements.off(channel, listener);
  }

  /** Loses everything, as a server without durable storage does when it restarts. */
  restart(): void {
    this.#logs.clear();
  }

  #log(channel: string, limits: LogLimits): Log {
    let log = this.#logs.get(channel);
    // A new life of the log has a new epoch: its offsets begin at 1 again and mean other messages.
    if (log === undefined) this.#logs.set(channel, (log = new Log(randomBytes(6).toString('base64url'), limits)));
    return log;
  }
}
// #endregion

// #region copy
/** A channel's log in one process. */
class Copy implements Followed {
  // No log has this epoch, so that the first read replaces this one.
  log = new Log('none');
  readonly stop: () => void;
  /** The read under way, or the last one. */
  #reading: Promise<void> = Promise.resolve();
  #nextRead: Promise<void> | undefined;

  constructor(
    readonly channel: string,
    readonly store: Store,
    readonly host: BackplaneHost,
    readonly onChange: () => void,
  ) {
    // Before the first read, so that nothing can be published between the two.
    this.stop = store.subscribe(channel, (stored) => this.#receive(stored));
  }

  #receive(stored?: Stored): void {
    const { epoch, head } = this.log;
    const isKnown = stored?.epoch === epoch && stored.offset <= head;
    if (isKnown) return;
    if (stored?.epoch === epoch && stored.offset === head + 1) {
      this.log.append(stored.message, stored.time);
      this.onChange();
      return;
    }
    // A hole, another life of the log, or its end: read what is missing.
    this.refresh().catch((error) => this.host.report(error, `${this.channel} could not be read`));
  }

  /** Reads what is missing. A read under way may have begun too early, so one more follows. */
  refresh(): Promise<void> {
    this.#nextRead ??= this.#reading
      .catch(() => {})
      .then(() => {
        this.#nextRead = undefined;
        this.#reading = this.#read();
        return this.#reading;
      });
    return this.#nextRead;
  }

  async #read(): Promise<void> {
    const limits = this.host.limitsOf(this.channel);
    const after = { epoch: this.log.epoch, offset: this.log.head };
    const page = await this.store.read(this.channel, after, limits);
    const continues = page.epoch === this.log.epoch && page.start <= this.log.head;
    // A log must have no hole. If it can't go on, it begins anew, and the hub announces the gap.
    if (!continues) this.log = new Log(page.epoch, limits, page.start);
    for (const { offset, message, time } of page.entries) if (offset > this.log.head) this.log.append(message, time);
    if (page.ended) this.log.end();
    this.onChange();
  }
}
// #endregion

// #region backplane
/** Joins all hubs that use the same store: `createHub({ backplane: storeBackplane(store) })`. */
export function storeBackplane(store: Store): BackplaneFactory {
  return (host) => new StoreBackplane(store, host);
}

class StoreBackplane implements Backplane {
  constructor(
    readonly store: Store,
    readonly host: BackplaneHost,
  ) {
    store.hosts.add(host);
  }

  append(channel: string, message: Message): Promise<Position> {
    return this.store.append(channel, message, this.host.limitsOf(channel));
  }

  end(channel: string): Promise<void> {
    return this.store.end(channel, this.host.limitsOf(channel));
  }

  async follow(channel: string, onChange: () => void): Promise<Followed> {
    const copy = new Copy(channel, this.store, this.host, onChange);
    try {
      await copy.refresh();
      return copy;
    } catch (error) {
      copy.stop();
      throw error;
    }
  }

  connectionsTo(channel: string): number {
    return [...this.store.hosts].reduce((sum, host) => sum + host.connectionsTo(channel), 0);
  }

  close(): void {
    this.store.hosts.delete(this.host);
  }
}
// #endregion
