import type { IncomingMessage, ServerResponse } from 'node:http';
import { Lines } from './lines';
import type { Order } from './orders';
import type { Visitor } from './visitors';

const mostAtOnce = 1000;

/** How a disturbance of some seconds is over. */
interface Disturbance {
  readonly over: Promise<void>;
}

/**
 * Does to a page's own connections what networks and servers do. Cut: its sockets are destroyed without a word, and whatever it opens
 * for some seconds is destroyed too, as in a tunnel. Stalled: its sockets stay and bring nothing, and who asks waits.
 */
export class Disturbances {
  readonly #lines = new Lines();
  readonly #under = { cut: new Map<string, Disturbance>(), stall: new Map<string, Disturbance>() };

  /**
   * Looks at a request that comes from a panel, once what it has to wait for is over.
   *
   * @returns whether it may go on; if not, its socket is gone already.
   */
  async admit(visitor: Visitor, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    await this.#find('stall', visitor)?.over;
    const { socket } = request;
    if (this.#find('cut', visitor)) socket.destroy();
    if (socket.destroyed) return false;
    // The socket of a WebSocket outlives the response to its handshake.
    this.#lines.add(visitor, socket, request.headers.upgrade === undefined ? response : socket);
    return true;
  }

  carryOut({ act, visitor, panel, seconds }: Order): void {
    const sockets = this.#lines.of(visitor, panel);
    const over = this.#begin(act, keyOf(visitor, panel), seconds);
    for (const socket of sockets) {
      if (act === 'cut') socket.destroy();
      else {
        // What is written waits in the socket, as behind a network that takes no more.
        socket.cork();
        over.then(() => socket.uncork());
      }
    }
  }

  #begin(act: Order['act'], key: string, seconds: number): Promise<void> {
    if (seconds === 0 || this.#under[act].size >= mostAtOnce) return Promise.resolve();
    const over = new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000).unref());
    const disturbance = { over };
    this.#under[act].set(key, disturbance);
    over.then(() => {
      if (this.#under[act].get(key) === disturbance) this.#under[act].delete(key);
    });
    return over;
  }

  #find(act: Order['act'], { visitor, panel }: Visitor): Disturbance | undefined {
    return this.#under[act].get(keyOf(visitor)) ?? this.#under[act].get(keyOf(visitor, panel));
  }
}

function keyOf(visitor: string, panel = ''): string {
  return `${visitor}/${panel}`;
}
