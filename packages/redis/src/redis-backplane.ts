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
import { Announcements } from './connection/pubsub';
import { linksOf } from './clients/links-of';
import { Commands } from './connection/commands';
import { Copy } from './channels/log-copy';
import { Epochs } from './channels/epochs';
import { FollowedChannel } from './channels/followed-channel';
import { FollowedChannels } from './channels/followed-channels';
import { keysOf } from './scripts/keys';
import type { LinkMaker } from './connection/redis-connection';
import { messageText } from './channels/message-json';
import { type RedisBackplaneOptions, type RedisBackplaneSettings, readOptions } from './options';
import { readPage } from './channels/log-page';
import { append } from './scripts/append';
import { end } from './scripts/end';
import { countConnections, leave } from './scripts/presence';
import { read } from './scripts/read';
import type { Script } from './scripts/script';
import { commonArguments, keyList, leastMemory } from './scripts/state';

/** Times that what a process says of its connections outlives the time to when it says so again. */
const believed = 3;

class RedisBackplane implements Backplane {
  readonly #host: BackplaneHost;
  readonly #settings: RedisBackplaneSettings;
  readonly #announce: string;
  readonly #commands: Commands;
  readonly #announcements: Announcements;
  readonly #channels: FollowedChannels;
  readonly #epochs = new Epochs();
  /** Tells this process from the others. */
  readonly #self = randomBytes(9).toString('base64url');
  #isAway = false;
  #closed = false;

  constructor(host: BackplaneHost, settings: RedisBackplaneSettings, maker: LinkMaker) {
    const { timeout, maxUnanswered, maxUnansweredBytes } = settings;
    const bounds = { timeout, calls: maxUnanswered, bytes: maxUnansweredBytes };
    const listener = { up: () => this.#isBack(), down: (error: unknown) => this.#isGone(error) };
    const announced = (channel: string, text: string) => this.#channels.announced(channel, text);
    this.#host = host;
    this.#settings = settings;
    this.#announce = maker.isSharded ? 'SPUBLISH' : 'PUBLISH';
    this.#channels = new FollowedChannels({
      clock: host.clock,
      settings,
      isUp: () => this.#isUp,
      make: (name) => this.#make(name),
      announcementsOf: (name) => this.#announcementsOf(name),
      goodbye: (name) => this.#goodbye(name),
      failed: (error) => this.#noteAway(error),
    });
    this.#commands = new Commands(maker, host.clock, bounds, listener);
    this.#announcements = new Announcements(maker, host.clock, bounds, { ...listener, announced });
  }

  async append(channel: string, message: Message): Promise<Position> {
    const text = messageText(message);
    const { count, bytes, age } = this.#host.limitsOf(channel);
    const reply = await this.#run(append, channel, [text, limit(count), limit(bytes), limit(age)], message.size);
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
    const elsewhere = await this.#commands.run(countConnections, this.#keyList(channel), [this.#self]);
    return Number(elsewhere) + this.#host.connectionsTo(channel);
  }

  /** Waits for the answers to what was published, and at the most until they are given up. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#channels.close();
    this.#announcements.close();
    await this.#commands.close();
  }

  #keyList(channel: string): string[] {
    return keyList(keysOf(this.#settings.prefix, channel));
  }

  /** Runs a script that looks at a channel's log. */
  #run(script: Script, channel: string, args: readonly string[], size = 0): Promise<unknown> {
    const { count, bytes, age } = this.#host.limitsOf(channel);
    const kept = count > 0 && bytes > 0 ? age : 0;
    const { probe, durable } = this.#settings;
    const common = commonArguments({
      life: durable ? '-' : this.#commands.life,
      nextEpoch: this.#epochs.next(),
      memory: kept === Number.POSITIVE_INFINITY ? 0 : Math.max(kept, leastMemory, believed * probe),
      announce: this.#announce,
    });
    return this.#commands.run(script, this.#keyList(channel), [...common, ...args], size);
  }

  #make(name: string): FollowedChannel {
    const { probe } = this.#settings;
    const limits = this.#host.limitsOf(name);
    return new FollowedChannel(name, {
      copy: new Copy(this.#host.clock, limits),
      probe,
      connection: () => this.#announcements.connection,
      subscribe: () => this.#announcements.subscribe(this.#announcementsOf(name)),
      read: async (log) => {
        const place = log ? [log.epoch, String(log.head)] : ['', '0'];
        const connections = String(this.#host.connectionsTo(name));
        const said = [this.#self, connections, String(believed * probe)];
        return readPage(await this.#run(read, name, [...place, limit(limits.count), ...said]));
      },
      visitAfter: (one, ms) => this.#channels.visitAfter(one, ms),
      left: (one) => this.#channels.left(one),
      forget: (one) => this.#channels.forget(one),
      deaf: () => this.#announcements.replace('What was published is not announced here'),
      failed: (error) => this.#noteAway(error),
    });
  }

  async #goodbye(name: string): Promise<void> {
    const said = [this.#announcements.unsubscribe(this.#announcementsOf(name))];
    // Redis forgets both by itself where this process is away.
    if (this.#commands.isUp) said.push(this.#commands.run(leave, this.#keyList(name), [this.#self]).then());
    await Promise.all(said);
  }

  #announcementsOf(name: string): string {
    return keysOf(this.#settings.prefix, name).announcements;
  }

  get #isUp(): boolean {
    return this.#commands.isUp && this.#announcements.connection !== undefined;
  }

  /** What was announced meanwhile is read. */
  #isBack(): void {
    if (!this.#isUp) return;
    this.#isAway = false;
    this.#channels.resync();
  }

  #isGone(error: unknown): void {
    this.#channels.pause();
    this.#noteAway(error);
  }

  /** Told once, until it is back. */
  #noteAway(error: unknown): void {
    if (!this.#isAway && !this.#closed) this.#host.report(error, 'Redis is away, or fails');
    this.#isAway = true;
  }
}

/** A limit as the scripts read it. */
const limit = (most: number): string => (most === Number.POSITIVE_INFINITY ? 'inf' : String(most));

/**
 * Joins the hubs of many processes by Redis 6.2, 7 or later, or Valkey: one server, one behind Sentinel, or a cluster.
 *
 * @throws TypeError for an unknown option or a value that does not fit.
 */
export function redisBackplane(options: RedisBackplaneOptions): BackplaneFactory {
  const { client, ...settings } = readOptions(options);
  const maker = linksOf(client, settings.sharded);
  return (host) => new RedisBackplane(host, settings, maker);
}
