import type { ServerResponse } from 'node:http';
import { Refusal } from './refusal';

const mostClients = 1000;
const mostSeconds = 30;
const clientPattern = /^[A-Za-z0-9_-]{8,64}$/;

/**
 * Knows the open streams by the id that each page makes for itself, so that a page can have its own connection cut.
 * A client may also be kept away for a while: whatever it opens in that time is cut again, like in a tunnel.
 */
export class Cuts {
  readonly #streams = new Map<string, ServerResponse>();
  readonly #away = new Map<string, NodeJS.Timeout>();

  /** How many streams can be cut. */
  get size(): number {
    return this.#streams.size;
  }

  /**
   * Looks at a new stream.
   *
   * @returns whether it may go on; if not, its socket is gone already.
   * @throws Refusal 400 for an id that is none.
   */
  admit(client: string | undefined, response: ServerResponse): boolean {
    if (client === undefined) return true;
    checkClient(client);
    if (this.#away.has(client)) {
      response.destroy();
      return false;
    }
    if (this.#streams.size < mostClients) this.#remember(client, response);
    return true;
  }

  /**
   * Destroys the client's socket, without a word to the client, and keeps it away for some seconds.
   *
   * @throws Refusal 400 for what cannot be read, 404 for a client that has no stream open.
   */
  cut(client: string | undefined, seconds = '0'): void {
    if (client === undefined) throw new Refusal(400, 'Say whose connection to cut: ?client=ID.');
    checkClient(client);
    if (!/^\d{1,2}$/.test(seconds) || Number(seconds) > mostSeconds) {
      throw new Refusal(400, `The seconds are a whole number from 0 to ${mostSeconds}.`);
    }
    const response = this.#streams.get(client);
    if (response === undefined) throw new Refusal(404, 'This client has no open stream here.');
    if (seconds !== '0') this.#keepAway(client, Number(seconds) * 1000);
    response.destroy();
  }

  #remember(client: string, response: ServerResponse): void {
    this.#streams.set(client, response);
    response.once('close', () => {
      // A client that came back has another stream by now.
      if (this.#streams.get(client) === response) this.#streams.delete(client);
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
