import { randomBytes } from 'node:crypto';
import {
  type Backplane,
  type BackplaneFactory,
  type BackplaneHost,
  type Followed,
  type Message,
  type Position,
  PushwireError,
  Wheel,
} from '@pushwire/core/backplanes';
import { readAnnouncement } from './announcement';
import { Announcements } from './announcements';
import { linksOf } from './clients/links-of';
import { Commands } from './commands';
import { Copy } from './copy';
import { Epochs } from './epochs';
import { FollowedChannel } from './followed-channel';
import { keysOf } from './keys';
import type { LinkMaker } from './link';
import { messageText } from './message-text';
import { type RedisBackplaneOptions, type RedisBackplaneSettings, readOptions } from './options';
import { readPage } from './page';
import { Resync } from './resync';
import { append } from './scripts/append';
import { end } from './scripts/end';
import { countConnections, leave } from './scripts/presence';
import { read } from './scripts/read';
import type { Script } from './scripts/script';
import { commonArguments, keyList, leastMemory } from './scripts/state';

/** Times that what a process says of its connections outlives the time to when it says so again. */
const believed = 3;

/** The share of a time by which looks at channels are spread. */
const spread = 0.2;

class RedisBackplane implements Backplane {
  readonly #host: BackplaneHost;
  readonly #settings: RedisBackplaneSettings;
  readonly #announce: string;
  readonly #commands: Commands;
  readonly #announcements: Announcements;
  readonly #wheel: Wheel;
  readonly #epochs = new Epochs();
  readonly #channels = new Map<string, FollowedChannel>();
  /** The same, by what they are announced on. */
  readonly #listening = new Map<string, FollowedChannel>();
  readonly #starting = new Map<FollowedChannel, Promise<void>>();
  /** Those that nobody follows, the longest idle first. */
  readonly #idle = new Set<FollowedChannel>();
  /** Tells this process from the others. */
  readonly #self = randomBytes(9).toString('base64url');
  readonly #resync: Resync<FollowedChannel>;
  #isAway = false;
  #closed = false;

  constructor(host: BackplaneHost, settings: RedisBackplaneSettings, maker: LinkMaker) {
    const { timeout, maxUnanswered, maxUnansweredBytes } = settings;
    const bounds = { timeout, calls: maxUnanswered, bytes: maxUnansweredBytes };
    const listener = { up: () => this.#isBack(), down: (error: unknown) => this.#isGone(error) };
    const announced = (channel: string, text: string) => this.#announced(channel, text);
    this.#host = host;
    this.#settings = settings;
    this.#announce = maker.isSharded ? 'SPUBLISH' : 'PUBLISH';
    this.#wheel = new Wheel(host.clock);
    this.#commands = new Commands(maker, host.clock, bounds, listener);
    this.#announcements = new Announcements(maker, host.clock, bounds, { ...listener, announced });
    this.#resync = new Resync({
      clock: host.clock,
      isUp: () => this.#isUp,
      knows: (one) => this.#channels.get(one.name) === one,
      failed: (error) => this.#noteAway(error),
    });
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
    const channel = this.#channels.get(name) ?? this.#add(name);
    const use = () => {
      this.#idle.delete(channel);
      return channel.use(changed);
    };
    return channel.ready ? use() : this.#started(channel).then(use);
  }

  async connectionsTo(channel: string): Promise<number> {
    const elsewhere = await this.#commands.run(countConnections, this.#keyList(channel), [this.#self]);
    return Number(elsewhere) + this.#host.connectionsTo(channel);
  }

  /** Waits for the answers to what was published, and at the most until they are given up. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#resync.stop();
    for (const channel of [...this.#channels.values()]) this.#forget(channel);
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

  #add(name: string): FollowedChannel {
    const { clock } = this.#host;
    const { probe, prefix } = this.#settings;
    const limits = this.#host.limitsOf(name);
    const { announcements } = keysOf(prefix, name);
    const channel = new FollowedChannel(name, {
      copy: new Copy(clock, limits),
      probe,
      connection: () => this.#announcements.connection,
      subscribe: () => this.#announcements.subscribe(announcements),
      read: async (log) => {
        const place = log ? [log.epoch, String(log.head)] : ['', '0'];
        const connections = String(this.#host.connectionsTo(name));
        const said = [this.#self, connections, String(believed * probe)];
        return readPage(await this.#run(read, name, [...place, limit(limits.count), ...said]));
      },
      visitAfter: (one, ms) => this.#wheel.add(one, ms * (1 - Math.random() * spread)),
      left: (one) => this.#left(one),
      forget: (one) => this.#forget(one),
      deaf: () => this.#announcements.replace('What was published is not announced here'),
      failed: (error) => this.#noteAway(error),
    });
    this.#channels.set(name, channel);
    this.#listening.set(announcements, channel);
    return channel;
  }

  /** Settles when a channel can be read, for all who ask for it. */
  #started(channel: FollowedChannel): Promise<void> {
    const starting = this.#starting.get(channel) ?? this.#start(channel);
    this.#starting.set(channel, starting);
    return starting;
  }

  async #start(channel: FollowedChannel): Promise<void> {
    try {
      await channel.start();
    } catch (error) {
      this.#forget(channel);
      // Clients hear that it is unavailable, and only here it is known why.
      this.#noteAway(error);
      throw error;
    } finally {
      this.#starting.delete(channel);
    }
  }

  #announced(announcements: string, text: string): void {
    const announcement = readAnnouncement(text);
    if (!announcement) return;
    try {
      this.#listening.get(announcements)?.hear(announcement);
    } catch (error) {
      // Nobody waits for it but the library, which would end the process.
      this.#noteAway(error);
    }
  }

  #left(channel: FollowedChannel): void {
    const { idle, maxIdle } = this.#settings;
    this.#idle.add(channel);
    this.#wheel.add(channel, idle);
    for (const longest of this.#idle) {
      if (this.#idle.size <= maxIdle) return;
      this.#forget(longest);
    }
  }

  #forget(channel: FollowedChannel): void {
    const { announcements } = keysOf(this.#settings.prefix, channel.name);
    this.#idle.delete(channel);
    this.#wheel.remove(channel);
    if (!this.#channels.delete(channel.name)) return;
    this.#listening.delete(announcements);
    // Redis forgets both by itself where this process is away.
    const goodbye = [this.#announcements.unsubscribe(announcements)];
    if (this.#commands.isUp) goodbye.push(this.#commands.run(leave, this.#keyList(channel.name), [this.#self]).then());
    Promise.all(goodbye).catch((error) => this.#noteAway(error));
  }

  get #isUp(): boolean {
    return this.#commands.isUp && this.#announcements.connection !== undefined;
  }

  /** What was announced meanwhile is read. */
  #isBack(): void {
    if (!this.#isUp) return;
    this.#isAway = false;
    this.#resync.begin(this.#channels.values());
  }

  #isGone(error: unknown): void {
    this.#resync.stop();
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
