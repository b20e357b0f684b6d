import type { PublicConnection } from '../delivery/public-connection';
import { type AnyEvents, Channel } from './channel';
import { type CloseOptions, checkCloseOptions } from './close-options';
import { Engine } from './engine';
import { HublessStreams } from './hubless';
import { checkChannelName, checkRunId, checkStateName } from './names';
import { addOpenHub, removeOpenHub } from './open-hubs';
import { type HubOptions, readHubOptions } from './options';
import { Run } from './run';
import { State } from './state';
import type { HubHealth, HubStats } from './telemetry';

let readEngine: (hub: Hub) => Engine;

/** Owns channels, limits, statistics, and the way to shut down. Created by {@link createHub}. */
export class Hub {
  static {
    readEngine = (hub) => hub.#engine;
  }

  readonly #engine: Engine;
  #closing: Promise<void> | undefined;

  /** Use {@link createHub}. */
  constructor(options?: HubOptions) {
    this.#engine = new Engine(this, readHubOptions(options));
  }

  /**
   * Returns the channel with this name. It need not exist before, and costs nothing until it is
   * used. `channel<Events>(name)` lets TypeScript check what is published.
   *
   * @throws TypeError for a name that is no string of 1 to 255 characters, that has control
   * characters or lone surrogates, or that begins with the reserved `pushwire:`. Its `status` is
   * 400, since such names usually come from a URL. A request whose source or handler throws it is
   * answered with 400.
   * @example
   * ```ts
   * import { createHub } from '@pushwire/core';
   *
   * const hub = createHub();
   * const news = hub.channel<{ headline: { text: string } }>('news');
   * await news.publish({ text: 'It works' }, { event: 'headline' });
   * ```
   */
  channel<Events = AnyEvents>(name: string): Channel<Events>;
  // `ReturnType` reads the last overload.
  channel(name: string): Channel;
  channel<Events>(name: string): Channel<Events> {
    checkChannelName(name);
    return new Channel<Events>(this.#engine, name);
  }

  /**
   * Returns the run with this id: messages of one producer that outlive the request which starts
   * it, such as the answer of a model. It costs nothing until it is used.
   *
   * @throws TypeError for an id that would not do as a channel's name, or a backplane without runs.
   * @example
   * ```ts
   * import { createHub } from '@pushwire/core';
   *
   * const run = createHub().run('answer:1');
   * await run.start(() => ['It', 'works']);
   * for await (const { data } of run.read()) console.log(data);
   * ```
   */
  run<Events = AnyEvents>(id: string): Run<Events> {
    checkRunId(id);
    return new Run<Events>(this.#engine, id);
  }

  /**
   * Returns the state with this name: keys and their newest values. It costs nothing until it is
   * used.
   *
   * @throws TypeError for a name that no channel may have, or a backplane without states.
   * @example
   * ```ts
   * import { createHub } from '@pushwire/core';
   *
   * await createHub().state<{ bid: number }>('prices').set('ACME', { bid: 7 });
   * ```
   */
  state<Value = unknown>(name: string): State<Value> {
    checkStateName(name);
    return new State<Value>(this.#engine, name);
  }

  /**
   * Iterates over the connections of this process that are open at this moment, the oldest first.
   * Each is the object that the hooks get. `hub.stats().connections` is their number, but for
   * clients of polls, of which it counts the polls that are held.
   *
   * @typeParam Data the values that the app keeps in `data`.
   * @example
   * ```ts
   * import { createHub } from '@pushwire/core';
   *
   * const hub = createHub();
   * function logOut(user: string) {
   *   for (const connection of hub.connections<{ user: string }>()) {
   *     if (connection.data?.user === user) connection.close('forbidden');
   *   }
   * }
   * ```
   */
  connections<Data = unknown>(): IterableIterator<PublicConnection<Data>> {
    return this.#engine.connections.named() as IterableIterator<PublicConnection<Data>>;
  }

  /** Returns the current numbers, and counts since the hub was created. */
  stats(): HubStats {
    return this.#engine.stats;
  }

  /**
   * Tells whether the hub can serve, at once and without asking the backplane: it is what the last
   * commands and pings have shown. A dead connection to Redis shows within three times `timeout`.
   *
   * @example
   * ```ts
   * import { createServer } from 'node:http';
   * import { createHub } from '@pushwire/core';
   *
   * const hub = createHub();
   * createServer((request, response) => {
   *   const { ready, backplane } = hub.health();
   *   response.writeHead(ready ? 200 : 503).end(JSON.stringify(backplane));
   * });
   * ```
   */
  health(): HubHealth {
    return this.#engine.health;
  }

  /** True once `close` was called. */
  get closed(): boolean {
    return this.#engine.isClosed;
  }

  /**
   * Shuts down: writes what was published, asks every client to reconnect (to another process),
   * and refuses new clients and publishes. Resolves when all connections are closed. A client that
   * does not take its last bytes within 10000 ms is cut off. Runs that this process produces may go
   * on for as long, and then fail (`draining`). A second call returns the promise of the first.
   *
   * @throws TypeError for an option that does not fit.
   * @example
   * ```ts
   * import { createHub } from '@pushwire/core';
   *
   * const hub = createHub();
   * process.on('SIGTERM', () => hub.close({ within: 5000 }));
   * ```
   */
  close(options?: CloseOptions): Promise<void> {
    const { within = 0 } = checkCloseOptions(options);
    removeOpenHub(this.#engine);
    const close = async () => {
      await Promise.all([this.#engine.close(within), hubless.onHubClosing(within)]);
    };
    this.#closing ??= this.#engine.unawaited.optional('close()', close());
    return this.#closing;
  }
}

/**
 * Creates a hub.
 *
 * @throws TypeError for an unknown option or a value that does not fit.
 * @example
 * ```ts
 * import { createHub } from '@pushwire/core';
 *
 * const hub = createHub({ log: { count: 100 }, limits: { perClient: 20 } });
 * const news = hub.channel('news');
 * await news.publish({ headline: 'It works' });
 * ```
 */
export function createHub(options?: HubOptions): Hub {
  const hub = new Hub(options);
  addOpenHub(engineOfHub(hub));
  hubless.onHubCreated();
  return hub;
}

/** The engine of a hub. */
export function engineOfHub(hub: Hub): Engine {
  return readEngine(hub);
}

/** The streams without a hub. */
export const hubless = new HublessStreams(() => engineOfHub(new Hub()));
