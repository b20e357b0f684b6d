import { backOff } from '@pushwire/core/backplanes';
import type { ClusterNodes, RedisConnectionListener } from '../connection/redis-connection';
import { type Client, connectionOptions, destroy, NodeRedisConnection } from './node-redis-connection';
import { keepNodesHandled } from './node-redis-nodes';

/** Events after which messages may have been missed: a server came back, or a slot has moved. */
const comings = [
  'node-ready',
  'topology-change',
  '__resubscribeListeners',
  // The name in version 5.
  '__resubscribeAllPubSubListeners',
  // The library has forgotten a channel.
  'sharded-channel-moved-error',
];

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

/** A connection to the master that Sentinel names. */
export class SentinelConnection extends MultiServerConnection {
  constructor(client: Client, listener: RedisConnectionListener) {
    // A command may have published before its connection was lost. So it is not sent again.
    super(client.duplicate({ maxCommandRediscovers: 0, ...connectionOptions }), listener, false);
  }
}

/** Events of the nodes of a cluster that has not been destroyed, or not completely. */
const signsOfLife = ['node-error', 'node-reconnecting', 'node-connect', 'node-ready'];

/** Milliseconds after which a node that cannot be reached may have been replaced by another one. */
const refreshAfter = 500;

/**
 * By default, the library never comes back to a node whose connection was silent for too long, as
 * it is after the process was stopped for a while. All channels of this node would be lost then.
 */
const reconnectStrategy = (failures: number) => backOff(failures, Math.random());

/** A connection to all nodes of a cluster. */
export class ClusterConnection extends MultiServerConnection implements ClusterNodes {
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
        socket: { ...defaults?.socket, socketTimeout: 3 * timeout, reconnectStrategy },
      },
      ...connectionOptions,
    });
    super(own, listener, isSharded);
    keepNodesHandled(own, (error) => this.down(error));
    // A look-up of the slots that is under way when the client is destroyed may still make nodes.
    for (const event of signsOfLife) own.on(event, () => this.isDown && destroy(own));
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
