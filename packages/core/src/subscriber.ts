import { type Batch, readBatch } from './batch';
import type { ConnectionHost } from './connection';
import { formatCursor, type Position } from './cursor';
import type { Group, Member } from './group';
import type { CloseReason } from './reason';
import { leastRetry, spreadRetry } from './retry';
import type { Sink } from './sink';
import { Stream, type StreamSettings } from './stream';
import type { Chunk } from './writers/chunk';
import type { Writer } from './writers/writer';

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
  #endsAt = Number.POSITIVE_INFINITY;

  constructor(host: ConnectionHost, group: Group, writer: Writer, sink: Sink, settings: StreamSettings) {
    super(host, writer, sink, settings);
    this.#group = group;
  }

  get live(): boolean {
    return this.reason === undefined && this.#positions === undefined;
  }

  /** Opens the stream and goes on from the given positions. The group has been entered for it. */
  start(positions: readonly Position[]): void {
    this.attach();
    this.#endsAt = this.host.wheel.clock.now() + this.settings.maxAge * (1 - Math.random() * ageSpread);
    const opening = this.begin(formatCursor(positions, this.#group.tags));
    this.#positions = positions;
    this.#readOn(opening);
  }

  /** Takes what the group has to say since `before`, unless the socket is full. */
  deliver(bytes: Uint8Array, before: readonly Position[]): void {
    if (this.full) this.#lag(before);
    else {
      // The group knows when.
      this.pass(bytes);
      this.#endIfSpent();
    }
  }

  override visit(now: number): number | undefined {
    if (this.reason === undefined && now >= this.#endsAt) {
      this.close('aged', this.writer.later('aged', leastRetry));
      return undefined;
    }
    const next = super.visit(now);
    return next === undefined ? undefined : Math.min(next, this.#endsAt - now);
  }

  end(cursor: string): void {
    this.close('ended', this.writer.end(cursor));
  }

  fail(): void {
    this.over('failed');
    this.sink.end('failed');
  }

  /** Comes back at once, with the cursor that it has. */
  #endIfSpent(): void {
    if (this.spent) this.close('spent', this.writer.later('spent', 0));
  }

  /** Hands on at once what was published before, where it is live. */
  flush(): void {
    if (this.live) this.#group.flush();
  }

  override drained(): void {
    super.drained();
    if (this.#positions !== undefined && this.reason === undefined && !this.full) this.#readOn('');
  }

  #lag(positions: readonly Position[]): void {
    this.#positions = positions;
    this.#group.live.delete(this);
  }

  /** Reads slices of the logs until the socket is full or the head is reached, and is live from there. */
  #readOn(first: Chunk): void {
    try {
      this.#catchUp(first);
    } catch (error) {
      // An app's own mapping threw, when the head is out already.
      console.error(error);
      this.fail();
    }
  }

  #catchUp(first: Chunk): void {
    // What the group has not handed on yet, it hands on now: then its place is the logs' head.
    this.#group.flush();
    let lead = first;
    let batch: Batch;
    do {
      batch = readBatch(this.#group.logs, this.#group.tags, this.#positions as readonly Position[]);
      if (batch.gap && lead === '' && this.settings.overrun === 'disconnect') {
        this.close('overrun', this.writer.later('overrun', spreadRetry(this.settings.retry, Math.random())));
        return;
      }
      this.#positions = batch.positions;
      this.write(lead, this.writer.batch(batch));
      lead = '';
    } while (batch.more && !this.full && !this.spent);
    if (batch.ended) this.end(batch.cursor);
    else if (!batch.more) {
      this.#positions = undefined;
      this.#group.live.add(this);
      this.#endIfSpent();
    } else this.#endIfSpent();
  }

  protected override get lastWrite(): number {
    return this.live ? Math.max(super.lastWrite, this.#group.lastFlush) : super.lastWrite;
  }

  protected release(_reason: CloseReason): void {
    this.#group.live.delete(this);
    this.#group.leave();
  }
}
