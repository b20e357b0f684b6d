import type { IncomingMessage, ServerResponse } from 'node:http';
import { Lines } from './lines';
import type { Order } from './orders';
import type { Visitor } from './visitors';

const maxAtOnce = 1000;

/** A disturbance that takes some seconds. */
interface Disturbance {
  readonly over: Promise<void>;
}

/**
 * Disturbs a page's own connections like networks and servers do. A cut destroys its sockets
 * without a close, and for some seconds also new ones, as in a tunnel. A stall keeps its sockets
 * open but sends nothing, and new requests wait.
 */
export class Disturbances {
  readonly #lines = new Lines();
  readonly #under = { cut: new Map<string, Disturbance>(), stall: new Map<string, Disturbance>() };

  /**
   * Checks a request from a panel, after any stall of it has ended.
   *
   * @returns true when it may continue. Otherwise its socket is destroyed.
   */
  async admit(visitor: Visitor, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    await this.#find('stall', visitor)?.over;
    const { socket } = request;
    if (this.#find('cut', visitor)) socket.destroy();
    if (socket.destroyed) return false;
    // A WebSocket's socket outlives the response to its handshake.
    this.#lines.add(visitor, socket, request.headers.upgrade === undefined ? response : socket);
    return true;
  }

  carryOut({ act, visitor, panel, seconds }: Order): void {
    const sockets = this.#lines.of(visitor, panel);
    const over = this.#begin(act, keyOf(visitor, panel), seconds);
    for (const socket of sockets) {
      if (act === 'cut') socket.destroy();
      else {
        // Written bytes wait in the socket, as in a network that takes no more.
        socket.cork();
        over.then(() => socket.uncork());
      }
    }
  }

  #begin(act: Order['act'], key: string, seconds: number): Promise<void> {
    if (seconds === 0 || this.#under[act].size >= maxAtOnce) return Promise.resolve();
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
