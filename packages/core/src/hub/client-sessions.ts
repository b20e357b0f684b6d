import type { Clock } from '../time/clock';

/** The socket of a session. `destroy` cannot be called by way of the session. */
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

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(session: ClientSession): void {
    if (session.destroyed || this.#sockets.has(session)) return;
    const socket = session.socket.once('close', () => this.#sockets.delete(session));
    this.#sockets.set(session, socket);
  }

  /** Asks all clients to leave. A session that is idle would keep its server open. */
  close(): void {
    for (const session of this.#sockets.keys()) session.close();
  }

  /**
   * Destroys the sockets of sessions that are over, every `ms` until no session is left. Without
   * that, Node waits for ever for a client that does not close its side, and so does its server.
   */
  destroySockets(ms: number): void {
    if (this.#sockets.size === 0) return;
    this.#clock.after(ms, () => {
      for (const [session, socket] of this.#sockets) if (session.destroyed) socket.destroy();
      this.destroySockets(ms);
    });
  }
}
