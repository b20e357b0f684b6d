import { isAbort, isPromise, isUnreachable } from '../checks/errors';
import type { CloseReason } from '../delivery/close-reason';
import type { ConnectionHost } from '../delivery/connection';
import type { Group } from '../delivery/group';
import type { Sink } from '../delivery/sink';
import type { StreamSettings } from '../delivery/stream-settings';
import { Subscriber } from '../delivery/subscriber';
import type { Chunk } from '../encoders/chunk';
import type { Encoder } from '../encoders/encoder';
import { type Batch, emptyBatchAt, type Gap } from '../log/batch';
import { formatCursor, type Position, startCursor } from '../log/cursor';
import { type Start, startOffset } from '../log/start';
import { claimedPositions } from '../log/start-positions';
import { Snapshot, type SnapshotSource } from './snapshot';
import type { SnapshotPart } from './snapshot-part';
import { LateSnapshot, SnapshotReader } from './snapshot-reader';
import type { Unknown } from './unknown';

/** Snapshots in a row, each after a gap of its own, before a gap is left to the client. */
const maxInRow = 3;

/**
 * A subscriber that gets a snapshot in front of the messages that it does not know: at its start,
 * and after a gap. The place in the log is fixed when the app is asked. Until the snapshot is
 * complete, the client keeps its old cursor, so that one that is cut off gets a snapshot again.
 */
export class SnapshotSubscriber extends Subscriber {
  readonly #source: SnapshotSource;
  readonly #start: Start;
  /** Reads the snapshot that is being sent. */
  #reader: SnapshotReader | undefined;
  #kept = startCursor;
  /** The gap that the client is told of together with the snapshot. */
  #gap: Gap | undefined;
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
    source: SnapshotSource,
    start: Start,
  ) {
    super(host, group, encoder, sink, settings);
    this.#source = source;
    this.#start = start;
  }

  /**
   * Asks for a snapshot, and opens the stream when its first part has come.
   *
   * @param from the cursor that the client sent.
   * @returns a promise only where the app takes its time. It rejects with what the app throws.
   */
  startWithout(unknown: Unknown, positions: readonly Position[], from?: string): void | Promise<void> {
    const part = this.#startReading(unknown, positions, from);
    if (part === undefined) return;
    this.register();
    return new Promise((resolve, reject) => {
      this.#starting = { resolve, reject };
      this.#wait(part, (first) => {
        this.#open(first, from);
        resolve();
      });
    });
  }

  /** Returns a promise of the first part, unless that has come and the stream is open. */
  #startReading(
    unknown: Unknown,
    positions: readonly Position[],
    from: string | undefined,
  ): Promise<SnapshotPart> | undefined {
    try {
      const part = this.#ask(unknown, positions).next();
      if (isPromise(part)) return part;
      this.#open(part, from);
      return undefined;
    } catch (error) {
      this.#closeSnapshot();
      throw error;
    }
  }

  #open(part: SnapshotPart, from: string | undefined): void {
    const isEmpty = part.isLast && part.messages.length === 0 && this.#gap === undefined;
    if (isEmpty) this.#reader = undefined;
    const content = isEmpty ? [] : this.#encode(part);
    const opening = this.opening(isEmpty ? this.#place : this.#kept, from);
    // A client whose snapshot has come at once was not registered while it was waited for.
    if (!this.#starting) this.register();
    this.begin();
    this.write([opening, ...content], part.messages.length);
    this.tryCatchUp();
  }

  get #place(): string {
    return formatCursor(this.positions as readonly Position[], this.group.tags);
  }

  /** Fixes the place in the logs, and asks for what comes before it. */
  #ask({ logs, kept, gap }: Unknown, positions: readonly Position[]): SnapshotReader {
    const { channels } = this.group;
    this.#kept = kept;
    this.#gap = gap;
    this.#inRow++;
    this.positions = this.group.logs.map((log, i) =>
      logs.includes(i) ? { epoch: log.epoch, offset: startOffset(log, this.#start) } : (positions[i] as Position),
    );
    const about = gap && { gap: { reason: gap.reason, ...(gap.missed !== undefined && { missed: gap.missed }) } };
    const names = logs.map((i) => channels[i] as string);
    const given = this.#source.ask({ channels: names, cursor: this.#place, ...about });
    const snapshot = new Snapshot(given, this.host.maxMessageBytes);
    this.#reader = new SnapshotReader(snapshot, this.#source, this.group, this.host.timers.clock);
    return this.#reader;
  }

  /** Encodes a part. The last one is followed by the cursor at which the logs are read on. */
  #encode({ messages, places, isLast }: SnapshotPart): Chunk[] {
    const { logs, tags } = this.group;
    const gap = this.#gap && { ...this.#gap, cursor: this.#kept };
    const nothing = emptyBatchAt(this.positions as readonly Position[], this.#kept);
    const chunks =
      messages.length === 0 && !gap ? [] : [this.encoder.batch({ ...nothing, messages, ...(gap && { gap }) })];
    this.#gap = undefined;
    if (places.length > 0) {
      const claims = claimedPositions(places, logs, tags);
      this.positions = this.positions?.map((position, i) => claims[i] ?? position);
    }
    if (!isLast) return chunks;
    this.#reader = undefined;
    return [...chunks, this.encoder.snapshot(this.#place)];
  }

  protected override catchUp(lead: Chunk | undefined): void {
    if (this.#reader === undefined) {
      const before = this.#inRow;
      super.catchUp(lead);
      if (this.#inRow === before) this.#inRow = 0;
    } else this.#sendOn();
  }

  /** Sends the snapshot until the socket is full, or until the app has to be waited for. */
  #sendOn(): void {
    while (this.#reader && !this.#isWaiting && !this.full) {
      const reader = this.#reader;
      const part = this.#attempt(() => reader.next());
      if (part === undefined) return;
      if (isPromise(part)) {
        this.#wait(part, (next) => {
          this.#send(next);
          if (!this.full) this.tryCatchUp();
        });
        return;
      }
      this.#send(part);
    }
    if (this.#reader === undefined && !this.full) this.catchUp(undefined);
  }

  #send(part: SnapshotPart): void {
    this.write(this.#encode(part), part.messages.length);
  }

  /** A gap is told together with the snapshot that stands for what was lost. */
  protected override replace(gap: Gap, from: readonly Position[]): boolean {
    if (this.#inRow >= maxInRow) return false;
    this.host.observer.gap(this, gap);
    const logs = this.group.logs.flatMap((log, i) => (log.resume(from[i] as Position).gap === undefined ? [] : [i]));
    const kept = formatCursor(from, this.group.tags);
    this.#attempt(() => this.#ask({ logs, kept, gap }, from));
    if (this.reason === undefined) this.#sendOn();
    return true;
  }

  /** Calls the app, and closes the connection if it throws. */
  #attempt<T>(call: () => T): T | undefined {
    try {
      return call();
    } catch (error) {
      this.#onThrow(error);
      return undefined;
    }
  }

  override deliver(bytes: Uint8Array, before: readonly Position[], batch: Batch): boolean {
    if (batch.gap === undefined) return super.deliver(bytes, before, batch);
    this.leaveGroupAt(before);
    this.host.timers.clock.soon(() => {
      if (this.positions !== undefined && this.reason === undefined) this.tryCatchUp();
    });
    return false;
  }

  /** Waits for the app, for a limited time. */
  #wait(reading: Promise<SnapshotPart>, then: (part: SnapshotPart) => void): void {
    this.#isWaiting = true;
    reading.then(
      (part) => {
        this.#isWaiting = false;
        if (this.reason === undefined) this.#attempt(() => then(part));
      },
      (error) => {
        this.#isWaiting = false;
        this.#onThrow(error);
      },
    );
  }

  #onThrow(error: unknown): void {
    if (this.reason !== undefined) {
      if (!isAbort(error)) this.#source.onError(error);
    } else if (error instanceof LateSnapshot || isUnreachable(error)) {
      this.host.observer.failed(error, 'a client was asked to come back later');
      this.close('unavailable');
    } else if (this.begun) {
      this.#hasFailed = true;
      this.close('failed');
      this.#source.onError(error);
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

  #closeSnapshot(): void {
    this.#reader?.close();
    this.#reader = undefined;
  }

  protected override release(): void {
    this.#closeSnapshot();
    this.#starting?.resolve();
    super.release();
  }
}
