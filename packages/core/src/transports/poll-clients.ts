import { createHash } from 'node:crypto';
import { batchWithout } from '../delivery/left-out';
import { PollClient } from '../delivery/poll-client';
import { clientKeyOf } from '../http/client-key';
import { errorListener } from '../http/error-listener';
import type { Exchange } from '../http/exchange';
import { callHooks } from '../http/hooks';
import type { Engine } from '../hub/engine';
import type { Batch } from '../log/batch';
import { type PollRouteSettings, pollDefaults } from './poll-options';

/** The request of a client of polls. */
export interface PollRequest<Request> {
  readonly exchange: Exchange<Request>;
  readonly engine: Engine;
  readonly channels: readonly { readonly name: string }[];
}

/**
 * The clients of a route of polls that has `onOpen` or `onClose`. A client is known by the name
 * that it sends (`?client=`), or else by its `User-Agent`. Its key or address, its credentials and
 * its channels count, too.
 */
export class PollClients<Request> {
  readonly #settings: PollRouteSettings<Request>;
  readonly #byEngine = new WeakMap<Engine, Map<string, PollClient>>();
  /** Clients without a request, those that are away the longest first. */
  readonly #away = new Set<PollClient>();

  constructor(settings: PollRouteSettings<Request>) {
    this.#settings = settings;
  }

  /**
   * Finds the client of a request, or opens it.
   *
   * @param name the name that the client has sent.
   */
  enter({ exchange, engine, channels }: PollRequest<Request>, name: string | undefined): PollClient {
    const clients = this.#byEngine.get(engine) ?? new Map<string, PollClient>();
    this.#byEngine.set(engine, clients);
    const key = keyOf({ exchange, engine, channels }, name);
    const known = clients.get(key);
    if (known) {
      this.#away.delete(known);
      known.enter();
      return known;
    }
    const { interval, clientGrace = pollDefaults.clientGrace, presence, onOpen, onClose, onError } = this.#settings;
    const client = new PollClient(
      engine,
      interval === undefined ? 'long-poll' : 'poll',
      channels.map((channel) => channel.name),
      clientGrace + (interval ?? 0),
      {
        onAway: () => this.#onAway(client),
        onGone: () => {
          this.#away.delete(client);
          if (clients.get(key) === client) clients.delete(key);
        },
      },
    );
    clients.set(key, client);
    client.enter();
    if (engine.clientKey) nameClient(engine, clientKeyOf(engine, exchange), client);
    const listener = errorListener(onError, engine.observer);
    callHooks(client, exchange.request, engine, { presence, onOpen, onClose }, listener);
    return client;
  }

  /** Takes the messages out of a batch that leave the client of a request out. */
  withoutOwn(batch: Batch, request: PollRequest<Request>, name: string | undefined): Batch {
    if (batch.excepts === undefined) return batch;
    const client = this.#byEngine.get(request.engine)?.get(keyOf(request, name));
    const id = client && request.engine.connections.nameOf(client);
    return id !== undefined && batch.excepts.has(id) ? batchWithout(batch, id) : batch;
  }

  #onAway(client: PollClient): void {
    this.#away.add(client);
    const { maxClientsAway = pollDefaults.maxClientsAway } = this.#settings;
    const [longest] = this.#away;
    if (this.#away.size > maxClientsAway) longest?.close('left');
  }
}

/** Lets `hub.clients(key)` find a client between two of its polls. */
function nameClient({ clients }: Engine, key: string, client: PollClient): void {
  clients.add(key, client);
  client.closed.then(() => clients.remove(key, client));
}

function keyOf<Request>({ exchange, engine, channels }: PollRequest<Request>, name: string | undefined): string {
  return `${channels.map((channel) => channel.name).join('\0')}\0${identityOf(engine, exchange, name)}`;
}

/**
 * A message to one client must never reach another, so a user's credentials are a part of the
 * identity. Two users may share an address, and one of them may know the name of the other.
 */
function identityOf<Request>(engine: Engine, exchange: Exchange<Request>, name: string | undefined): string {
  const { authorization, cookie, 'user-agent': userAgent } = exchange.incoming.headers;
  const said = name ?? [userAgent];
  return hashOf([clientKeyOf(engine, exchange), said, authorization, cookie]);
}

function hashOf(values: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(values)).digest('base64url');
}
