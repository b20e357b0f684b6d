import type { Clock, Followed, Position } from '@pushwire/core/backplanes';
import { encodeFrame } from '../protocol/frames';
import { type CopyPlace, type LogPart, partAfter } from './log-part';
import type { Member, Waiting } from './member';

/** The place of a member's copy in a log. */
interface CopyCursor {
  place: CopyPlace;
  /** The version of the log that the copy has. */
  version: number;
  /** The offset that is the last of the news of which the copy has a part. */
  target: number | undefined;
  /** Those who wait until the copy has everything up to an offset. */
  waiting: { readonly position: Position; done(): void }[];
}

/** A part as bytes, and the place after which it was made. */
interface EncodedPart extends Pick<LogPart, 'place'> {
  readonly after: CopyPlace;
  /** The target that was asked for, and the one that the news have. */
  readonly asked: number;
  readonly target: number;
  readonly isWhole: boolean;
  readonly bytes: Uint8Array;
}

/** The parts of the broker that its logs use. */
export interface ServedLogHost {
  readonly clock: Clock;
  /** Calls `flush` at the end of the turn. */
  changed(served: ServedLog): void;
  /** No member follows the log any more. */
  onUnused(served: ServedLog): void;
}

/**
 * A log that members have copies of. Each copy is a cursor: the messages after it are read from the
 * log and encoded once for all copies at one place. A member whose socket is full keeps its place,
 * and reads on when there is room. If the log has moved past it meanwhile, its copy begins anew.
 */
export class ServedLog implements Waiting {
  readonly #followed: Followed;
  readonly #cursors = new Map<Member, CopyCursor>();
  /** Counts the changes of the log. */
  #version = 0;
  #newest: EncodedPart | undefined;

  constructor(
    readonly name: string,
    readonly host: ServedLogHost,
    follow: (onChange: () => void) => Followed,
  ) {
    this.#followed = follow(() => {
      this.#version++;
      host.changed(this);
    });
  }

  get members(): Iterable<Member> {
    return this.#cursors.keys();
  }

  /** Begins to send news. `done` is called when the member has everything that is there now. */
  join(member: Member, from: Position | undefined, done: () => void): void {
    const cursor = { place: from ?? { epoch: '', offset: 0 }, version: -1, target: undefined, waiting: [] };
    this.#cursors.set(member, cursor);
    this.#refresh(member, done);
  }

  leave(member: Member): void {
    for (const { done } of this.#cursors.get(member)?.waiting ?? []) done();
    if (!this.#cursors.delete(member) || this.#cursors.size > 0) return;
    this.#followed.stop();
    this.host.onUnused(this);
  }

  /** Calls `done` when the member has everything that is there now. */
  refresh(member: Member, done: () => void): void {
    // The next life of a deleted log takes its place when the turn is over.
    if (this.#followed.isDeleted) this.host.clock.soon(() => this.#refresh(member, done));
    else this.#refresh(member, done);
  }

  /** Sends what is new to all members, and lets the log evict. */
  flush(): void {
    for (const [member, cursor] of this.#cursors) this.#send(member, cursor);
    this.#newest = undefined;
    this.#followed.log.evict(this.host.clock.now());
  }

  resume(member: Member): void {
    const cursor = this.#cursors.get(member);
    if (cursor) this.#send(member, cursor);
    this.#newest = undefined;
  }

  #refresh(member: Member, done: () => void): void {
    const { epoch, head } = this.#followed.log;
    const cursor = this.#cursors.get(member);
    cursor?.waiting.push({ position: { epoch, offset: head }, done });
    if (cursor) this.resume(member);
    else done();
  }

  #send(member: Member, cursor: CopyCursor): void {
    while (cursor.version !== this.#version) {
      if (member.isFull) {
        member.waitForRoom(this);
        return;
      }
      const { log } = this.#followed;
      const part = this.#partAfter(cursor.place, cursor.target ?? log.head);
      member.write(part.bytes);
      cursor.place = part.place;
      cursor.target = part.isWhole ? undefined : part.target;
      if (!part.isWhole) continue;
      if (part.place.offset === log.head) cursor.version = this.#version;
      this.#tellWaiting(cursor);
    }
    this.#tellWaiting(cursor);
  }

  #tellWaiting(cursor: CopyCursor): void {
    if (cursor.waiting.length === 0) return;
    const { epoch, offset } = cursor.place;
    const isDone = ({ position }: CopyCursor['waiting'][number]) =>
      position.epoch !== epoch || position.offset <= offset;
    const done = cursor.waiting.filter(isDone);
    cursor.waiting = cursor.waiting.filter((one) => !done.includes(one));
    for (const one of done) one.done();
  }

  #partAfter(after: CopyPlace, asked: number): EncodedPart {
    const newest = this.#newest;
    if (newest?.asked === asked && isSame(newest.after, after)) return newest;
    const { news, place } = partAfter(this.name, this.#followed, after, asked, this.host.clock.now());
    const target = news.begins === undefined ? asked : this.#followed.log.head;
    const bytes = encodeFrame(news);
    this.#newest = { place, after, asked, target, isWhole: news.isWhole, bytes };
    return this.#newest;
  }
}

const isSame = (a: CopyPlace, b: CopyPlace): boolean =>
  a.epoch === b.epoch && a.offset === b.offset && a.begunAt === b.begunAt;
