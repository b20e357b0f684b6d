import type { Backplane } from '../backplanes/backplane';
import type { StateLimits } from '../backplanes/state-limits';
import type { StateStore, StateWrite, StateWritten } from '../backplanes/state-store';
import { PushwireError } from '../checks/errors';
import { formatPosition } from '../log/cursor';
import { stateNameOf } from '../log/log-name';
import { checkSize, type Message } from '../log/message';
import type { Clock } from '../time/clock';
import { type Change, messageAfter } from './change';
import { Throttle } from './throttle';

/** How often a patch is tried again when somebody else has changed the value meanwhile. */
const maxPatchTries = 100;

/** The parts of a hub that its states use. */
export interface StatesHost {
  /** @throws PushwireError `hub-closed`. */
  readonly backplane: Backplane;
  readonly isClosed: boolean;
  readonly clock: Clock;
  readonly maxMessageBytes: number;
  readonly observer: { published(channel: string, id: string, bytes: number): void };
}

/** A value as its state has it: JSON text. */
export interface StoredValue {
  readonly key: string;
  readonly json: string;
  readonly id: string;
}

/** Writes and reads the states of a hub, by the names of their logs. */
export class States {
  readonly #host: StatesHost;
  readonly #limitsOf: (log: string) => StateLimits;
  /** Those of states of which a key was written within its interval. */
  readonly #throttles = new Map<string, Throttle>();

  constructor(host: StatesHost, limitsOf: (log: string) => StateLimits) {
    this.#host = host;
    this.#limitsOf = limitsOf;
  }

  /** @throws TypeError for an open hub whose backplane has no states. */
  check(): void {
    if (!this.#host.isClosed) this.#store;
  }

  /**
   * Changes a key. Without a condition, it may wait for its time.
   *
   * @returns the id of the write.
   * @throws PushwireError if the write was not done.
   */
  async change(log: string, key: string, change: Change, ifAt: StateWrite['ifAt']): Promise<string> {
    const throttle = this.#throttles.get(log);
    // A change that waits was there first.
    if (ifAt !== undefined) throttle?.flush(key);
    const { every } = this.#limitsOf(log);
    if (ifAt !== undefined || every === 0) return this.#change(log, key, change, ifAt);
    return (throttle ?? this.#begin(log, every)).change(key, change);
  }

  /** Writes at once all that waits for its time. */
  flush(): void {
    for (const throttle of this.#throttles.values()) throttle.flush();
  }

  async read(log: string, key?: string): Promise<readonly StoredValue[]> {
    const { epoch, entries } = await this.#store.read(log, key);
    return entries.map(({ offset, message }) => ({
      key: message.key as string,
      json: message.body as string,
      id: formatPosition({ epoch, offset }),
    }));
  }

  /** @returns the id of the beginning. */
  async clear(log: string): Promise<string> {
    return formatPosition(await this.#store.clear(log));
  }

  get #store(): StateStore {
    const { states } = this.#host.backplane;
    if (states === undefined) throw new TypeError('The backplane of this hub has no states.');
    return states;
  }

  #begin(log: string, every: number): Throttle {
    const write = (key: string, change: Change) => this.#change(log, key, change, undefined);
    const throttle = new Throttle(this.#host.clock, every, write, () => this.#throttles.delete(log));
    this.#throttles.set(log, throttle);
    return throttle;
  }

  /** The store merges no patches, so that every process merges alike. */
  async #change(log: string, key: string, change: Change, wanted: StateWrite['ifAt']): Promise<string> {
    // A hub that closes meanwhile finishes what has begun.
    const store = this.#store;
    if (change.patches.length === 0) {
      const message = change.message as Message;
      return this.#idOf(log, message, await this.#write(store, log, message, wanted));
    }
    for (let tries = 1; ; tries++) {
      const { epoch, entries } = await store.read(log, key);
      const [entry] = entries;
      const message = messageAfter(key, change, entry?.message.body as string | undefined);
      const read = entry ? { epoch, offset: entry.offset } : ('absent' as const);
      const written = await this.#write(store, log, message, wanted ?? read);
      const isOver = written.kind !== 'moved' || wanted !== undefined || tries === maxPatchTries;
      if (isOver) return this.#idOf(log, message, written);
    }
  }

  #write(
    store: StateStore,
    log: string,
    message: Message,
    ifAt: StateWrite['ifAt'],
  ): StateWritten | Promise<StateWritten> {
    const { valueBytes } = this.#limitsOf(log);
    if (message.size > valueBytes) throw tooLarge(log, message, valueBytes);
    checkSize(message, this.#host.maxMessageBytes);
    return store.write(log, { message, ifAt });
  }

  #idOf(log: string, { key, size }: Message, written: StateWritten): string {
    if (written.kind === 'moved') throw moved(log, key as string);
    if (written.kind === 'full') throw full(log, written.limit, this.#limitsOf(log));
    const id = formatPosition(written.position);
    if (written.kind === 'written') this.#host.observer.published(log, id, size);
    return id;
  }
}

const inWords = (log: string) => `the state ${JSON.stringify(stateNameOf(log))}`;

const moved = (log: string, key: string) =>
  new PushwireError('value-moved', `The key ${JSON.stringify(key)} of ${inWords(log)} has another value.`);

function full(log: string, limit: 'keys' | 'bytes', limits: StateLimits): PushwireError {
  return new PushwireError(
    'state-full',
    `A state may have at most ${limits[limit]} ${limit} (state.${limit}), and ${inWords(log)} has no room.`,
  );
}

function tooLarge(log: string, { size }: Message, most: number): PushwireError {
  return new PushwireError(
    'message-too-large',
    `A value may have at most ${most} bytes (state.valueBytes), but one of ${inWords(log)} has ${size}.`,
  );
}
