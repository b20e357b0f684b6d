import { KnownScripts } from '../connection/known-scripts';
import { type Link, type LinkListener, type LinkMaker, lifeOf, NotSent } from '../connection/redis-connection';
import type { Script } from '../scripts/script';

/** What is used of a client of the package `redis`: of one server, a cluster, or one behind Sentinel. */
export interface NodeRedisClient {
  duplicate(overrides?: object): unknown;
  connect(): Promise<unknown>;
}

/** The same, as far as it is needed here. */
interface Client {
  readonly options?: { readonly socket?: object };
  readonly masters?: unknown;
  duplicate(overrides: object): Client;
  connect(): Promise<unknown>;
  destroy(): unknown;
  on(event: string, listener: (...given: unknown[]) => void): this;
  sendCommand(words: readonly string[]): Promise<unknown>;
  evalSha(sha1: string, given: { keys: readonly string[]; arguments: readonly string[] }): Promise<unknown>;
  eval(lua: string, given: { keys: readonly string[]; arguments: readonly string[] }): Promise<unknown>;
  subscribe(channel: string, listener: (text: string, channel: string) => void): Promise<void>;
  unsubscribe(channel: string, listener: (text: string, channel: string) => void): Promise<void>;
  sSubscribe(channel: string, listener: (text: string, channel: string) => void): Promise<void>;
  sUnsubscribe(channel: string, listener: (text: string, channel: string) => void): Promise<void>;
}

export function isNodeRedis(value: unknown): value is NodeRedisClient {
  const { duplicate, evalSha, destroy } = (value ?? {}) as Partial<Client>;
  // `destroy` came with version 5.
  return [duplicate, evalSha, destroy].every((method) => typeof method === 'function');
}

export function nodeRedisLinks(given: NodeRedisClient, sharded: boolean): LinkMaker {
  const client = given as unknown as Client;
  const isCluster = client.masters !== undefined;
  const isSharded = isCluster && sharded;
  const hasMany = isCluster || 'getSentinelNode' in client;
  const make = (listener: LinkListener) =>
    hasMany ? new ManyServersLink(client, listener, isSharded) : new OneServerLink(client, listener);
  return { isSharded, make };
}

/** The backplane's prefix is for keys and for channels; that of the library is for keys alone. */
const keyPrefix = '';

abstract class NodeRedisLink implements Link {
  abstract readonly life: string;
  #isDown = false;
  readonly #scripts = new KnownScripts();

  constructor(
    readonly client: Client,
    readonly listener: LinkListener,
    readonly isSharded: boolean,
  ) {}

  async evaluate(script: Script, keys: readonly string[], args: readonly string[]) {
    const { client } = this;
    const given = { keys, arguments: args };
    const byHash = () => client.evalSha(script.sha1, given);
    const whole = () => client.eval(script.lua, given);
    try {
      return await this.#scripts.run(script, byHash, whole);
    } catch (error) {
      const { message } = error as Error;
      throw /^The client is (closed|offline)/.test(message) ? new NotSent(message, { cause: error }) : error;
    }
  }

  async subscribe(channel: string): Promise<void> {
    await (this.isSharded
      ? this.client.sSubscribe(channel, this.#announced)
      : this.client.subscribe(channel, this.#announced));
  }

  /** With the listener, since else the library does not know that it is leaving, and drops a subscription that comes meanwhile. */
  async unsubscribe(channel: string): Promise<void> {
    await (this.isSharded
      ? this.client.sUnsubscribe(channel, this.#announced)
      : this.client.unsubscribe(channel, this.#announced));
  }

  destroy(): void {
    this.#isDown = true;
    this.client.destroy();
  }

  /** A client that was destroyed while it connected has a socket all the same in the end. */
  protected async connect(): Promise<void> {
    await this.client.connect();
    if (this.#isDown) this.client.destroy();
  }

  /** One function for all channels, so that subscribing again adds no second listener. */
  readonly #announced = (text: string, channel: string): void => this.listener.announced(channel, text);

  protected down(error: unknown): void {
    if (this.#isDown) return;
    this.#isDown = true;
    this.listener.down(error);
  }
}

/** Replies as they come; the library's timeout is a timer for each command, and the backplane has its own. */
const commandOptions = { timeout: undefined };

/** Connected to one server, once: whatever is sent goes there or fails. */
class OneServerLink extends NodeRedisLink {
  life = '';

  constructor(client: Client, listener: LinkListener) {
    const socket = { ...client.options?.socket, reconnectStrategy: false };
    const own = client.duplicate({ socket, disableOfflineQueue: true, commandOptions, keyPrefix });
    super(own, listener, false);
    own.on('error', (error) => this.down(error));
    own.on('end', () => this.down(new Error('The connection to Redis has ended')));
    this.#begin().catch((error) => this.down(error));
  }

  async #begin(): Promise<void> {
    await this.connect();
    const info = (section: string) => this.client.sendCommand(['INFO', section]);
    this.life = lifeOf(...(await Promise.all([info('server'), info('replication')])));
    this.listener.up();
  }
}

/** The library finds out which server is asked; scripts say themselves where they run. */
class ManyServersLink extends NodeRedisLink {
  readonly life = '';

  constructor(client: Client, listener: LinkListener, isSharded: boolean) {
    // Sentinel: an attempt that was cut may have published, so there is no second one.
    super(client.duplicate({ maxCommandRediscovers: 0, commandOptions, keyPrefix }), listener, isSharded);
    // Of one server among others; those that stay away for good make commands fail.
    this.client.on('error', () => {});
    // The first nodes are ready before the library knows which slots are whose, and takes commands.
    const isReady = () => {
      for (const event of ['node-ready', 'topology-change']) this.client.on(event, () => this.listener.up());
      this.listener.up();
    };
    this.connect().then(isReady, (error) => this.down(error));
  }
}
