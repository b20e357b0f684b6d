import { randomBytes } from 'node:crypto';
import type {
  Backplane,
  BackplaneFactory,
  BackplaneHealth,
  BackplaneHost,
  Followed,
  Message,
  Position,
} from '@pushwire/core/backplanes';
import { FollowedChannel } from './channels/followed-channel';
import { FollowedChannels } from './channels/followed-channels';
import { LogCopy } from './channels/log-copy';
import { LogScripts } from './channels/log-scripts';
import { Presence } from './channels/presence';
import { RedisLogs } from './channels/redis-logs';
import { connectorFor } from './clients/redis-client';
import { Commands } from './connection/commands';
import { Health } from './connection/health';
import { PubSub } from './connection/pubsub';
import type { RedisConnector } from './connection/redis-connection';
import { type RedisBackplaneOptions, type RedisBackplaneSettings, readOptions } from './options';
import { keysOf } from './scripts/keys';

/** The number of check intervals for which a process's count of connections is valid. */
const validIntervals = 3;

class RedisBackplane implements Backplane {
  readonly #host: BackplaneHost;
  readonly #settings: RedisBackplaneSettings;
  readonly #commands: Commands;
  readonly #pubsub: PubSub;
  readonly #logs: RedisLogs;
  readonly #presence: Presence;
  readonly #channels: FollowedChannels;
  readonly #health: Health;

  constructor(host: BackplaneHost, settings: RedisBackplaneSettings, connector: RedisConnector) {
    const { timeout, prefix, durable, checkInterval } = settings;
    const limits = {
      publish: { timeout, calls: settings.maxPendingCommands, bytes: settings.maxPendingBytes },
      follow: { timeout, calls: settings.maxPendingFollows, bytes: Number.POSITIVE_INFINITY },
    };
    const listener = { up: () => this.#onUp(), down: (error: unknown) => this.#onDown(error) };
    const message = (pubsubChannel: string, text: string) => this.#channels.receive(pubsubChannel, text);
    const validFor = validIntervals * checkInterval;
    this.#host = host;
    this.#health = new Health(host);
    this.#settings = settings;
    this.#channels = new FollowedChannels({
      clock: host.clock,
      settings,
      isUp: () => this.#isUp,
      create: (name) => this.#createChannel(name),
      pubsubChannelOf: (name) => this.#pubsubChannelOf(name),
      unfollow: (name) => this.#unfollow(name),
      failed: (error) => this.#health.failed(error),
    });
    this.#commands = new Commands(connector, host.clock, limits, listener);
    this.#pubsub = new PubSub(connector, host.clock, limits.follow, { ...listener, message });
    const shared = { commands: this.#commands, prefix };
    const scripts = new LogScripts({ ...shared, durable, isSharded: connector.isSharded });
    this.#logs = new RedisLogs({
      scripts,
      clock: host.clock,
      memory: validFor,
      limitsOf: (channel) => host.limitsOf(channel),
      failed: (error) => this.#health.failed(error),
    });
    this.#presence = new Presence({
      ...shared,
      process: randomBytes(9).toString('base64url'),
      validFor,
      connectionsTo: (channel) => host.connectionsTo(channel),
    });
  }

  append(channel: string, message: Message): Promise<Position> {
    return this.#logs.append(channel, message);
  }

  end(channel: string): Promise<void> {
    return this.#logs.end(channel);
  }

  follow(name: string, changed: () => void): Followed | Promise<Followed> {
    return this.#channels.follow(name, changed);
  }

  connectionsTo(channel: string): Promise<number> {
    return this.#presence.count(channel);
  }

  health(): BackplaneHealth {
    return this.#health.state;
  }

  /** Settles when every publish has a reply or has timed out. */
  async close(): Promise<void> {
    this.#health.close();
    this.#logs.close();
    this.#channels.close();
    this.#pubsub.close();
    await this.#commands.close();
  }

  #createChannel(name: string): FollowedChannel {
    return new FollowedChannel(name, {
      copy: new LogCopy(this.#host.clock, this.#host.limitsOf(name)),
      checkInterval: this.#settings.checkInterval,
      connection: () => this.#pubsub.connection,
      subscribe: () => this.#pubsub.subscribe(this.#pubsubChannelOf(name)),
      read: (from) => this.#logs.read(name, from),
      confirm: () => this.#logs.confirm(name),
      beginNewLife: (epoch) => this.#logs.beginNewLife(name, epoch),
      reportConnections: () => {
        this.#presence.report(name).catch((error) => this.#health.failed(error));
      },
      tickAfter: (channel, ms) => this.#channels.tickAfter(channel, ms),
      becameIdle: (channel) => this.#channels.becameIdle(channel),
      forget: (channel) => this.#channels.forget(channel),
      missedMessage: () => this.#pubsub.reconnect('A Pub/Sub message of Redis did not arrive'),
      failed: (error) => this.#health.failed(error),
    });
  }

  async #unfollow(name: string): Promise<void> {
    await Promise.all([this.#pubsub.unsubscribe(this.#pubsubChannelOf(name)), this.#presence.leave(name)]);
  }

  #pubsubChannelOf(name: string): string {
    return keysOf(this.#settings.prefix, name).pubsub;
  }

  get #isUp(): boolean {
    return this.#commands.isUp && this.#pubsub.connection !== undefined;
  }

  #onUp(): void {
    if (!this.#isUp) return;
    this.#health.up();
    this.#health.lookAtEviction(this.#commands, keysOf(this.#settings.prefix, '').log);
    this.#channels.resync();
  }

  #onDown(error: unknown): void {
    this.#channels.pause();
    this.#health.down(error);
  }
}

/**
 * Joins the hubs of many processes through Redis 6.2, 7 or later, or Valkey: one server, several
 * behind Sentinel, or a cluster. Pass the result to `createHub`.
 *
 * @example
 * ```ts
 * import { createHub } from '@pushwire/express';
 * import { redisBackplane } from '@pushwire/redis';
 * import { createClient } from 'redis';
 *
 * const client = createClient({ url: 'redis://localhost:6379' });
 * const hub = createHub({ backplane: redisBackplane({ client }) });
 * await hub.channel('news').publish('Every client of every process gets this');
 * ```
 *
 * @throws {TypeError} for an unknown option or a value that does not fit.
 */
export function redisBackplane(options: RedisBackplaneOptions): BackplaneFactory {
  const { client, ...settings } = readOptions(options);
  const connector = connectorFor(client, settings.sharded, settings.timeout);
  return (host) => new RedisBackplane(host, settings, connector);
}
