import { type Clock, Wheel } from '@pushwire/core/backplanes';
import { readAnnouncement } from './pubsub-message';
import type { FollowedChannel } from './followed-channel';
import { Resync } from './resync';

/** What a process's followed channels need of the backplane. */
export interface FollowedChannelsHost {
  readonly clock: Clock;
  /** Milliseconds for which a channel is followed on that nobody follows any more, and how many are so at the most. */
  readonly settings: { readonly idle: number; readonly maxIdle: number };
  /** Whether there are connections. */
  isUp(): boolean;
  make(name: string): FollowedChannel;
  /** What a channel is announced on. */
  announcementsOf(name: string): string;
  /** A channel is followed no more. */
  goodbye(name: string): Promise<unknown>;
  /** Something failed that nobody waits for, or of which those who wait are not told why. */
  failed(error: unknown): void;
}

/** The share of a time by which looks at channels are spread. */
const spread = 0.2;

/** The channels that a process follows, and those that it follows on for a while. */
export class FollowedChannels {
  readonly #host: FollowedChannelsHost;
  readonly #wheel: Wheel;
  readonly #channels = new Map<string, FollowedChannel>();
  /** The same, by what they are announced on. */
  readonly #listening = new Map<string, FollowedChannel>();
  readonly #starting = new Map<FollowedChannel, Promise<void>>();
  /** Those that nobody follows, the longest idle first. */
  readonly #idle = new Set<FollowedChannel>();
  readonly #resync: Resync<FollowedChannel>;

  constructor(host: FollowedChannelsHost) {
    this.#host = host;
    this.#wheel = new Wheel(host.clock);
    this.#resync = new Resync({
      clock: host.clock,
      isUp: () => host.isUp(),
      knows: (one) => this.#channels.get(one.name) === one,
      failed: (error) => host.failed(error),
    });
  }

  follow(name: string, changed: () => void): FollowedChannel | Promise<FollowedChannel> {
    const channel = this.#channels.get(name) ?? this.#add(name);
    const use = () => {
      this.#idle.delete(channel);
      return channel.use(changed);
    };
    return channel.ready ? use() : this.#started(channel).then(use);
  }

  visitAfter(channel: FollowedChannel, ms: number): void {
    this.#wheel.add(channel, ms * (1 - Math.random() * spread));
  }

  /** Connections are back: what was announced meanwhile is read. */
  resync(): void {
    this.#resync.begin(this.#channels.values());
  }

  /** There are no connections. */
  pause(): void {
    this.#resync.stop();
  }

  close(): void {
    this.#resync.stop();
    for (const channel of [...this.#channels.values()]) this.forget(channel);
  }

  #add(name: string): FollowedChannel {
    const channel = this.#host.make(name);
    this.#channels.set(name, channel);
    this.#listening.set(this.#host.announcementsOf(name), channel);
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
      this.forget(channel);
      // Clients hear that it is unavailable, and only here it is known why.
      this.#host.failed(error);
      throw error;
    } finally {
      this.#starting.delete(channel);
    }
  }

  announced(announcements: string, text: string): void {
    const announcement = readAnnouncement(text);
    if (!announcement) return;
    try {
      this.#listening.get(announcements)?.hear(announcement);
    } catch (error) {
      // Nobody waits for it but the library, which would end the process.
      this.#host.failed(error);
    }
  }

  left(channel: FollowedChannel): void {
    const { idle, maxIdle } = this.#host.settings;
    this.#idle.add(channel);
    this.#wheel.add(channel, idle);
    for (const longest of this.#idle) {
      if (this.#idle.size <= maxIdle) return;
      this.forget(longest);
    }
  }

  forget(channel: FollowedChannel): void {
    this.#idle.delete(channel);
    this.#wheel.remove(channel);
    if (!this.#channels.delete(channel.name)) return;
    this.#listening.delete(this.#host.announcementsOf(channel.name));
    this.#host.goodbye(channel.name).catch((error) => this.#host.failed(error));
  }
}
