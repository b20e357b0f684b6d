// A backplane in one file. docs/guides/write-a-backplane.md explains it.
// #region imports
import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import {
  type Backplane,
  type BackplaneFactory,
  type BackplaneHost,
  type Followed,
  KeyMemory,
  Log,
  type LogLimits,
  type LogWrite,
  type LogWritten,
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

/** A log and the idempotency keys of its writes. */
interface Kept {
  readonly log: Log;
  readonly keys: KeyMemory;
}

/** The news for followers of a channel: a message, the head of a deleted log, or `ended`. */
type Announcement = Stored | { readonly deleted: Position } | 'ended';

/** Stands for the database that all processes share. A real one must be able to do the same. */
export class Store {
  readonly #logs = new Map<string, Kept>();
  readonly #announcements = new EventEmitter().setMaxListeners(0);
  /** The hubs that use this store, which a real one knows by keys that expire. */
  readonly hosts = new Set<BackplaneHost>();

  /** Takes the next offsets, stores the messages and announces them. Nothing may come in between. */
  async write(channel: string, write: LogWrite, limits: LogLimits): Promise<LogWritten> {
    const { messages, ends, key, after } = write;
    const [{ log, keys }, now] = [this.#kept(channel, limits), Date.now()];
    const first = key === undefined ? undefined : keys.find(key, now);
    if (first) return first;
    const { epoch, head: from } = log;
    if (log.ended && messages.length > 0) throw refusal('channel-ended', channel);
    if (after && (after.epoch !== epoch || after.offset !== from)) throw refusal('head-moved', channel);
    for (const message of messages) {
      const { offset, time } = log.append(message, now);
      this.#announce(channel, { epoch, offset, message, time });
    }
    if (ends && !log.ended) {
      log.end();
      this.#announce(channel, 'ended');
    }
    log.evict(now);
    const written = { epoch, from, head: log.head, isRepeated: false };
    if (key !== undefined) keys.add(key, written, now);
    return written;
  }

  /** The next log of the channel has another epoch. */
  async delete(channel: string, newest?: Position): Promise<void> {
    const log = this.#logs.get(channel)?.log;
    if (log === undefined || (log.head === 0 && !log.ended)) return;
    if (newest && (newest.epoch !== log.epoch || newest.offset !== log.head)) return;
    this.#logs.delete(channel);
    this.#announce(channel, { deleted: { epoch: log.epoch, offset: log.head } });
  }

  /** Returns all messages after a position, or all kept ones if it can't be read on from. */
  async read(channel: string, after: Position, limits: LogLimits): Promise<Page> {
    const { log } = this.#kept(channel, limits);
    log.evict(Date.now());
    const { offset: start, entries } = log.read(after);
    return {
      epoch: log.epoch,
      start,
      entries: entries.map((entry) => ({ epoch: log.epoch, ...entry })),
      ended: log.ended,
    };
  }

  /** Calls `listener` with each announcement. */
  subscribe(channel: string, listener: (announced: Announcement) => void): () => void {
    this.#announcements.on(channel, listener);
    return () => this.#announcements.off(channel, listener);
  }

  /** Loses everything, as a server without durable storage does when it restarts. */
  restart(): void {
    this.#logs.clear();
  }

  #announce(channel: string, announced: Announcement): void {
    this.#announcements.emit(channel, announced);
  }

  #kept(channel: string, limits: LogLimits): Kept {
    const existing = this.#logs.get(channel);
    if (existing) return existing;
    // A new life of the log has a new epoch: its offsets begin at 1 again and mean other messages.
    const log = new Log(randomBytes(6).toString('base64url'), limits);
    const kept = { log, keys: new KeyMemory(limits) };
    this.#logs.set(channel, kept);
    return kept;
  }
}

function refusal(code: 'channel-ended' | 'head-moved', channel: string): PushwireError {
  return new PushwireError(code, `The channel ${JSON.stringify(channel)} refuses this write: ${code}.`);
}
// #endregion

// #region copy
/** A channel's log in one process. */
class Copy implements Followed {
  // No log has this epoch, so that the first read replaces this one.
  log = new Log('none');
  isDeleted = false;
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
    this.stop = store.subscribe(channel, (announced) => this.#receive(announced));
  }

  #receive(announced: Announcement): void {
    const { epoch, head } = this.log;
    if (announced !== 'ended' && 'deleted' in announced) {
      const { deleted } = announced;
      // A copy that has missed something tells its clients of a gap instead.
      if (deleted.epoch === epoch && deleted.offset === head) this.#end();
    } else if (announced !== 'ended' && announced.epoch === epoch) {
      if (announced.offset <= head) return;
      if (announced.offset === head + 1) {
        this.log.append(announced.message, announced.time);
        this.onChange();
        return;
      }
    }
    // A hole, another life of the log, or its end: read what is missing.
    this.refresh().catch((error) => this.host.report(error, `${this.channel} could not be read`));
  }

  #end(): void {
    this.log.end();
    this.isDeleted = true;
    this.onChange();
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
    // The hub ends the clients of a deleted log when the turn is over.
    if (this.isDeleted) await new Promise<void>((resolve) => this.host.clock.soon(resolve));
    const limits = this.host.limitsOf(this.channel);
    const after = { epoch: this.log.epoch, offset: this.log.head };
    const page = await this.store.read(this.channel, after, limits);
    const continues = page.epoch === this.log.epoch && page.start <= this.log.head;
    // A log must have no hole. If it can't go on, it begins anew, and the hub announces the gap.
    if (!continues) {
      this.log = new Log(page.epoch, limits, page.start);
      this.isDeleted = false;
    }
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

const plain = { messages: [], ends: false, key: undefined, after: undefined };

class StoreBackplane implements Backplane {
  constructor(
    readonly store: Store,
    readonly host: BackplaneHost,
  ) {
    store.hosts.add(host);
  }

  async append(channel: string, message: Message): Promise<Position> {
    const { epoch, head } = await this.write(channel, { ...plain, messages: [message] });
    return { epoch, offset: head };
  }

  async end(channel: string): Promise<void> {
    await this.write(channel, { ...plain, ends: true });
  }

  write(channel: string, write: LogWrite): Promise<LogWritten> {
    return this.store.write(channel, write, this.host.limitsOf(channel));
  }

  delete(channel: string, newest?: Position): Promise<void> {
    return this.store.delete(channel, newest);
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
