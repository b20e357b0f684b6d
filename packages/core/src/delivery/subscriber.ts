import type { Chunk } from '../encoders/chunk';
import type { Encoder } from '../encoders/encoder';
import { type Batch, readBatch } from '../log/batch';
import { formatCursor, type Position } from '../log/cursor';
import type { CloseReason } from './close-reason';
import type { ConnectionHost } from './connection';
import type { Member } from './fan-out';
import type { Group } from './group';
import type { Sink } from './sink';
import { Stream, type StreamSettings } from './stream';

/** The share of the greatest age by which ends are spread: who came together should not come back together. */
const ageSpread = 0.1;

/**
 * A connection that is a cursor on one log or several. While it keeps up it is *live*: a member of its group, which
 * writes to it. When its socket is full it is *lagging*: it leaves the group, keeps only its positions, and reads on from
 * the logs as the socket drains.
 */
export class Subscriber extends Stream implements Member {
  readonly #group: Group;
  /** Where a lagging subscriber is; a live one is where its group is. */
  #positions: readonly Position[] | undefined;
  /** Whether it is counted as lagging. */
  #lags = false;
  #endsAt = Number.POSITIVE_INFINITY;

  constructor(host: ConnectionHost, group: Group, encoder: Encoder, sink: Sink, settings: StreamSettings) {
    super(host, encoder, sink, settings);
    this.#group = group;
  }

  override get channels(): readonly string[] {
    return this.#group.channels;
  }

  get live(): boolean {
    return this.reason === undefined && this.#positions === undefined;
  }

  /** Opens the stream and goes on from the given positions. The group has been entered for it. */
  start(positions: readonly Position[]): void {
    this.open();
    this.#endsAt = this.host.timers.clock.now() + this.settings.maxAge * (1 - Math.random() * ageSpread);
    const opening = this.begin(formatCursor(positions, this.#group.tags));
    this.#positions = positions;
    this.#readOn(opening);
  }

  deliver(bytes: Uint8Array, before: readonly Position[]): boolean {
    if (this.full) {
      this.#group.remove(this);
      this.#positions = before;
      this.#noteLagging();
      return false;
    }
    this.pass(bytes);
    this.#endIfSpent();
    return true;
  }

  override tick(now: number): number | undefined {
    if (this.reason === undefined && now >= this.#endsAt) {
      this.close('aged');
      return undefined;
    }
    const next = super.tick(now);
    return next === undefined ? undefined : Math.min(next, this.#endsAt - now);
  }

  end(cursor: string): void {
    this.closeWith('ended', [this.encoder.end(cursor)]);
  }

  fail(): void {
    // The app's own mapping threw; it might throw again for the last words.
    this.startClosing('failed');
    this.endSink('failed');
  }

  #endIfSpent(): void {
    if (this.spent) this.close('spent');
  }

  /** Hands on at once what was published before, where it is live. */
  flush(): void {
    if (this.live) this.#group.flush();
  }

  override onDrain(): void {
    super.onDrain();
    if (this.#positions !== undefined && this.reason === undefined && !this.full) this.#readOn('');
  }

  #noteLagging(): void {
    this.#lags = true;
    this.host.observer.lagging(this);
  }

  #noteCaughtUp(): void {
    if (this.#lags) this.host.observer.caughtUp();
    this.#lags = false;
  }

  /** Reads slices of the logs until the socket is full or the head is reached, and is live from there. */
  #readOn(first: Chunk): void {
    try {
      this.#catchUp(first);
    } catch (error) {
      // The head is out already.
      this.host.observer.failed(error, 'what the app makes of a message threw');
      this.fail();
    }
  }

  #catchUp(first: Chunk): void {
    this.#group.reachHead();
    let lead = first;
    let batch: Batch;
    do {
      const from = this.#positions as readonly Position[];
      batch = readBatch(this.#group.logs, this.#group.tags, from);
      if (batch.gap && lead === '' && this.settings.overrun === 'disconnect') {
        this.close('overrun');
        return;
      }
      this.#positions = batch.positions;
      if (batch.gap) this.host.observer.gap(this, batch.gap);
      const isNews = batch.messages.length > 0 || batch.gap !== undefined;
      const news = isNews ? [this.#group.encode(from, batch)] : [];
      this.write(lead === '' ? news : [lead, ...news], batch.messages.length);
      lead = '';
    } while (batch.more && !this.full && !this.spent);
    if (batch.ended) {
      this.end(batch.cursor);
      return;
    }
    if (!batch.more) {
      this.#positions = undefined;
      this.#group.add(this);
      this.#noteCaughtUp();
    } else if (!this.#lags) this.#noteLagging();
    this.#endIfSpent();
  }

  protected override get lastWrite(): number {
    return this.live ? Math.max(super.lastWrite, this.#group.lastFlush) : super.lastWrite;
  }

  protected release(_reason: CloseReason): void {
    this.#noteCaughtUp();
    this.#group.remove(this);
    this.#group.leave();
  }
}
