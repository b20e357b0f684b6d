import { type Batch, readBatch } from '../log/batch';
import type { Clock } from '../time/clock';
import type { Position } from '../log/cursor';
import type { Following } from './followed-channel';
import { Handout, type Member } from './fan-out';
import type { Log } from '../log/log';
import type { TransportName } from '../transports/negotiate';
import type { SharedSlices } from './catch-up-cache';
import type { Audience, Telemetry } from '../hub/telemetry';
import { bytesOf, type Chunk } from '../encoders/chunk';

/** How the connections of one group are written to. */
export interface GroupFormat {
  /** Connections of formats with the same name share a group. */
  readonly name: string;
  readonly transport: TransportName;
  batch(batch: Batch): Chunk;
  /** At most how much goes into one batch. Default: 1 MiB, a single larger message apart. */
  readonly most?: { readonly bytes: number; readonly messages: number };
  /** Milliseconds that a group waits for more before it hands on. Default 0. */
  readonly linger?: number;
}

/** What a group needs of the hub. */
export interface GroupHost {
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly slices: SharedSlices;
}

/** Members that are written to in one turn of the event loop: some 5 ms. */
const slice = 500;

/** What one turn published goes out in one write, unless it is more than this. */
const defaultMost = { bytes: 1024 * 1024, messages: Number.POSITIVE_INFINITY };

/**
 * The live connections that are in the same place of the same logs and speak the same format. What they are sent is
 * encoded once, and each gets the same bytes in one write.
 */
export class Group implements Audience {
  readonly #live = new Set<Member>();
  /** Who came while something was handed on that he has already. */
  readonly #newcomers = new Set<Member>();
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
    readonly host: GroupHost,
    readonly abandoned: (group: Group) => void,
  ) {
    this.#positions = this.#heads;
    for (const following of followings) following.groups.add(this);
  }

  get transport(): TransportName {
    return this.format.transport;
  }

  get channels(): readonly string[] {
    return this.followings.map(({ channel }) => channel);
  }

  /** How many are in it, live or not. */
  get connections(): number {
    return this.#connections;
  }

  get logs(): readonly Log[] {
    return this.followings.map((following) => following.log);
  }

  /** Where all its live connections are. */
  get positions(): readonly Position[] {
    return this.#positions;
  }

  /** A batch for a connection that reads on by itself from there. */
  encode(from: readonly Position[], batch: Batch): Uint8Array {
    return this.host.slices.bytesOf(this.format.name, this.tags, from, batch, () => this.format.batch(batch));
  }

  /** Takes in a connection that is at the logs' head, as the group is after {@link reachHead}. */
  add(member: Member): void {
    (this.#handout ? this.#newcomers : this.#live).add(member);
  }

  remove(member: Member): void {
    if (!this.#live.delete(member)) this.#newcomers.delete(member);
  }

  /** Sees to it that nothing is new behind what is handed on already. */
  reachHead(): void {
    if (this.#isBehind()) this.flush();
  }

  /** The logs have changed: hands on now, or when it has waited for more. */
  changed(): void {
    // What is under way goes on with what is new when it is done.
    if (this.#handout) return;
    const { linger = 0 } = this.format;
    if (linger === 0 || this.#live.size === 0) this.#goOn();
    else this.#stopLingering ??= this.host.clock.after(linger, () => this.#goOn());
  }

  /** What a log is about to lose is handed on at once, whatever was waited for. */
  handOnBefore(log: Log, floor: number): void {
    const at = this.#positions[this.followings.findIndex((following) => following.log === log)];
    if (at && at.epoch === log.epoch && at.offset < floor) this.flush();
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
      if (!this.#isBehind() || this.#live.size === 0) break;
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
    if (batch.gap) this.host.telemetry.gap(this, batch.gap, this.#live.size);
    try {
      const bytes = bytesOf([this.format.batch(batch)]);
      this.#handout = new Handout(batch, before, bytes, this.#live);
    } catch (error) {
      // That is the end of who waits for it, and of nobody else.
      this.host.telemetry.failed(error, 'what the app makes of a message threw');
      for (const member of this.#live) member.fail();
    }
  }

  /** @returns whether all members have it; the others get theirs in the next turn. */
  #deliver(handout: Handout, most: number): boolean {
    const { bytes, batch } = handout;
    this.lastFlush = this.host.clock.now();
    const { took, done } = handout.goOn(most);
    if (took > 0) this.host.telemetry.wrote(this, took, batch.messages.length, bytes.byteLength);
    if (done) this.#finish(handout);
    else {
      this.host.clock.soon(() => {
        // Somebody may have needed it sooner.
        if (this.#handout === handout) this.#goOn();
      });
    }
    return done;
  }

  #finish(handout: Handout): void {
    // The last to leave may have taken it along.
    if (this.#handout === handout) this.#handout = undefined;
    for (const newcomer of this.#newcomers) this.#live.add(newcomer);
    this.#newcomers.clear();
    if (handout.batch.ended) for (const member of this.#live) member.end(handout.batch.cursor);
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
