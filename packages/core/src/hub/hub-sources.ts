import type { PublicConnection } from '../delivery/public-connection';
import { type AnyEvents, Channel } from './channel';
import { ClientConnections, checkClientKey } from './client-connections';
import { Engine } from './engine';
import { checkChannelName, checkPresenceName, checkRunId, checkStateName } from './names';
import { type HubOptions, readHubOptions } from './options';
import { Presence } from './presence';
import { Run } from './run';
import { State } from './state';

let readEngine: (hub: HubSources) => Engine;

/** The channels, runs, states and presences of a hub, and its connections. */
export class HubSources {
  static {
    readEngine = (hub) => hub.#engine;
  }

  readonly #engine: Engine;

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
   * Returns the presence with this name: who is here. It costs nothing until it is used.
   *
   * @throws TypeError for a name that no channel may have, or a backplane without states.
   * @example
   * ```ts
   * import { createHub } from '@pushwire/core';
   *
   * const members = await createHub().presence<{ name: string }>('room:7').members();
   * console.log(members.map(({ data }) => data.name));
   * ```
   */
  presence<Data = unknown>(name: string): Presence<Data> {
    checkPresenceName(name);
    return new Presence<Data>(this.#engine, name);
  }

  /**
   * Returns all connections of a client, in all processes: to list them, to send to them, or to
   * close them.
   *
   * @param key the key that the hub's `clientKey` has returned for their requests, or the `id` with
   * which they are present.
   * @throws TypeError for a key that is no string of 1 to 4096 characters, or a backplane without
   * states.
   * @example
   * ```ts
   * import { createHub } from '@pushwire/core';
   *
   * const hub = createHub();
   * await hub.clients('u1').send({ text: 'You have a new device.' }, { event: 'notice' });
   * ```
   */
  clients(key: string): ClientConnections {
    checkClientKey(key);
    return new ClientConnections(this.#engine, key);
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
}

/** The engine of a hub. */
export function engineOfHub(hub: HubSources): Engine {
  return readEngine(hub);
}
