import { KnownScripts } from '../connection/known-scripts';
import {
  type ClusterNodes,
  lifeOf,
  NotSentError,
  type RedisConnection,
  type RedisConnectionListener,
  type RedisConnector,
} from '../connection/redis-connection';
import type { Script } from '../scripts/script';
import { keepNodesHandled } from './ioredis-nodes';

/** A client of the package `ioredis`: `Redis`, also behind Sentinel, or `Cluster`. */
export interface IoRedisClient {
  duplicate(...overrides: never[]): unknown;
  readonly status: string;
}

/** The members of an {@link IoRedisClient} that this file uses. */
interface Client {
  readonly isCluster?: boolean;
  readonly options?: { readonly redisOptions?: object };
  duplicate(overrides: object): Client;
  duplicate(startupNodes: readonly unknown[], overrides: object): Client;
  connect(): Promise<void>;
  disconnect(reconnect?: boolean): void;
  info(section: string): Promise<string>;
  ping(): Promise<string>;
  call(...words: readonly string[]): Promise<unknown>;
  spublish(channel: string, text: string): Promise<unknown>;
  nodes(role: 'master'): readonly Client[];
  on(event: string, listener: (...given: never[]) => void): this;
  evalsha(sha1: string, keys: number, ...words: readonly string[]): Promise<unknown>;
  eval(lua: string, keys: number, ...words: readonly string[]): Promise<unknown>;
  subscribe(channel: string): Promise<unknown>;
  unsubscribe(channel: string): Promise<unknown>;
  ssubscribe(channel: string): Promise<unknown>;
  sunsubscribe(channel: string): Promise<unknown>;
}

export function isIoRedis(value: unknown): value is IoRedisClient {
  const { duplicate, evalsha } = (value ?? {}) as Partial<Client>;
  return typeof duplicate === 'function' && typeof evalsha === 'function';
}

/** @param timeout milliseconds that a reply may take. */
export function ioRedisConnector(appClient: IoRedisClient, sharded: boolean, timeout: number): RedisConnector {
  const client = appClient as unknown as Client;
  const isCluster = client.isCluster === true;
  const isSharded = isCluster && sharded;
  return {
    isSharded,
    connect: (listener) =>
      isCluster
        ? new ClusterConnection(client, listener, isSharded, timeout)
        : new SingleServerConnection(client, listener),
  };
}

/** Options that turn off every way in which the library sends a command later or again. */
const sendOnce = {
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  maxRetriesPerRequest: null,
  retryStrategy: () => null,
  reconnectOnError: null,
  lazyConnect: true,
  keyPrefix: '',
  enableAutoPipelining: false,
  // Milliseconds to wait for a server that does not reply when the connection is closed.
  disconnectTimeout: 200,
};

abstract class IoRedisConnection implements RedisConnection {
  life = '';
  #isDown = false;
  readonly #scripts = new KnownScripts();

  constructor(
    readonly client: Client,
    readonly listener: RedisConnectionListener,
    readonly isSharded: boolean,
  ) {
    const event = isSharded ? 'smessage' : 'message';
    client.on(event, (pubsubChannel: string, text: string) => listener.message(pubsubChannel, text));
  }

  async evaluate(script: Script, key: string, args: readonly string[]) {
    const { client } = this;
    const byHash = () => client.evalsha(script.sha1, 1, key, ...args);
    const whole = () => client.eval(script.lua, 1, key, ...args);
    try {
      return await this.#scripts.run(script, byHash, whole);
    } catch (error) {
      const { message } = error as Error;
      throw message.startsWith("Stream isn't writeable") ? new NotSentError(message, { cause: error }) : error;
    }
  }

  async subscribe(pubsubChannel: string): Promise<void> {
    await (this.isSharded ? this.client.ssubscribe(pubsubChannel) : this.client.subscribe(pubsubChannel));
  }

  async unsubscribe(pubsubChannel: string): Promise<void> {
    await (this.isSharded ? this.client.sunsubscribe(pubsubChannel) : this.client.unsubscribe(pubsubChannel));
  }

  ping(): Promise<unknown> {
    return this.client.ping();
  }

  destroy(): void {
    this.#isDown = true;
    this.client.disconnect();
  }

  protected down(error: unknown): void {
    if (this.#isDown) return;
    this.#isDown = true;
    this.listener.down(error);
  }
}

/** A connection to one server, which may come from Sentinel. The library never reconnects it. */
class SingleServerConnection extends IoRedisConnection {
  constructor(client: Client, listener: RedisConnectionListener) {
    super(client.duplicate({ ...sendOnce, sentinelRetryStrategy: () => null }), listener, false);
    this.client.on('error', (error: Error) => this.down(error));
    this.client.on('end', () => this.down(new Error('The connection to Redis has ended')));
    this.#connect().catch((error) => this.down(error));
  }

  async #connect(): Promise<void> {
    await this.client.connect();
    this.life = lifeOf(...(await Promise.all([this.client.info('server'), this.client.info('replication')])));
    this.listener.up();
  }
}

/**
 * Milliseconds between two looks at the slots. Version 5 does not notice when a server ends the
 * subscriptions of a slot that has moved.
 */
const slotsRefreshInterval = 2000;

/**
 * A connection to a cluster. The library chooses the server for each command, so scripts ask that
 * server for its life themselves.
 */
class ClusterConnection extends IoRedisConnection implements ClusterNodes {
  readonly cluster = this;
  /** The times of the pings to which a node has not replied. */
  readonly #asked = new Map<Client, number>();

  constructor(
    client: Client,
    listener: RedisConnectionListener,
    isSharded: boolean,
    readonly timeout: number,
  ) {
    // With a retryDelayOnFailover of 0, a command is not sent again after its connection was lost.
    // Commands in the offline queue are safe: they have never been sent.
    const own = { lazyConnect: true, retryDelayOnFailover: 0, enableAutoPipelining: false, slotsRefreshInterval };
    // In version 5, these options replace the app's, which may hold a password. So include those.
    const redisOptions = { ...client.options?.redisOptions, keyPrefix: '' };
    const options = { ...own, keyPrefix: '', shardedSubscribers: isSharded, redisOptions };
    super(client.duplicate([], options), listener, isSharded);
    this.client.on('error', () => {});
    keepNodesHandled(this.client);
    // At the last one, the library has subscribed anew to the channels of a slot that moved.
    for (const event of ['ready', '+node', 'subscribersReady']) this.client.on(event, () => this.listener.up());
    this.client.on('end', () => this.down(new Error('The connection to the cluster has ended')));
    this.client.connect().catch((error) => this.down(error));
  }

  askMasters(words: readonly string[]): readonly Promise<unknown>[] {
    return this.client.nodes('master').map((node) => node.call(...words));
  }

  announce(pubsubChannel: string, text: string): Promise<unknown> {
    return this.client.spublish(pubsubChannel, text);
  }

  /** Pings each master. A socket that has not replied to an earlier ping is replaced. */
  override ping(): Promise<unknown> {
    return Promise.any(this.client.nodes('master').map((node) => this.#pingNode(node)));
  }

  async #pingNode(node: Client): Promise<void> {
    const asked = this.#asked.get(node);
    if (asked !== undefined && Date.now() - asked >= this.timeout) node.disconnect(true);
    if (asked === undefined) this.#asked.set(node, Date.now());
    try {
      await node.ping();
    } finally {
      this.#asked.delete(node);
    }
  }
}
