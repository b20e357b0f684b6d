import { Refusal } from './refusal';

const mostClients = 1000;
const mostSeconds = 30;
const clientPattern = /^[A-Za-z0-9_-]{8,64}$/;

/** What a client hangs on: a response while it goes on, or the socket of a WebSocket. */
export interface Line {
  destroy(): unknown;
  once(event: 'close', listener: () => void): unknown;
}

/**
 * Knows the open connections by the id that each page makes for itself, so that a page can have its own ones cut.
 * A client may also be kept away for a while: whatever it opens in that time is cut again, like in a tunnel.
 */
export class Cuts {
  readonly #lines = new Map<string, Set<Line>>();
  readonly #away = new Map<string, NodeJS.Timeout>();

  /**
   * Looks at a new connection.
   *
   * @returns whether it may go on; if not, its socket is gone already.
   * @throws Refusal 400 for an id that is none.
   */
  admit(client: string | undefined, line: Line): boolean {
    if (client === undefined) return true;
    checkClient(client);
    if (this.#away.has(client)) {
      line.destroy();
      return false;
    }
    if (this.#lines.has(client) || this.#lines.size < mostClients) this.#remember(client, line);
    return true;
  }

  /**
   * Destroys the client's sockets, without a word to the client, and keeps it away for some seconds.
   *
   * @throws Refusal 400 for what cannot be read, 404 for a client that has no connection open.
   */
  cut(client: string | undefined, seconds = '0'): void {
    if (client === undefined) throw new Refusal(400, 'Say whose connection to cut: ?client=ID.');
    checkClient(client);
    if (!/^\d{1,2}$/.test(seconds) || Number(seconds) > mostSeconds) {
      throw new Refusal(400, `The seconds are a whole number from 0 to ${mostSeconds}.`);
    }
    const lines = this.#lines.get(client);
    if (lines === undefined) throw new Refusal(404, 'This client has no open connection here.');
    if (seconds !== '0') this.#keepAway(client, Number(seconds) * 1000);
    for (const line of lines) line.destroy();
  }

  #remember(client: string, line: Line): void {
    const lines = this.#lines.get(client) ?? new Set();
    this.#lines.set(client, lines.add(line));
    line.once('close', () => {
      lines.delete(line);
      if (lines.size === 0) this.#lines.delete(client);
    });
  }

  #keepAway(client: string, ms: number): void {
    if (this.#away.size >= mostClients) return;
    clearTimeout(this.#away.get(client));
    this.#away.set(client, setTimeout(() => this.#away.delete(client), ms).unref());
  }
}

function checkClient(client: string): void {
  if (!clientPattern.test(client)) {
    throw new Refusal(400, 'A client id is 8 to 64 of A-Z, a-z, 0-9, "_" and "-".');
  }
}
