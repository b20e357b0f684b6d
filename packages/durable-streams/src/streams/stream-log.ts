import type { Backplane, Clock, Followed, Log, Position } from '@pushwire/core/backplanes';
import { type Command, type Content, encodeCommand, sizeOf } from '../protocol/command';
import type { Change } from '../protocol/counts';
import { keptFor } from '../protocol/lifetime';
import { formatOffset } from '../protocol/offset';
import { Replay, type Taken } from '../protocol/replay';
import { judge, type StreamState, type Verdict } from '../protocol/stream-state';
import { Waits } from './waits';

/** The parts of the package that the log of a stream uses. */
export interface StreamLogHost {
  readonly backplane: Backplane;
  readonly clock: Clock;
  /** Counts what this process has written. */
  counted(change: Change): void;
  /** Reports a failure of something that no request waits for. */
  failed(error: unknown): void;
}

/** A command as it was decided, with its place in the log if it has one. */
export interface Decision {
  readonly verdict: Verdict;
  readonly position?: Position;
}

/** Milliseconds after which the log is read again for a command that it should have by now. */
const patience = 200;

/** A command whose log was deleted before it was read. */
const unread: Taken = { verdict: { kind: 'unknown' }, changes: [] };

/**
 * The log of one stream, as this process follows it. Each command is judged when it is read, so
 * that all processes come to the same state. A command that this process can refuse by itself is
 * not written.
 */
export class StreamLog {
  readonly #host: StreamLogHost;
  #followed: Followed | undefined;
  #replay = new Replay();
  /** The log that was read, and the offset of the newest command that was. */
  #epoch = '';
  #read = 0;
  /** The commands that were read while this process waits for some. */
  readonly #taken = new Map<string, Taken>();
  #waiting = 0;
  readonly #waits: Waits;

  constructor(
    readonly name: string,
    host: StreamLogHost,
  ) {
    this.#host = host;
    this.#waits = new Waits(host.clock);
  }

  /** @throws PushwireError the promise rejects where the backplane cannot be reached. */
  async follow(): Promise<this> {
    this.#followed = await this.#host.backplane.follow(this.name, () => this.#onChange());
    this.#onChange();
    return this;
  }

  stop(): void {
    this.#followed?.stop();
    this.#followed = undefined;
    this.#waits.wakeAll();
  }

  /** The stream, or `undefined` where there is none, or where it has expired. */
  get state(): StreamState | undefined {
    const state = this.#replay.state;
    return state && state.expires > this.#host.clock.now() ? state : undefined;
  }

  /** The time at which the stream expires or has expired, in ms, or `Infinity`. */
  get expires(): number {
    return this.#replay.state?.expires ?? Number.POSITIVE_INFINITY;
  }

  /** The bytes of the log, with `commandOverhead` for each command. */
  get bytes(): number {
    return this.#replay.bytes;
  }

  /** Brings the copy of the log up to date, where it is one. */
  async refresh(): Promise<void> {
    await this.#followed?.refresh?.();
    this.#onChange();
  }

  /** Judges a command as far as this process has read the log. */
  judge(command: Command, content: Content = ''): Verdict {
    return judge(this.#replay.state, command, sizeOf(content));
  }

  /**
   * Writes a command, unless it can be refused without that, and tells how it was decided. A log
   * without a stream after that is deleted.
   */
  async submit(command: Command, content?: Content): Promise<Decision> {
    // Nothing of an expired stream stays in the log of the next one.
    if (command.kind === 'create') await this.removeExpired();
    if (this.judge(command, content).kind !== 'accepted') await this.refresh();
    const verdict = this.judge(command, content);
    if (verdict.kind !== 'accepted') return { verdict };
    this.#waiting++;
    try {
      const message = encodeCommand(command, content);
      const position = await this.#host.backplane.append(this.name, message, this.#keepFor(command));
      await this.#reach(position);
      const { verdict: decided, changes } = this.#taken.get(formatOffset(position)) ?? unread;
      for (const change of changes) this.#host.counted(change);
      if (this.#replay.state === undefined) await this.#host.backplane.delete?.(this.name, position);
      return { verdict: decided, position };
    } finally {
      if (--this.#waiting === 0) this.#taken.clear();
    }
  }

  /** Deletes the stream if it has expired. */
  async removeExpired(): Promise<void> {
    const [state, at] = [this.#replay.state, this.#host.clock.now()];
    if (state && state.expires <= at) await this.submit({ kind: 'delete', at, life: state.life, expired: true });
  }

  /**
   * Reads content after an offset of the log: up to so many bytes, but at least one append. Each
   * content has its offset in `ends`.
   */
  contentAfter(offset: number, maxBytes: number): { readonly contents: Content[]; readonly ends: number[] } {
    const [contents, ends]: [Content[], number[]] = [[], []];
    const tail = this.#replay.state?.tail.offset ?? offset;
    for (let [at, bytes] = [offset + 1, 0]; at <= tail && bytes < maxBytes; at++) {
      const { body } = this.#log.at(at).message;
      if (body.length === 0 || this.#replay.isRefused(at)) continue;
      contents.push(body);
      ends.push(at);
      bytes += sizeOf(body);
    }
    return { contents, ends };
  }

  /** See {@link Waits.wait}. */
  changed(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#waits.wait(ms, signal);
  }

  #keepFor(command: Command): number | undefined {
    const lifetime = command.kind === 'create' ? command : (this.#replay.state?.lifetime ?? {});
    const used = Math.max(command.at, this.#replay.state?.used ?? command.at);
    return keptFor(lifetime, used, this.#host.clock.now());
  }

  get #log(): Log {
    return (this.#followed as Followed).log;
  }

  /** Waits until a command has been read. A copy that does not get it in time is read again. */
  async #reach({ epoch, offset }: Position): Promise<void> {
    const hasRead = () => epoch === this.#epoch && this.#read >= offset;
    if (hasRead()) return;
    await this.changed(patience);
    while (!hasRead() && this.#followed) {
      await this.refresh();
      if (hasRead() || epoch !== this.#epoch) return;
      await this.changed(patience);
    }
  }

  #onChange(): void {
    if (this.#followed === undefined) return;
    const log = this.#log;
    const isGone = this.#followed.isDeleted === true;
    if (log.epoch !== this.#epoch || isGone) this.#begin(log.epoch);
    if (!isGone) this.#readOn(log);
    this.#waits.wakeAll();
  }

  #begin(epoch: string): void {
    this.#epoch = epoch;
    this.#read = 0;
    this.#replay = new Replay();
  }

  #readOn(log: Log): void {
    if (log.floor > this.#read) {
      this.#host.failed(new Error(`The backplane has lost messages of the stream ${this.name}.`));
      this.#begin(log.epoch);
      this.#read = log.floor;
    }
    while (this.#read < log.head) this.#take(log, ++this.#read);
  }

  #take(log: Log, offset: number): void {
    const position = { epoch: log.epoch, offset };
    const taken = this.#replay.take(log.at(offset).message, position);
    if (taken && this.#waiting > 0) this.#taken.set(formatOffset(position), taken);
  }
}
