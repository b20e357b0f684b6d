import type { Chunk } from '../encoders/chunk';
import type { Encoder } from '../encoders/encoder';
import type { HandOut } from '../encoders/shared-deflate';
import type { Batch, Gap } from '../log/batch';
import { type Cursor, formatCursor, type Position, withTags } from '../log/cursor';
import { encodeCatchUp } from './catch-up-bytes';
import type { CloseReason } from './close-reason';
import type { ConnectionHost } from './connection';
import { DirectStream } from './direct-stream';
import type { Group } from './group';
import type { Member } from './member';
import type { Sink } from './sink';
import { encodeEnd, outcomeFor } from './stream-end';
import type { StreamSettings } from './stream-settings';

/** The share of `maxAge` by which ends are spread over time. */
const ageSpread = 0.1;

/**
 * A connection that is a cursor on one log or several. While it keeps up it is *live*: a member of
 * its group, which writes to it. While its socket is full it is *lagging*: it has left the group,
 * keeps only its positions, and reads on from the logs when the socket drains.
 */
export class Subscriber extends DirectStream implements Member {
  protected group: Group;
  /** The positions while it is not live. A live subscriber has those of its group. */
  protected positions: readonly Position[] | undefined;
  /** True while it is counted as lagging. */
  #isLagging = false;
  /** The time at which it ends by itself, in whole ms, or -1 for never. */
  #end = -1;

  constructor(host: ConnectionHost, group: Group, encoder: Encoder, sink: Sink, settings: StreamSettings) {
    super(host, encoder, sink, settings);
    this.group = group;
  }

  override get channels(): readonly string[] {
    return this.group.channels;
  }

  protected override get endsAt(): number {
    return this.#end < 0 ? Number.POSITIVE_INFINITY : this.host.created + this.#end;
  }

  get live(): boolean {
    return this.reason === undefined && this.positions === undefined;
  }

  /**
   * Opens the stream and reads on from the positions, after the cursor `from` of the client. The
   * caller has entered the group for it.
   */
  start(positions: readonly Position[], from?: string): void {
    const opening = this.opening(formatCursor(positions, this.group.tags), from);
    this.register();
    this.begin();
    this.positions = positions;
    this.tryCatchUp(opening);
  }

  protected override begin(now = this.host.timers.clock.now()): void {
    const age = this.settings.maxAge * (1 - Math.random() * ageSpread);
    if (age !== Number.POSITIVE_INFINITY) this.#end = this.wholeMs(now) + Math.ceil(age);
    super.begin(now);
  }

  deliver(bytes: Uint8Array, before: readonly Position[], _batch?: Batch, handOut?: HandOut): boolean {
    if (this.full) {
      this.leaveGroupAt(before);
      this.setLagging(true);
      return false;
    }
    this.writeUncounted(bytes, handOut);
    if (this.spent) this.close('spent');
    return true;
  }

  /** Reads on by itself from the positions. */
  protected leaveGroupAt(positions: readonly Position[]): void {
    this.group.remove(this);
    this.positions = positions;
  }

  override tick(now: number): number | undefined {
    if (this.reason === undefined && now >= this.endsAt) {
      this.close('aged');
      return undefined;
    }
    const next = super.tick(now);
    return next === undefined ? undefined : Math.min(next, this.endsAt - now);
  }

  protected override closingEvent(reason: CloseReason): Chunk {
    if (reason === 'ended') return encodeEnd(this.encoder, this.group, this.place);
    // The app's `map` threw. It could throw again for a closing event.
    return reason === 'failed' ? '' : super.closingEvent(reason);
  }

  protected override get outcome() {
    return outcomeFor(this.group, this.place);
  }

  private get place(): readonly Position[] {
    return this.positions ?? this.group.positions;
  }

  /** Its place in each of its channels. */
  get cursor(): Cursor {
    return withTags(this.place, this.group.tags);
  }

  /** Reads on in another group, which the caller has entered for it. The client is told of it. */
  follow(group: Group, positions: readonly Position[], cursor = formatCursor(positions, group.tags)): void {
    this.leaveGroupAt(positions);
    this.group.leave();
    this.group = group;
    this.write([this.encoder.topics?.(cursor) ?? '']);
    if (this.full) this.setLagging(true);
    else this.tryCatchUp();
  }

  override flush(): void {
    if (this.live) this.group.flush();
  }

  override onDrain(): void {
    super.onDrain();
    if (this.positions !== undefined && this.reason === undefined && !this.full) this.tryCatchUp();
  }

  private setLagging(isLagging: boolean): void {
    if (isLagging && !this.#isLagging) this.host.observer.lagging(this);
    if (!isLagging && this.#isLagging) this.host.observer.caughtUp();
    this.#isLagging = isLagging;
  }

  /** Catches up, and closes the connection if the app's mapping of a message throws. */
  protected tryCatchUp(opening?: Chunk): void {
    try {
      this.catchUp(opening);
    } catch (error) {
      // The response has begun, so the framework cannot answer with the error.
      this.host.observer.failed(error, `the ${this.settings.joining ? '`map` or `join`' : '`map`'} option threw`);
      this.close('failed');
    }
  }

  /**
   * Reads batches until the socket is full, or until the logs' head, where it becomes live.
   *
   * @param opening written before the first batch of a new stream.
   */
  protected catchUp(opening: Chunk | undefined): void {
    this.group.reachHead();
    let lead = opening;
    let batch: Batch;
    do {
      const from = this.positions as readonly Position[];
      batch = this.group.read(from);
      if (batch.gap && lead === undefined && this.settings.overrun === 'disconnect') {
        this.close('overrun');
        return;
      }
      if (batch.gap && this.replace(batch.gap, from)) return;
      this.positions = batch.positions;
      if (batch.gap) this.host.observer.gap(this, batch.gap);
      const hasContent = batch.messages.length > 0 || batch.gap !== undefined;
      const content = hasContent ? [encodeCatchUp(this.group, from, batch, this, this.settings.joining)] : [];
      this.write(lead === undefined ? content : [lead, ...content], batch.messages.length);
      lead = undefined;
    } while (batch.more && !this.full && !this.spent);
    if (batch.ended) this.close('ended');
    if (batch.ended) return;
    if (!batch.more) {
      this.positions = undefined;
      this.group.add(this);
    }
    this.setLagging(batch.more);
    if (this.spent) this.close('spent');
  }

  /**
   * Sends something else in the place of what is left after a gap, or returns false. The logs
   * cannot be read from the positions `from`.
   */
  protected replace(_gap: Gap, _from: readonly Position[]): boolean {
    return false;
  }

  protected override get lastWrite(): number {
    return this.live ? Math.max(super.lastWrite, this.group.lastFlush) : super.lastWrite;
  }

  protected release(): void {
    this.setLagging(false);
    this.group.remove(this);
    this.group.leave();
  }
}
