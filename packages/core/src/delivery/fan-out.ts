import type { HandOut } from '../encoders/shared-deflate';
import type { Batch } from '../log/batch';
import type { Position } from '../log/cursor';
import type { Apart } from './left-out';
import type { Member } from './member';
import type { Audience, Observer } from './observer';

/** One batch that is written to all members of a group, to some of them at a time. */
export class FanOut {
  readonly #members: IterableIterator<Member>;

  /**
   * @param apart the bytes of members that are left out of a message. Absent where none is.
   * @param handOut the same bytes, compressed. Absent in most groups.
   */
  constructor(
    readonly batch: Batch,
    readonly before: readonly Position[],
    readonly bytes: Uint8Array,
    members: ReadonlySet<Member>,
    readonly apart?: ReadonlyMap<Member, Apart>,
    readonly handOut?: HandOut,
  ) {
    this.#members = members.values();
  }

  /**
   * Writes to the next members, and counts what is written.
   *
   * @returns true when all members have had their turn.
   */
  advance(maxMembers: number, group: Audience, observer: Observer): boolean {
    const { bytes, before, batch, handOut } = this;
    let written = 0;
    let n = 0;
    let done = true;
    // The iterator of a set continues where an earlier loop stopped.
    for (const member of this.#members) {
      const apart = this.apart?.get(member);
      if (apart) this.#writeApart(member, apart, group, observer);
      else if (bytes.byteLength > 0 && member.deliver(bytes, before, batch, handOut)) written++;
      if (++n >= maxMembers) {
        done = false;
        break;
      }
    }
    if (written > 0) observer.wrote(group, written, batch.messages.length, bytes.byteLength);
    return done;
  }

  #writeApart(member: Member, { batch, bytes }: Apart, group: Audience, observer: Observer): void {
    if (bytes.byteLength === 0 || !member.deliver(bytes, this.before, batch)) return;
    observer.wrote(group, 1, batch.messages.length, bytes.byteLength);
  }
}
