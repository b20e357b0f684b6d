import { KnownScripts } from '../connection/known-scripts';
import { type Link, type LinkListener, type LinkMaker, lifeOf, NotSent } from '../connection/redis-connection';
import type { Script } from '../scripts/script';

/** What is used of a client of the package `ioredis`: of one server, one behind Sentinel, or a cluster. */
export interface IoRedisClient {
  duplicate(...overrides: never[]): unknown;
  readonly status: string;
}

/** The same, as far as it is needed here. */
interface Client {
  readonly isCluster?: boolean;
  readonly options?: { readonly redisOptions?: object };
  duplicate(overrides: object): Client;
  duplicate(startupNodes: readonly unknown[], overrides: object): Client;
  connect(): Promise<void>;
  disconnect(): void;
  info(section: string): Promise<string>;
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

export function ioRedisLinks(given: IoRedisClient, sharded: boolean): LinkMaker {
  const client = given as unknown as Client;
  const isCluster = client.isCluster === true;
  const isSharded = isCluster && sharded;
  const make = (listener: LinkListener) =>
    isCluster ? new ClusterLink(client, listener, isSharded) : new OneServerLink(client, listener);
  return { isSharded, make };
}

/** Each command is sent once: not kept for later, and not again after a lost connection. */
const once = {
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  maxRetriesPerRequest: null,
  retryStrategy: () => null,
  reconnectOnError: null,
  lazyConnect: true,
  keyPrefix: '',
  enableAutoPipelining: false,
  // A server that does not answer keeps nobody from closing.
  disconnectTimeout: 200,
};

abstract class IoRedisLink implements Link {
  life = '';
  #isDown = false;
  readonly #scripts = new KnownScripts();

  constructor(
    readonly client: Client,
    readonly listener: LinkListener,
    readonly isSharded: boolean,
  ) {
    client.on(isSharded ? 'smessage' : 'message', (channel: string, text: string) => listener.announced(channel, text));
  }

  async evaluate(script: Script, keys: readonly string[], args: readonly string[]) {
    const { client } = this;
    const byHash = () => client.evalsha(script.sha1, keys.length, ...keys, ...args);
    const whole = () => client.eval(script.lua, keys.length, ...keys, ...args);
    try {
      return await this.#scripts.run(script, byHash, whole);
    } catch (error) {
      const { message } = error as Error;
      throw message.startsWith("Stream isn't writeable") ? new NotSent(message, { cause: error }) : error;
    }
  }

  async subscribe(channel: string): Promise<void> {
    await (this.isSharded ? this.client.ssubscribe(channel) : this.client.subscribe(channel));
  }

  async unsubscribe(channel: string): Promise<void> {
    await (this.isSharded ? this.client.sunsubscribe(channel) : this.client.unsubscribe(channel));
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

/** Connected to one server, once; Sentinel has said to which. */
class OneServerLink extends IoRedisLink {
  constructor(client: Client, listener: LinkListener) {
    super(client.duplicate({ ...once, sentinelRetryStrategy: () => null }), listener, false);
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

/** The library finds out which server is asked; scripts say themselves where they run. */
class ClusterLink extends IoRedisLink {
  constructor(client: Client, listener: LinkListener, isSharded: boolean) {
    // retryDelayOnFailover: with 0, what was cut is not sent again. What waits for a node to connect was never sent.
    const own = { lazyConnect: true, retryDelayOnFailover: 0, enableAutoPipelining: false };
    // Version 5 takes these in the place of the app's, which may hold a password.
    const redisOptions = { ...client.options?.redisOptions, keyPrefix: '' };
    const options = { ...own, keyPrefix: '', shardedSubscribers: isSharded, redisOptions };
    super(client.duplicate([], options), listener, isSharded);
    this.client.on('error', () => {});
    for (const event of ['ready', '+node']) this.client.on(event, () => this.listener.up());
    this.client.on('end', () => this.down(new Error('The connection to the cluster has ended')));
    this.client.connect().catch((error) => this.down(error));
  }
}
