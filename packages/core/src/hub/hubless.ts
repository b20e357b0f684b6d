import type { Engine } from './engine';

/** The members of a server that its streams without a hub depend on. */
export interface ListeningServer {
  readonly listening: boolean;
  close(...args: never[]): unknown;
  once(event: 'close', listener: () => void): unknown;
}

/**
 * Generators' streams and raw WebSockets on routes without a hub, which belong to their server.
 * Nobody holds a hub that could end them. They close when their server has stopped listening and a
 * hub of the process closes, in either order: together, the two mean that the process is leaving.
 * One of them alone does not: a hub may close long before its process, and a server that stops
 * listening lets its requests finish.
 */
export class HublessStreams {
  readonly #createEngine: () => Engine;
  readonly #byServer = new Map<ListeningServer, Engine>();
  readonly #watched = new WeakSet<ListeningServer>();
  /** Serves requests that have no server, such as those that tests inject. It never closes. */
  #serverless: Engine | undefined;
  /** The ms over which the last hub closed its connections, until another one is created. */
  #within: number | undefined;

  constructor(createEngine: () => Engine) {
    this.#createEngine = createEngine;
  }

  engineOf(server: ListeningServer | undefined): Engine {
    if (server === undefined) return (this.#serverless ??= this.#createEngine());
    let engine = this.#byServer.get(server);
    // A server that listens again serves anew.
    if (engine === undefined || (engine.isClosed && server.listening)) {
      engine = this.#createEngine();
      this.#byServer.set(server, engine);
      this.#watch(server);
    }
    return engine;
  }

  /** A hub was created, so the process is not leaving. */
  onHubCreated(): void {
    this.#within = undefined;
  }

  /** A hub closes. The promise settles when the streams that close with it are closed. */
  async onHubClosing(within: number): Promise<void> {
    this.#within = within;
    await Promise.all([...this.#byServer.keys()].map((server) => this.#closeIfLeaving(server)));
  }

  isLeaving(server: ListeningServer): boolean {
    return !server.listening && this.#within !== undefined;
  }

  async #closeIfLeaving(server: ListeningServer): Promise<void> {
    const engine = this.#byServer.get(server);
    if (this.isLeaving(server) && engine && !engine.isClosed) await engine.close(this.#within ?? 0);
  }

  /** Notices that the app closes the server, of which Node emits no event before the end. */
  #watch(server: ListeningServer): void {
    if (this.#watched.has(server)) return;
    this.#watched.add(server);
    const { close } = server;
    server.close = (...args) => {
      const result = Reflect.apply(close, server, args);
      this.#closeIfLeaving(server);
      return result;
    };
    server.once('close', () => {
      this.#byServer.delete(server);
      this.#watched.delete(server);
      server.close = close;
    });
  }
}
