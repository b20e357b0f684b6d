import { isPromise, misuse } from '../checks/errors';
import { OneOffSource } from '../delivery/one-off-source';
import type { SourceMessage } from '../delivery/source-message';
import { defaultBatchLimits, type Gap } from '../log/batch';
import type { Log } from '../log/log';
import { isMessage, isObjectWith, PartBuilder, type SnapshotPart } from './snapshot-part';

/** The state that a client does not know, as the app is asked for it. */
export interface SnapshotRequest {
  /** Names of the channels that it is about. */
  readonly channels: readonly string[];
  /** The cursor of the place in the log, after which the messages of the channels follow. */
  readonly cursor: string;
  /** The gap after which the client needs the snapshot. Absent for a client without a cursor. */
  readonly gap?: Pick<Gap, 'reason' | 'missed'>;
}

/** The messages of one snapshot, in parts. */
export interface SnapshotContent {
  /** Reads the next messages. It returns a promise only where it has to wait. */
  read(): SnapshotPart | Promise<SnapshotPart>;
  close(): Promise<void>;
}

/** Gives one client its snapshots. */
export interface SnapshotSource {
  /** Runs the app's code as a part of its request. */
  run<R>(act: () => R): R;
  /**
   * Begins a snapshot.
   *
   * @param logs those of the channels.
   * @throws what the app throws.
   */
  ask(request: SnapshotRequest, logs: readonly Log[]): SnapshotContent;
  /** Snapshots in a row, each after a gap of its own, before a gap is left to the client. */
  readonly maxInRow: number;
  /** Milliseconds in which a snapshot, or the next part of it, must come. */
  readonly timeout: number;
  /** Receives what the app's function throws after the head was sent. */
  onError(error: unknown): void;
}

/** The messages that an app has given for one client, in front of those of the log. */
export class Snapshot implements SnapshotContent {
  #given: unknown;
  readonly #maxMessageBytes: number;
  #iterator: Iterator<unknown> | undefined;
  #source: OneOffSource | undefined;
  #isDone = false;
  #isClosed = false;

  /** @param given the value that the app's function has returned. */
  constructor(given: unknown, maxMessageBytes: number) {
    this.#given = given;
    this.#maxMessageBytes = maxMessageBytes;
  }

  /**
   * Reads the next messages. A part ends with the snapshot, or once it has `maxBytes`.
   *
   * @returns a promise only where the app has given one, or an async iterable.
   * @throws TypeError for messages that cannot be sent, and whatever the app's iterable throws.
   */
  read(maxBytes = defaultBatchLimits.bytes): SnapshotPart | Promise<SnapshotPart> {
    if (!isPromise(this.#given)) return this.#read(maxBytes);
    return Promise.resolve(this.#given).then((given) => {
      this.#given = given;
      return this.#read(maxBytes);
    });
  }

  /** Closes the iterable, if the app has given one and it is not at its end. */
  async close(): Promise<void> {
    if (this.#isDone || this.#isClosed) return;
    this.#isClosed = true;
    // A promise that has not settled yet is closed when it has.
    if (!isPromise(this.#given)) await this.#close();
  }

  async #close(): Promise<void> {
    this.#open();
    this.#iterator?.return?.();
    await this.#source?.close();
  }

  #read(maxBytes: number): SnapshotPart | Promise<SnapshotPart> {
    if (this.#isClosed) return this.#close().then(() => ({ messages: [], places: [], isLast: true }));
    this.#open();
    return this.#source ? this.#readAsync(this.#source, maxBytes) : this.#readSync(maxBytes);
  }

  #readSync(maxBytes: number): SnapshotPart {
    const part = new PartBuilder(this.#maxMessageBytes);
    while (!this.#isDone && part.bytes < maxBytes) this.#add(part, this.#iterator?.next());
    return part.end(this.#isDone);
  }

  async #readAsync(source: OneOffSource, maxBytes: number): Promise<SnapshotPart> {
    const part = new PartBuilder(this.#maxMessageBytes);
    // An iterator need not have a `return()`, and would be read on without a client.
    while (!this.#isDone && !this.#isClosed && part.bytes < maxBytes) this.#add(part, await source.next());
    return part.end(this.#isDone);
  }

  #add(part: PartBuilder, result: IteratorResult<unknown> | undefined): void {
    if (result === undefined || result.done) this.#isDone = true;
    else part.add(result.value);
  }

  /** Finds out what the app has given. A string is one message, and no iterable of characters. */
  #open(): void {
    if (this.#iterator || this.#source) return;
    const given = this.#given;
    if (given === undefined || given === null) this.#iterator = [].values();
    else if (typeof given === 'string' || isMessage(given)) this.#iterator = [given].values();
    else if (isObjectWith(Symbol.asyncIterator, given)) {
      this.#source = new OneOffSource(given as AsyncIterable<SourceMessage>);
    } else if (isObjectWith(Symbol.iterator, given)) {
      this.#iterator = (given as Iterable<unknown>)[Symbol.iterator]();
    } else {
      // Nothing is left to close.
      this.#isDone = true;
      const wanted = 'a string, an object with data, an iterable or async iterable of them, or a promise of these';
      throw misuse('what initial returns', wanted, given);
    }
  }
}
