import { bytesOf } from '../encoders/chunk';
import type { HandOut } from '../encoders/shared-deflate';
import type { TransportName } from '../encoders/transport-name';
import { type Batch, type BatchLimits, readBatch } from '../log/batch';
import type { Position } from '../log/cursor';
import { withNames } from '../log/gap-names';
import { haveEnded, haveMoved, headsOf } from '../log/heads';
import type { Log } from '../log/log';
import type { Outcome } from '../log/outcome';
import { FanOut } from './fan-out';
import { type FollowedChannel, type Follower, logsOf } from './followed-channel';
import type { GroupFormat } from './group-format';
import type { GroupHost } from './group-host';
import { encodeAllApart, encodeApart } from './left-out';
import type { Member } from './member';
import type { Audience } from './observer';

/** The most members written to in one turn of the event loop, so that it takes about 5 ms. */
const membersPerTurn = 500;

/** The messages of one turn go out in one write, up to this size. */
const fanOutLimits: BatchLimits = { bytes: 1024 * 1024, messages: Number.POSITIVE_INFINITY };

/**
 * The live connections that are at the same place of the same logs and use the same format. A
 * batch is encoded once, and each member gets the same bytes in one write.
 */
export class Group implements Audience, Follower {
  readonly #live = new Set<Member>();
  /** Members that joined during a fan-out. They have its messages already. */
  readonly #newcomers = new Set<Member>();
  /** The time of the last write to all live members, in ms on the clock. */
  lastFlush = 0;
  #logs: readonly Log[] = [];
  #positions: readonly Position[];
  #connections = 0;
  #stopWaiting: (() => void) | undefined;
  #fanOut: FanOut | undefined;
  /** The end of the run that the live members have had. The run may have begun anew since. */
  end: { readonly positions: readonly Position[]; readonly outcome: Outcome } | undefined;

  constructor(
    readonly key: string,
    readonly format: GroupFormat,
    readonly followed: readonly FollowedChannel[],
    /** Names of the channels in a cursor. */
    readonly tags: readonly string[],
    readonly host: GroupHost,
    readonly onEmpty: (group: Group) => void,
    /** True if a gap tells the names of its channels. */
    readonly namesGaps = true,
  ) {
    this.#positions = headsOf(this.logs);
    for (const channel of followed) channel.add(this);
  }

  get transport(): TransportName {
    return this.format.transport;
  }

  get channels(): readonly string[] {
    return this.followed.map(({ name }) => name);
  }

  /** The number of its connections, live or lagging. */
  get connections(): number {
    return this.#connections;
  }

  get logs(): readonly Log[] {
    return (this.#logs = logsOf(this.followed, this.#logs));
  }

  /** The positions of all live members. */
  get positions(): readonly Position[] {
    return this.#positions;
  }

  /** Reads the next batch after `from`. A gap among several channels names those that it is in. */
  read(from: readonly Position[], limits?: BatchLimits): Batch {
    const batch = readBatch(this.logs, this.tags, from, limits);
    return this.namesGaps && this.followed.length > 1 ? withNames(batch, this.logs, this.channels, from) : batch;
  }

  /** Adds a connection that is at the logs' head. Call {@link reachHead} before. */
  add(member: Member): void {
    (this.#fanOut ? this.#newcomers : this.#live).add(member);
  }

  remove(member: Member): void {
    if (!this.#live.delete(member)) this.#newcomers.delete(member);
  }

  /** Writes what is new, so that the group is at the logs' head. */
  reachHead(): void {
    if (this.isBehind()) this.flush();
  }

  onChange(): void {
    // A fan-out under way picks up the change when it ends.
    if (this.#fanOut) return;
    const { batchDelay = 0 } = this.format;
    // Nothing follows an end, and a run may soon begin anew.
    if (batchDelay === 0 || haveEnded(this.logs) || this.#live.size === 0) this.#advance();
    else this.#stopWaiting ??= this.host.clock.after(batchDelay, () => this.#advance());
  }

  /** Writes messages that are about to be evicted at once, without waiting for the batch delay. */
  beforeEviction(log: Log, floor: number): void {
    const at = this.#positions[this.followed.findIndex((channel) => channel.log === log)];
    if (at && at.epoch === log.epoch && at.offset < floor) this.flush();
  }

  /** Writes all new messages to all live members in this turn. */
  flush(): void {
    this.#advance(Number.POSITIVE_INFINITY);
  }

  /** Writes new messages to at most `maxMembers` members now, and to the others in later turns. */
  #advance(maxMembers = membersPerTurn): void {
    this.#stopWaiting?.();
    this.#stopWaiting = undefined;
    for (;;) {
      const fanOut = this.#fanOut;
      if (fanOut && (!this.#deliver(fanOut, maxMembers) || fanOut.batch.ended)) return;
      if (!this.isBehind() || this.#live.size === 0) break;
      this.#begin();
    }
    this.#positions = headsOf(this.logs);
  }

  /** Encodes the next batch, once for all. */
  #begin(): void {
    const before = this.#positions;
    const batch = this.read(before, this.format.limits ?? fanOutLimits);
    this.#positions = batch.positions;
    this.end = batch.outcome && { positions: batch.positions, outcome: batch.outcome };
    // The log only has another epoch, and nothing was published before.
    if (batch.messages.length === 0 && batch.gap === undefined && !batch.ended) return;
    if (batch.gap) this.host.observer.gap(this, batch.gap, this.#live.size);
    try {
      const bytes = bytesOf([this.format.batch(batch, before, this.tags)]);
      const { excepts } = batch;
      const encode = (id: string) => encodeApart(this.format, batch, id, before, this.tags);
      const apart = excepts && encodeAllApart(this.host.connections, this.#live, encode, excepts);
      this.#fanOut = new FanOut(batch, before, bytes, this.#live, apart, this.handOut(bytes));
    } catch (error) {
      // Only the members of this group are affected.
      this.host.observer.failed(error, 'the `map` or `envelope` option threw');
      for (const member of this.#live) member.close('failed');
    }
  }

  /** Compresses the bytes of a batch. Most groups do not. */
  protected handOut(_bytes: Uint8Array): HandOut | undefined {
    return undefined;
  }

  /** Returns true when all members have the batch. The others get it in the next turn. */
  #deliver(fanOut: FanOut, maxMembers: number): boolean {
    this.lastFlush = this.host.clock.now();
    const done = fanOut.advance(maxMembers, this, this.host.observer);
    if (done) this.#finish(fanOut);
    else {
      this.host.clock.soon(() => {
        // A flush may have finished it in the meantime.
        if (this.#fanOut === fanOut) this.#advance();
      });
    }
    return done;
  }

  #finish(fanOut: FanOut): void {
    // The group may have become empty during the fan-out: `leave()` then drops it.
    if (this.#fanOut === fanOut) this.#fanOut = undefined;
    for (const newcomer of this.#newcomers) this.#live.add(newcomer);
    this.#newcomers.clear();
    if (fanOut.batch.ended) for (const member of this.#live) member.close('ended');
  }

  /** Counts one more connection, live or lagging. */
  enter(): this {
    this.#connections++;
    return this;
  }

  leave(): void {
    if (--this.#connections > 0) return;
    this.#stopWaiting?.();
    this.#stopWaiting = undefined;
    this.#fanOut = undefined;
    this.onEmpty(this);
  }

  /** True while the logs have messages that it has not written, or have ended. */
  isBehind(): boolean {
    return haveMoved(this.logs, this.#positions);
  }
}
