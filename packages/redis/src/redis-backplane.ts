import { randomBytes } from 'node:crypto';
import {
  type Backplane,
  type BackplaneFactory,
  type BackplaneHost,
  type Followed,
  type Message,
  type Position,
  PushwireError,
} from '@pushwire/core/backplanes';
import { Epochs } from './channels/epochs';
import { FollowedChannel } from './channels/followed-channel';
import { FollowedChannels } from './channels/followed-channels';
import { LogCopy } from './channels/log-copy';
import { parseLogPage } from './channels/log-page';
import { encodeMessage } from './channels/message-text';
import { connectorFor } from './clients/redis-client';
import { Commands } from './connection/commands';
import { PubSub } from './connection/pubsub';
import type { RedisConnector } from './connection/redis-connection';
import { type RedisBackplaneOptions, type RedisBackplaneSettings, readOptions } from './options';
import { append } from './scripts/append';
import { end } from './scripts/end';
import { keyList, keysOf } from './scripts/keys';
import { countConnections, leave } from './scripts/presence';
import { read } from './scripts/read';
import type { Script } from './scripts/script';
import { commonArguments, leastMemory } from './scripts/state';

/** The number of check intervals for which a process's count of connections is valid. */
const validIntervals = 3;

class RedisBackplane implements Backplane {
  readonly #host: BackplaneHost;
  readonly #settings: RedisBackplaneSettings;
  readonly #publishCommand: 'PUBLISH' | 'SPUBLISH';
  readonly #commands: Commands;
  readonly #pubsub: PubSub;
  readonly #channels: FollowedChannels;
  readonly #epochs = new Epochs();
  /** The name of this process in the presence of channels. */
  readonly #processId = randomBytes(9).toString('base64url');
  #hasReported = false;
  #closed = false;

  constructor(host: BackplaneHost, settings: RedisBackplaneSettings, connector: RedisConnector) {
    const { timeout, maxPendingCommands, maxPendingBytes } = settings;
    const limits = { timeout, calls: maxPendingCommands, bytes: maxPendingBytes };
    const listener = { up: () => this.#onUp(), down: (error: unknown) => this.#onDown(error) };
    const message = (pubsubChannel: string, text: string) => this.#channels.receive(pubsubChannel, text);
    this.#host = host;
    this.#settings = settings;
    this.#publishCommand = connector.isSharded ? 'SPUBLISH' : 'PUBLISH';
    this.#channels = new FollowedChannels({
      clock: host.clock,
      settings,
      isUp: () => this.#isUp,
      create: (name) => this.#createChannel(name),
      pubsubChannelOf: (name) => this.#pubsubChannelOf(name),
      unfollow: (name) => this.#unfollow(name),
      failed: (error) => this.#reportOnce(error),
    });
    this.#commands = new Commands(connector, host.clock, limits, listener);
    this.#pubsub = new PubSub(connector, host.clock, limits, { ...listener, message });
  }

  async append(channel: string, message: Message): Promise<Position> {
    const text = encodeMessage(message);
    const { count, bytes, age } = this.#host.limitsOf(channel);
    const args = [text, limitArgument(count), limitArgument(bytes), limitArgument(age)];
    const reply = await this.#run(append, channel, args, message.size);
    if (!Array.isArray(reply)) {
      throw new PushwireError('channel-ended', `The channel ${JSON.stringify(channel)} has ended.`);
    }
    const [epoch, offset] = reply as [string, string];
    return { epoch, offset: Number(offset) };
  }

  async end(channel: string): Promise<void> {
    await this.#run(end, channel, []);
  }

  follow(name: string, changed: () => void): Followed | Promise<Followed> {
    return this.#channels.follow(name, changed);
  }

  async connectionsTo(channel: string): Promise<number> {
    const elsewhere = await this.#commands.run(countConnections, this.#keyList(channel), [this.#processId]);
    return Number(elsewhere) + this.#host.connectionsTo(channel);
  }

  /** Settles when every publish has a reply or has timed out. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#channels.close();
    this.#pubsub.close();
    await this.#commands.close();
  }

  #keyList(channel: string): string[] {
    return keyList(keysOf(this.#settings.prefix, channel));
  }

  /** Runs a script on a channel's log. */
  #run(script: Script, channel: string, args: readonly string[], size = 0): Promise<unknown> {
    const { count, bytes, age } = this.#host.limitsOf(channel);
    const kept = count > 0 && bytes > 0 ? age : 0;
    const { checkInterval, durable } = this.#settings;
    const common = commonArguments({
      life: durable ? '-' : this.#commands.life,
      nextEpoch: this.#epochs.next(),
      memory: kept === Number.POSITIVE_INFINITY ? 0 : Math.max(kept, leastMemory, validIntervals * checkInterval),
      publishCommand: this.#publishCommand,
    });
    return this.#commands.run(script, this.#keyList(channel), [...common, ...args], size);
  }

  #createChannel(name: string): FollowedChannel {
    const { checkInterval } = this.#settings;
    const limits = this.#host.limitsOf(name);
    return new FollowedChannel(name, {
      copy: new LogCopy(this.#host.clock, limits),
      checkInterval,
      connection: () => this.#pubsub.connection,
      subscribe: () => this.#pubsub.subscribe(this.#pubsubChannelOf(name)),
      read: async (from) => {
        const position = from ? [from.epoch, String(from.head)] : ['', '0'];
        const connections = String(this.#host.connectionsTo(name));
        const presence = [this.#processId, connections, String(validIntervals * checkInterval)];
        return parseLogPage(await this.#run(read, name, [...position, limitArgument(limits.count), ...presence]));
      },
      tickAfter: (channel, ms) => this.#channels.tickAfter(channel, ms),
      becameIdle: (channel) => this.#channels.becameIdle(channel),
      forget: (channel) => this.#channels.forget(channel),
      missedMessage: () => this.#pubsub.reconnect('A Pub/Sub message of Redis did not arrive'),
      failed: (error) => this.#reportOnce(error),
    });
  }

  async #unfollow(name: string): Promise<void> {
    const work = [this.#pubsub.unsubscribe(this.#pubsubChannelOf(name))];
    // Without a connection this is not needed: subscriptions end with it, and the count expires.
    if (this.#commands.isUp) work.push(this.#commands.run(leave, this.#keyList(name), [this.#processId]).then());
    await Promise.all(work);
  }

  #pubsubChannelOf(name: string): string {
    return keysOf(this.#settings.prefix, name).pubsub;
  }

  get #isUp(): boolean {
    return this.#commands.isUp && this.#pubsub.connection !== undefined;
  }

  #onUp(): void {
    if (!this.#isUp) return;
    this.#hasReported = false;
    this.#channels.resync();
  }

  #onDown(error: unknown): void {
    this.#channels.pause();
    this.#reportOnce(error);
  }

  /** Reports the first error since Redis was last connected. */
  #reportOnce(error: unknown): void {
    if (!this.#hasReported && !this.#closed) this.#host.report(error, 'Redis cannot be reached, or commands fail');
    this.#hasReported = true;
  }
}

/** Formats a limit for a script. */
const limitArgument = (limit: number): string => (limit === Number.POSITIVE_INFINITY ? 'inf' : String(limit));

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
  const connector = connectorFor(client, settings.sharded);
  return (host) => new RedisBackplane(host, settings, connector);
}
