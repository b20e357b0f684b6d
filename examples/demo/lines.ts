import type { Socket } from 'node:net';
import type { Visitor } from './visitors';

const maxVisitors = 1000;

/** Emits `close` when a connection ends: a response, or a WebSocket's socket. */
interface Ending {
  once(event: 'close', listener: () => void): unknown;
}

/** The sockets of open connections by panel, so that a page can have its own ones disturbed. */
export class Lines {
  readonly #sockets = new Map<string, Map<string, Set<Socket>>>();

  add({ visitor, panel }: Visitor, socket: Socket, ending: Ending): void {
    const panels = this.#sockets.get(visitor) ?? new Map<string, Set<Socket>>();
    if (!this.#sockets.has(visitor) && this.#sockets.size >= maxVisitors) return;
    const sockets = panels.get(panel) ?? new Set();
    this.#sockets.set(visitor, panels.set(panel, sockets.add(socket)));
    ending.once('close', () => {
      sockets.delete(socket);
      if (sockets.size === 0 && panels.get(panel) === sockets) panels.delete(panel);
      if (panels.size === 0) this.#sockets.delete(visitor);
    });
  }

  /** Returns the sockets of one panel or of all panels of a visitor. */
  of(visitor: string, panel?: string): Socket[] {
    const panels = this.#sockets.get(visitor) ?? new Map<string, Set<Socket>>();
    const chosen = panel === undefined ? [...panels.values()] : [panels.get(panel) ?? []];
    return chosen.flatMap((sockets) => [...sockets]);
  }
}
