import { lifeOf, type RedisConnectionListener, type RedisConnector } from '../connection/redis-connection';
import { type Client, connectionOptions, destroy, NodeRedisConnection } from './node-redis-connection';
import { ClusterConnection, SentinelConnection } from './node-redis-servers';

/**
 * A client of the package `redis`, made by `createClient`, `createCluster` or, from version 6 on,
 * `createSentinel`.
 */
export interface NodeRedisClient {
  duplicate(overrides?: object): unknown;
  connect(): Promise<unknown>;
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

/** A connection to one server. The library never reconnects it. */
class SingleServerConnection extends NodeRedisConnection {
  life = '';
  /** True while the client has no socket yet. Before version 6.3, it cannot be destroyed then. */
  #waitsForSocket = true;

  constructor(client: Client, listener: RedisConnectionListener) {
    const socket = { ...client.options?.socket, reconnectStrategy: false };
    const own = client.duplicate({ socket, disableOfflineQueue: true, ...connectionOptions });
    super(own, listener, false);
    own.on('error', (error) => this.down(error));
    own.on('end', () => this.down(new Error('The connection to Redis has ended')));
    own.on('connect', () => this.#socketArrived());
    this.#connectOnce().catch((error) => {
      this.#socketArrived();
      this.down(error);
    });
  }

  override destroy(): void {
    if (this.#waitsForSocket) this.setDown();
    else super.destroy();
  }

  /** There is a socket, or the attempt has failed. */
  #socketArrived(): void {
    this.#waitsForSocket = false;
    if (this.isDown) destroy(this.client);
  }

  async #connectOnce(): Promise<void> {
    await this.connect();
    const info = (section: string) => this.client.sendCommand(['INFO', section]);
    this.life = lifeOf(...(await Promise.all([info('server'), info('replication')])));
    this.listener.up();
  }
}
