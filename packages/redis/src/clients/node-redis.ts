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

/**
 * A client of the package `redis`, made by `createClient`, `createCluster` or, from version 6 on,
 * `createSentinel`.
 */
export interface NodeRedisClient {
  duplicate(overrides?: object): unknown;
  connect(): Promise<unknown>;
}

/** The members of a {@link NodeRedisClient} that this file uses. */
interface Client {
  readonly options?: { readonly socket?: object };
  readonly _options?: { readonly defaults?: { readonly socket?: object } };
  readonly masters?: readonly object[];
  nodeClient(node: object): Promise<Client> | Client;
  duplicate(overrides: object): Client;
  connect(): Promise<unknown>;
  destroy(): unknown;
  on(event: string, listener: (...given: unknown[]) => void): this;
  sendCommand(words: readonly string[]): Promise<unknown>;
  ping(): Promise<unknown>;
  sPublish(channel: string, text: string): Promise<unknown>;
  evalSha(sha1: string, given: { keys: readonly string[]; arguments: readonly string[] }): Promise<unknown>;
  eval(lua: string, given: { keys: readonly string[]; arguments: readonly string[] }): Promise<unknown>;
  subscribe(channel: string, listener: (text: string, channel: string) => void): Promise<void>;
  unsubscribe(channel: string, listener: (text: string, channel: string) => void): Promise<void>;
  sSubscribe(channel: string, listener: (text: string, channel: string) => void): Promise<void>;
  sUnsubscribe(channel: string, listener: (text: string, channel: string) => void): Promise<void>;
}

export function isNodeRedis(value: unknown): value is NodeRedisClient {
  const { duplicate, evalSha, destroy } = (value ?? {}) as Partial<Client>;
  // Clients before version 5 have no `destroy`.
  return [duplicate, evalSha, destroy].every((method) => typeof method === 'function');
}

/** @param timeout milliseconds that a reply may take. */
export function nodeRedisConnector(appClient: NodeRedisClient, sharded: boolean, timeout: number): RedisConnector {
  const client = appClient as unknown as Client;
  const isCluster = client.masters !== undefined;
  const isSharded = isCluster && sharded;
  const connect = (listener: RedisConnectionListener) => {
    if (isCluster) return new ClusterConnection(client, listener, isSharded, timeout);
    return 'getSentinelNode' in client
      ? new SentinelConnection(client, listener)
      : new SingleServerConnection(client, listener);
  };
  return { isSharded, connect };
}

/** Turns off the library's prefix, which applies to keys but not to Pub/Sub channels. */
const keyPrefix = '';

abstract class NodeRedisConnection implements RedisConnection {
  abstract readonly life: string;
  #isDown = false;
  readonly #scripts = new KnownScripts();

  constructor(
    readonly client: Client,
    readonly listener: RedisConnectionListener,
    readonly isSharded: boolean,
  ) {}

  async evaluate(script: Script, key: string, args: readonly string[]) {
    const { client } = this;
    const given = { keys: [key], arguments: args };
    const byHash = () => client.evalSha(script.sha1, given);
    const whole = () => client.eval(script.lua, given);
    try {
      return await this.#scripts.run(script, byHash, whole);
    } catch (error) {
      const { message } = error as Error;
      throw /^The client is (closed|offline)/.test(message) ? new NotSentError(message, { cause: error }) : error;
    }
  }

  async subscribe(pubsubChannel: string): Promise<void> {
    await (this.isSharded
      ? this.client.sSubscribe(pubsubChannel, this.#onMessage)
      : this.client.subscribe(pubsubChannel, this.#onMessage));
  }

  /**
   * Passes the listener. Without it, the library drops a subscription to the same channel that is
   * made before the reply.
   */
  async unsubscribe(pubsubChannel: string): Promise<void> {
    await (this.isSharded
      ? this.client.sUnsubscribe(pubsubChannel, this.#onMessage)
      : this.client.unsubscribe(pubsubChannel, this.#onMessage));
  }

  ping(): Promise<unknown> {
    return this.client.ping();
  }

  destroy(): void {
    this.#isDown = true;
    this.client.destroy();
  }

  /** Connects, and destroys the client again if `destroy()` came before it had a socket. */
  protected async connect(): Promise<void> {
    await this.client.connect();
    if (this.#isDown) this.client.destroy();
  }

  /** One function for all channels, so that subscribing again does not add a second listener. */
  readonly #onMessage = (text: string, pubsubChannel: string): void => this.listener.message(pubsubChannel, text);

  protected get isDown(): boolean {
    return this.#isDown;
  }

  protected down(error: unknown): void {
    if (this.#isDown) return;
    this.#isDown = true;
    this.listener.down(error);
  }
}

/**
 * Turns off the library's timeout, which starts a timer for each command. The backplane has its
 * own. The app's type mappings for replies are dropped too.
 */
const commandOptions = { timeout: undefined };

/** A connection to one server. The library never reconnects it. */
class SingleServerConnection extends NodeRedisConnection {
  life = '';

  constructor(client: Client, listener: RedisConnectionListener) {
    const socket = { ...client.options?.socket, reconnectStrategy: false };
    const own = client.duplicate({ socket, disableOfflineQueue: true, commandOptions, keyPrefix });
    super(own, listener, false);
    own.on('error', (error) => this.down(error));
    own.on('end', () => this.down(new Error('The connection to Redis has ended')));
    this.#connectOnce().catch((error) => this.down(error));
  }

  async #connectOnce(): Promise<void> {
    await this.connect();
    const info = (section: string) => this.client.sendCommand(['INFO', section]);
    this.life = lifeOf(...(await Promise.all([info('server'), info('replication')])));
    this.listener.up();
  }
}

/** Events after which messages may have been missed: a server came back, or a slot has moved. */
const comings = ['node-ready', 'topology-change', '__resubscribeListeners'];

/**
 * A connection to several servers. The library chooses the server for each command, so scripts ask
 * that server for its life themselves.
 */
abstract class MultiServerConnection extends NodeRedisConnection {
  readonly life = '';

  constructor(client: Client, listener: RedisConnectionListener, isSharded: boolean) {
    super(client, listener, isSharded);
    // An error of one server does not end the connection. If the server stays away, commands fail.
    client.on('error', () => {});
    // The first nodes become ready before the library knows the slots and accepts commands. So
    // their events don't count until it has connected.
    const isReady = () => {
      for (const event of comings) client.on(event, () => this.listener.up());
      this.listener.up();
    };
    this.connect().then(isReady, (error) => this.down(error));
  }
}

class SentinelConnection extends MultiServerConnection {
  constructor(client: Client, listener: RedisConnectionListener) {
    // A command may have published before its connection was lost. So it is not sent again.
    super(client.duplicate({ maxCommandRediscovers: 0, commandOptions, keyPrefix }), listener, false);
  }
}

/** Events of the nodes of a cluster that has not been destroyed, or not completely. */
const signsOfLife = ['node-error', 'node-reconnecting', 'node-connect', 'node-ready'];

/** Milliseconds after which a node that cannot be reached may have been replaced by another one. */
const refreshAfter = 500;

class ClusterConnection extends MultiServerConnection implements ClusterNodes {
  readonly cluster = this;

  constructor(client: Client, listener: RedisConnectionListener, isSharded: boolean, timeout: number) {
    const { defaults } = client._options ?? {};
    const own = client.duplicate({
      // Otherwise the library waits for every node whenever it looks up the slots.
      minimizeConnections: true,
      topologyRefreshOnReconnectionAttemptStrategy: refreshAfter,
      defaults: {
        ...defaults,
        disableOfflineQueue: true,
        // These two notice a connection that was dropped in silence.
        pingInterval: timeout,
        socket: { ...defaults?.socket, socketTimeout: 3 * timeout },
      },
      commandOptions,
      keyPrefix,
    });
    super(own, listener, isSharded);
    // A look-up of the slots that is under way when the client is destroyed may still make nodes.
    for (const event of signsOfLife) own.on(event, () => this.isDown && own.destroy());
  }

  askMasters(words: readonly string[]): readonly Promise<unknown>[] {
    return (this.client.masters ?? []).map(async (node) => (await this.client.nodeClient(node)).sendCommand(words));
  }

  announce(pubsubChannel: string, text: string): Promise<unknown> {
    return this.client.sPublish(pubsubChannel, text);
  }

  override ping(): Promise<unknown> {
    return Promise.any(this.askMasters(['PING']));
  }
}
