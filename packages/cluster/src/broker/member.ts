import type { Socket } from 'node:net';
import type { Clock } from '@pushwire/core/backplanes';
import type { FromBroker, FromWorker } from '../protocol/news';
import { type FrameListener, FrameSocket } from '../socket/frame-socket';

/** Milliseconds in which a worker must say who it is. It does so at once. */
const helloTime = 10_000;

/** The parts of the broker that its members use. */
export interface MemberHost {
  readonly clock: Clock;
  receive(member: Member, message: FromWorker): void;
  /** The process is gone. */
  left(member: Member): void;
}

/** Something that has more for a member whose socket was full. */
export interface Waiting {
  resume(member: Member): void;
}

/**
 * A worker that is connected to the broker. While its socket is full, nothing of it is read, so
 * that it makes no more calls, and it gets no more news: these are in the logs.
 */
export class Member implements FrameListener {
  /** The name of the process. `undefined` until its first call, `hello`. */
  process: string | undefined;
  /** Messages that were read together with one whose reply has filled the socket. */
  #unread: FromWorker[] = [];
  #isGone = false;
  readonly #socket: FrameSocket;
  readonly #stopWaiting: () => void;
  #waiting = new Set<Waiting>();

  constructor(
    socket: Socket,
    readonly host: MemberHost,
  ) {
    this.#socket = new FrameSocket(socket, this);
    this.#stopWaiting = host.clock.after(helloTime, () => this.destroy());
  }

  /** It is a worker, of this process. */
  welcome(process: string): void {
    this.process = process;
    this.#stopWaiting();
    this.#socket.trust();
  }

  get isFull(): boolean {
    return this.#socket.isFull;
  }

  send(message: FromBroker): void {
    this.#socket.send(message);
    if (this.isFull) this.#socket.pause();
  }

  /** Writes news, as bytes that several members get. */
  write(frames: Uint8Array): void {
    this.#socket.write(frames);
    if (this.isFull) this.#socket.pause();
  }

  /** Resumes somebody when the socket has room again. */
  waitForRoom(waiting: Waiting): void {
    this.#waiting.add(waiting);
  }

  /** Ends the connection. No call that has come by it is done from then on. */
  destroy(): void {
    this.#isGone = true;
    this.#unread = [];
    this.#socket.destroy();
  }

  receive(message: object): void {
    if (this.#isGone) return;
    if (this.isFull || this.#unread.length > 0) this.#unread.push(message as FromWorker);
    else this.host.receive(this, message as FromWorker);
  }

  drained(): void {
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const one of waiting) one.resume(this);
    while (this.#unread.length > 0 && !this.isFull) this.host.receive(this, this.#unread.shift() as FromWorker);
    if (!this.isFull) this.#socket.resume();
  }

  closed(): void {
    this.#stopWaiting();
    this.host.left(this);
  }
}
