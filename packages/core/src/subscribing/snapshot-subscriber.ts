import { isAbort, isPromise, isUnreachable } from '../checks/errors';
import type { CloseReason } from '../delivery/close-reason';
import type { ConnectionHost } from '../delivery/connection';
import type { Group } from '../delivery/group';
import type { Sink } from '../delivery/sink';
import type { StreamSettings } from '../delivery/stream-settings';
import { Subscriber } from '../delivery/subscriber';
import type { Chunk } from '../encoders/chunk';
import type { Encoder } from '../encoders/encoder';
import type { HandOut } from '../encoders/shared-deflate';
import type { Batch, Gap } from '../log/batch';
import { formatCursor, type Position } from '../log/cursor';
import { logsWithGaps } from '../log/gap-names';
import { encodePart } from './encoded-part';
import type { SnapshotPart } from './snapshot-part';
import { LateSnapshot, type SnapshotHost, SnapshotReader } from './snapshot-reader';
import type { Unknown } from './unknown';

/**
 * A subscriber that gets a snapshot in front of the messages that it does not know: at its start,
 * and after a gap. The place in the log is fixed when the app is asked. Until the snapshot is
 * complete, the client keeps its old cursor, so that one that is cut off gets a snapshot again.
 */
export class SnapshotSubscriber extends Subscriber {
  /** Reads the snapshot that is being sent. */
  protected reader: SnapshotReader | undefined;
  #inRow = 0;
  #isWaiting = false;
  #hasFailed = false;
  #starting: { resolve(): void; reject(error: unknown): void } | undefined;

  constructor(
    host: ConnectionHost,
    group: Group,
    encoder: Encoder,
    sink: Sink,
    settings: StreamSettings,
    readonly snapshots: SnapshotHost,
  ) {
    super(host, group, encoder, sink, settings);
  }

  /**
   * Asks for a snapshot, and opens the stream when its first part has come.
   *
   * @param from the cursor that the client sent.
   * @returns a promise only where the app takes its time. It rejects with what the app throws.
   */
  startWithout(unknown: Unknown, positions: readonly Position[], from?: string): void | Promise<void> {
    try {
      const reader = this.ask(unknown, positions);
      const part = reader.next();
      if (!isPromise(part)) return this.#open(reader, part, from);
      this.register();
      return new Promise((resolve, reject) => {
        this.#starting = { resolve, reject };
        this.#wait(part, (first) => {
          this.#open(reader, first, from);
          resolve();
        });
      });
    } catch (error) {
      this.reader?.close();
      throw error;
    }
  }

  #open(reader: SnapshotReader, part: SnapshotPart, from: string | undefined): void {
    const { gap } = reader;
    const isEmpty = part.isLast && part.messages.length === 0 && !gap;
    const opening = this.opening(isEmpty ? reader.place : reader.kept, from);
    if (isEmpty) this.reader = undefined;
    // A client whose snapshot has come at once was not registered while it was waited for.
    if (!this.#starting) this.register();
    this.begin();
    if (gap) this.host.observer.gap(this, gap);
    if (isEmpty) this.write([opening]);
    // The app's mapping of a message may throw, when the framework cannot answer any more.
    else this.attempt(() => this.#send(reader, part, [opening]));
    if (this.reason === undefined) this.tryCatchUp();
  }

  /** Fixes the place in the logs, and asks for what comes before it. */
  protected ask(unknown: Unknown, positions: readonly Position[], source = this.snapshots.source): SnapshotReader {
    this.#inRow++;
    this.reader = new SnapshotReader({ ...this.snapshots, source, group: this.group }, unknown, positions);
    this.positions = this.reader.positions;
    return this.reader;
  }

  /** Writes a part. The last one is followed by the cursor at which the logs are read on. */
  #send(reader: SnapshotReader, part: SnapshotPart, opening: readonly Chunk[] = []): void {
    const batch = reader.take(part);
    this.positions = reader.positions;
    const content = encodePart(this.encoder, batch, part.isShared ? this.group.host.partBytes : undefined);
    const end = part.isLast ? [this.endOf(reader)] : [];
    if (part.isLast) this.reader = undefined;
    this.write([...opening, ...content, ...end], part.messages.length);
  }

  protected endOf(reader: SnapshotReader): Chunk {
    return this.encoder.snapshot(reader.place);
  }

  protected override catchUp(lead: Chunk | undefined): void {
    if (this.reader === undefined) {
      const before = this.#inRow;
      super.catchUp(lead);
      if (this.#inRow === before) this.#inRow = 0;
    } else this.#sendOn();
  }

  /** Sends the snapshot until the socket is full, or until the app has to be waited for. */
  #sendOn(): void {
    while (this.reader && !this.#isWaiting && !this.full) {
      const reader = this.reader;
      const part = this.attempt(() => reader.next());
      if (part === undefined) return;
      if (isPromise(part)) {
        return void this.#wait(part, (next) => {
          this.#send(reader, next);
          if (!this.full) this.tryCatchUp();
        });
      }
      this.#send(reader, part);
    }
    if (this.reader === undefined && !this.full) this.catchUp(undefined);
  }

  /** A gap is told together with the snapshot that stands for what was lost. */
  protected override replace(gap: Gap, from: readonly Position[]): boolean {
    if (this.#inRow >= this.snapshots.source.maxInRow) return false;
    this.host.observer.gap(this, gap);
    const logs = logsWithGaps(this.group.logs, from);
    const kept = formatCursor(from, this.group.tags);
    this.attempt(() => this.ask({ logs, kept, gap }, from));
    if (this.reason === undefined) this.#sendOn();
    return true;
  }

  /** Calls the app, and closes the connection if it throws. */
  protected attempt<T>(call: () => T): T | undefined {
    try {
      return call();
    } catch (error) {
      this.#onThrow(error);
      return undefined;
    }
  }

  override deliver(bytes: Uint8Array, before: readonly Position[], batch: Batch, handOut?: HandOut): boolean {
    if (batch.gap === undefined) return super.deliver(bytes, before, batch, handOut);
    this.leaveGroupAt(before);
    this.host.timers.clock.soon(() => {
      if (this.positions !== undefined && this.reason === undefined) this.tryCatchUp();
    });
    return false;
  }

  /** Waits for the app, for a limited time. */
  async #wait(reading: Promise<SnapshotPart>, then: (part: SnapshotPart) => void): Promise<void> {
    this.#isWaiting = true;
    try {
      const part = await reading.finally(() => {
        this.#isWaiting = false;
      });
      if (this.reason === undefined) then(part);
    } catch (error) {
      this.#onThrow(error);
    }
  }

  #onThrow(error: unknown): void {
    if (this.reason !== undefined) {
      if (!isAbort(error)) this.snapshots.source.onError(error);
    } else if (error instanceof LateSnapshot || isUnreachable(error)) {
      this.host.observer.failed(error, 'a client was asked to come back later');
      this.close('unavailable');
    } else if (this.begun) {
      this.#hasFailed = true;
      this.close('failed');
      this.snapshots.source.onError(error);
    } else {
      // The framework answers with the error.
      this.#starting?.reject(error);
      this.sink.listener = undefined;
      this.onClose('failed');
    }
  }

  protected override closingEvent(reason: CloseReason): Chunk {
    return this.#hasFailed && reason === 'failed' ? this.encoder.error() : super.closingEvent(reason);
  }

  protected override release(): void {
    this.reader?.close();
    this.#starting?.resolve();
    super.release();
  }
}
