import type { Member, Waiting } from '../../src/broker/member';
import { encodeFrame, FrameReader } from '../../src/protocol/frames';
import type { FromBroker } from '../../src/protocol/news';

/** A member whose socket is full when the test says so. */
export class FakeMember {
  /** The messages that were sent, and not taken yet. */
  readonly sent: FromBroker[] = [];
  /** The bytes of each write. */
  readonly writes: Uint8Array[] = [];
  isFull = false;
  /** Writes after which the socket is full. */
  room = Number.POSITIVE_INFINITY;
  readonly #waiting = new Set<Waiting>();
  readonly #frames = new FrameReader();

  /** The member as the broker takes it. */
  get member(): Member {
    return this as unknown as Member;
  }

  send(message: FromBroker): void {
    this.write(encodeFrame(message));
  }

  write(frames: Uint8Array): void {
    this.writes.push(frames);
    this.sent.push(...(this.#frames.read(Buffer.from(frames)) as FromBroker[]));
    if (--this.room <= 0) this.isFull = true;
  }

  waitForRoom(waiting: Waiting): void {
    this.#waiting.add(waiting);
  }

  /** The socket has room for so many writes. */
  drain(room = Number.POSITIVE_INFINITY): void {
    this.room = room;
    this.isFull = false;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const one of waiting) one.resume(this.member);
  }
}
