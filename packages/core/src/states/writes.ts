import type { StateLimits } from '../backplanes/state-limits';
import type { StateStore, StateWrite, StateWritten } from '../backplanes/state-store';
import { isPromise, PushwireError } from '../checks/errors';
import { formatPosition } from '../log/cursor';
import { stateNameOf } from '../log/log-name';
import { checkSize, type Message } from '../log/message';
import { type Change, messageAfter } from './change';

/** How often a patch is tried again when another process has changed the value meanwhile. */
const maxPatchTries = 100;

/** The parts of a hub that a write uses. */
export interface WritesHost {
  readonly maxMessageBytes: number;
  readonly observer: { published(channel: string, id: string, bytes: number): void };
}

/** Writes changes to a store, within the limits of their states. */
export class Writes {
  readonly #host: WritesHost;
  readonly #limitsOf: (log: string) => StateLimits;

  constructor(host: WritesHost, limitsOf: (log: string) => StateLimits) {
    this.#host = host;
    this.#limitsOf = limitsOf;
  }

  /**
   * Writes a change. The store merges no patches, so that every process merges alike.
   *
   * @returns the id of the write, or a promise of it only where the store takes its time.
   * @throws PushwireError as `State.set()` does.
   */
  write(
    store: StateStore,
    log: string,
    key: string,
    change: Change,
    wanted: StateWrite['ifAt'],
  ): string | Promise<string> {
    if (change.patches.length > 0) return this.#patch(store, log, key, change, wanted, 1);
    const message = change.message as Message;
    return then(this.#write(store, log, message, wanted), (written) => this.#idOf(log, message, written));
  }

  #patch(
    store: StateStore,
    log: string,
    key: string,
    change: Change,
    wanted: StateWrite['ifAt'],
    tries: number,
  ): string | Promise<string> {
    return then(store.read(log, key), ({ epoch, entries: [entry] }) => {
      const message = messageAfter(key, change, entry?.message.body as string | undefined);
      const read = entry ? { epoch, offset: entry.offset } : ('absent' as const);
      return then(this.#write(store, log, message, wanted ?? read), (written) => {
        const isOver = written.kind !== 'moved' || wanted !== undefined || tries === maxPatchTries;
        if (isOver) return this.#idOf(log, message, written);
        return this.#patch(store, log, key, change, wanted, tries + 1);
      });
    });
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

/** Goes on with a value, at once where it is no promise. */
function then<T, R>(value: T | Promise<T>, act: (value: T) => R | Promise<R>): R | Promise<R> {
  return isPromise(value) ? (value as Promise<T>).then(act) : act(value);
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
