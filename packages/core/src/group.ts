import { type Batch, readBatch } from './batch';
import type { Clock } from './clock';
import type { Position } from './cursor';
import type { Following } from './following';
import type { Log } from './log';
import { bytesOf, type Chunk } from './writers/chunk';

/** A live connection of a group. */
export interface Member {
  /** Takes the bytes of what the logs hold since `before`; `cursor` is where they end. */
  deliver(bytes: Uint8Array, before: readonly Position[], cursor: string): void;
  /** Hears that nothing will follow. */
  end(cursor: string): void;
  /** Is sent away, to come back with the cursor that it has: what it should get could not be written. */
  fail(): void;
}

/** How the connections of one group are written to. */
export interface GroupFormat {
  /** Connections of formats with the same name share a group. */
  readonly name: string;
  batch(batch: Batch): Chunk;
  /** At most how much goes into one batch. Default: 1 MiB, a single larger message apart. */
  readonly most?: { readonly bytes: number; readonly messages: number };
  /** Milliseconds that a group waits for more before it hands on. Default 0. */
  readonly linger?: number;
}

/** Members that are written to in one turn of the event loop: some 5 ms. */
const slice = 500;

/** What is being handed on to the members, one slice of them after the other. */
interface Handout {
  readonly bytes: Uint8Array;
  readonly before: readonly Position[];
  readonly batch: Batch;
  readonly members: Iterator<Member>;
}

/** What one turn published goes out in one write, unless it is more than this. */
const defaultMost = { bytes: 1024 * 1024, messages: Number.POSITIVE_INFINITY };

/**
 * The live connections that are in the same place of the same logs and speak the same format. What they are sent is
 * encoded once, and each gets the same bytes in one write.
 */
export class Group {
  readonly live = new Set<Member>();
  /** When bytes last went to all that are live, in ms on the clock. */
  lastFlush = 0;
  #positions: readonly Position[];
  #connections = 0;
  #stopLingering: (() => void) | undefined;
  #handout: Handout | undefined;

  constructor(
    readonly format: GroupFormat,
    readonly followings: readonly Following[],
    /** Names of the channels in a cursor. */
    readonly tags: readonly string[],
    readonly clock: Clock,
    readonly abandoned: (group: Group) => void,
  ) {
    this.#positions = this.#heads;
    for (const following of followings) following.groups.add(this);
  }

  get logs(): readonly Log[] {
    return this.followings.map((following) => following.log);
  }

  /** Where all its live connections are. */
  get positions(): readonly Position[] {
    return this.#positions;
  }

  /** The logs have changed: hands on now, or when it has waited for more. */
  changed(): void {
    const { linger = 0 } = this.format;
    if (linger === 0 || this.live.size === 0 || this.logs.some(keepsNothing)) this.#goOn();
    else this.#stopLingering ??= this.clock.after(linger, () => this.#goOn());
  }

  /** Hands on to all live connections, in this turn, what the logs hold since the last time. */
  flush(): void {
    this.#goOn(Number.POSITIVE_INFINITY);
  }

  /** Hands on what there is, at most to so many members in this turn and to the others in the next ones. */
  #goOn(most = slice): void {
    this.#stopLingering?.();
    this.#stopLingering = undefined;
    for (;;) {
      const handout = this.#handout;
      if (handout && (!this.#deliver(handout, most) || handout.batch.ended)) return;
      if (!this.#isBehind() || this.live.size === 0) break;
      this.#begin();
    }
    this.#positions = this.#heads;
  }

  /** Encodes what follows, once for all. */
  #begin(): void {
    const before = this.#positions;
    const { bytes: mostBytes, messages: mostMessages } = this.format.most ?? defaultMost;
    const batch = readBatch(this.logs, this.tags, before, mostBytes, mostMessages);
    this.#positions = batch.positions;
    try {
      const bytes = bytesOf([this.format.batch(batch)]);
      this.#handout = { bytes, before, batch, members: this.live.values() };
    } catch (error) {
      // An app's own mapping or envelope threw. That is the end of who waits for it, and of nobody else.
      console.error(error);
      for (const member of this.live) member.fail();
    }
  }

  /** @returns whether all members have it; the others get theirs in the next turn. */
  #deliver(handout: Handout, most: number): boolean {
    const { bytes, before, batch, members } = handout;
    this.lastFlush = this.clock.now();
    for (let n = 0; n < most; n++) {
      const { done, value: member } = members.next();
      if (done) {
        if (this.#handout === handout) this.#handout = undefined;
        if (batch.ended) for (const each of this.live) each.end(batch.cursor);
        return true;
      }
      if (bytes.byteLength > 0) member.deliver(bytes, before, batch.cursor);
    }
    this.clock.soon(() => {
      // Somebody may have needed it sooner.
      if (this.#handout === handout) this.#goOn();
    });
    return false;
  }

  enter(): this {
    this.#connections++;
    return this;
  }

  leave(): void {
    if (--this.#connections > 0) return;
    this.#stopLingering?.();
    this.#handout = undefined;
    for (const following of this.followings) following.leave(this);
    this.abandoned(this);
  }

  get #heads(): readonly Position[] {
    return this.logs.map(({ epoch, head }) => ({ epoch, offset: head }));
  }

  #isBehind(): boolean {
    const { logs } = this;
    const hasNews = logs.some(({ epoch, head }, i) => {
      const position = this.#positions[i] as Position;
      return position.offset !== head || position.epoch !== epoch;
    });
    return hasNews || logs.every((log) => log.ended);
  }
}

/** What is not handed on at once is lost there. */
function keepsNothing({ limits: { count, bytes, age } }: Log): boolean {
  return count === 0 || bytes === 0 || age === 0;
}
