import type { TransportName } from '../encoders/transport-name';
import { checkSize, type SendOptions } from '../log/message';
import { messageFrom } from '../log/outgoing-message';
import type { Timed, TimerWheel } from '../time/timer-wheel';
import type { CloseReason } from './close-reason';
import { DirectQueue } from './direct-queue';
import type { HeldPoll } from './held-poll';
import { checkReason } from './named-connection';
import type { PublicConnection } from './public-connection';

/** The parts of a hub that a client of polls uses. */
export interface PollClientHost {
  readonly timers: TimerWheel;
  readonly maxMessageBytes: number;
  readonly settings: { readonly maxPending: number };
  readonly connections: ClientRegister;
}

/** Knows the clients of polls that a hub has. */
interface ClientRegister {
  identify(client: object): string;
  addClient(client: PollClient): void;
  removeClient(client: PollClient): void;
}

/** Receives the events of a {@link PollClient}. */
export interface PollClientListener {
  /** It has no request now. */
  onAway(client: PollClient): void;
  /** It is closed, and need not be told of that any more. */
  onGone(client: PollClient): void;
}

/**
 * One client of polls: the connection that an app sees, from the client's first poll until it does
 * not come back. Messages to it wait for its next answer.
 */
export class PollClient implements PublicConnection, Timed {
  slot: Timed['slot'];
  earlier: Timed | undefined;
  later: Timed | undefined;
  data: unknown;
  readonly since: number;
  readonly #host: PollClientHost;
  readonly #grace: number;
  readonly #listener: PollClientListener;
  readonly #queue = new DirectQueue();
  readonly #held: HeldPoll[] = [];
  /** Requests that have no answer yet. */
  #requests = 0;
  #id: string | undefined;
  #reason: CloseReason | undefined;
  #whenClosed: ((reason: CloseReason) => void)[] = [];
  #whenReady: (() => void)[] = [];

  /** @param grace ms without a request after which it has left. */
  constructor(
    host: PollClientHost,
    readonly transport: TransportName,
    readonly channels: readonly string[],
    grace: number,
    listener: PollClientListener,
  ) {
    this.#host = host;
    this.#grace = grace;
    this.#listener = listener;
    this.since = Math.floor(host.timers.clock.now());
    host.connections.addClient(this);
  }

  get id(): string {
    this.#id ??= this.#host.connections.identify(this);
    return this.#id;
  }

  get reason(): CloseReason | undefined {
    return this.#reason;
  }

  get closed(): Promise<CloseReason> {
    if (this.#reason !== undefined) return Promise.resolve(this.#reason);
    return new Promise((resolve) => this.#whenClosed.push(resolve));
  }

  /** Its requests that are held. */
  get held(): readonly HeldPoll[] {
    return this.#held;
  }

  /** Messages that wait for its next answer. */
  get queue(): DirectQueue {
    return this.#queue;
  }

  /** A request of the client has come. */
  enter(): void {
    this.#requests++;
    this.#host.timers.remove(this);
  }

  /** A request is answered. With a reason, the client is closed. */
  leave(reason?: CloseReason): void {
    this.#requests--;
    this.#release();
    if (reason !== undefined) this.#end(reason);
    else if (this.#requests > 0) return;
    else if (this.#reason !== undefined) this.#listener.onGone(this);
    else {
      this.#host.timers.add(this, this.#grace);
      this.#listener.onAway(this);
    }
  }

  /** A request is held. */
  hold(poll: HeldPoll): void {
    poll.named = this;
    this.#held.push(poll);
    poll.closed.then((reason) => {
      this.#held.splice(this.#held.indexOf(poll), 1);
      this.leave(reason === 'draining' || (reason === 'ended' && this.#held.length === 0) ? reason : undefined);
    });
  }

  send(data: unknown, options?: SendOptions): boolean {
    const message = messageFrom(data, options);
    checkSize(message, this.#host.maxMessageBytes);
    if (this.#reason !== undefined) return false;
    const { maxPending } = this.#host.settings;
    if (!this.#queue.isEmpty && this.#queue.bytes + message.size > maxPending) {
      this.close('overrun');
      return false;
    }
    const poll = this.#held.findLast(({ reason }) => reason === undefined);
    // Messages that were published before go out first, and may be the answer.
    poll?.flush();
    this.#queue.push(message);
    poll?.answerSoon();
    return this.#takesMore;
  }

  get #takesMore(): boolean {
    return this.#queue.bytes <= this.#host.settings.maxPending / 2;
  }

  ready(): Promise<void> {
    if (this.#reason !== undefined || this.#takesMore) return Promise.resolve();
    return new Promise((resolve) => this.#whenReady.push(resolve));
  }

  #release(): void {
    for (const resolve of this.#whenReady.splice(0)) resolve();
  }

  close(reason: CloseReason = 'ended'): void {
    checkReason(reason);
    if (this.#reason !== undefined) return;
    const isAway = this.#requests === 0;
    for (const poll of [...this.#held]) poll.close(reason);
    this.#end(reason, isAway && reason === 'ended');
  }

  /** The hub is closing. Polls that are held are answered by it. */
  onHubClosing(): void {
    if (this.#requests === 0) this.#end('draining');
  }

  /** It has not come back. */
  tick(): undefined {
    if (this.#reason === undefined) this.#end('left');
    else this.#listener.onGone(this);
  }

  /** @param isRemembered true if its next poll has to be told of the end. */
  #end(reason: CloseReason, isRemembered = false): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#host.connections.removeClient(this);
    if (!isRemembered) {
      this.#host.timers.remove(this);
      this.#listener.onGone(this);
    }
    this.#release();
    for (const resolve of this.#whenClosed.splice(0)) resolve(reason);
  }
}
