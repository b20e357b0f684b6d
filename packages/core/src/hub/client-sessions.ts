import type { Clock } from '../time/clock';

/** A session's view of its socket, which forbids `destroy`. `once` returns the socket itself. */
interface SessionSocket {
  once(event: 'close', listener: () => void): { destroy(): unknown };
}

/** An HTTP/2 session. `close()` lets it finish its streams, and accept no others (GOAWAY). */
export interface ClientSession {
  readonly destroyed: boolean;
  readonly socket: SessionSocket;
  close(): void;
}

/** The HTTP/2 sessions of a hub's clients, which close together with the hub. */
export class ClientSessions {
  readonly #clock: Clock;
  /** The sessions, with their sockets. A session that is over does not know its socket any more. */
  readonly #sockets = new Map<ClientSession, { destroy(): unknown }>();
  /** The time between two looks for sessions that are over, in ms, once that has begun. */
  #interval: number | undefined;
  #isLooking = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(session: ClientSession): void {
    if (session.destroyed || this.#sockets.has(session)) return;
    const socket = session.socket.once('close', () => this.#sockets.delete(session));
    this.#sockets.set(session, socket);
    this.#look();
  }

  /** Asks all clients to leave. A session that is idle would keep its server open. */
  close(): void {
    for (const session of this.#sockets.keys()) session.close();
  }

  /**
   * From now on, destroys the sockets of sessions that are over, within about `ms`. Without that,
   * Node waits for ever for a client that does not close its side, and so does its server.
   */
  destroySockets(ms: number): void {
    this.#interval = ms;
    this.#look();
  }

  #look(): void {
    if (this.#interval === undefined || this.#isLooking || this.#sockets.size === 0) return;
    this.#isLooking = true;
    this.#clock.after(this.#interval, () => {
      this.#isLooking = false;
      for (const [session, socket] of this.#sockets) if (session.destroyed) socket.destroy();
      this.#look();
    });
  }
}
