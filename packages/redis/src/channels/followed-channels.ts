import { type Clock, TimerWheel } from '@pushwire/core/backplanes';
import type { FollowedChannel } from './followed-channel';
import { parsePubSubMessages } from './pubsub-message';
import { Resync } from './resync';

/** The parts of the backplane that the followed channels use. */
export interface FollowedChannelsHost {
  readonly clock: Clock;
  readonly settings: {
    /** Milliseconds to keep following a channel that has no follower. */
    readonly idleTimeout: number;
    /** The most channels without a follower that are kept. */
    readonly maxIdleChannels: number;
  };
  /** True while there are connections to Redis. */
  isUp(): boolean;
  create(name: string): FollowedChannel;
  pubsubChannelOf(name: string): string;
  /** Unsubscribes from a channel and deletes this process from its presence. */
  unfollow(name: string): Promise<unknown>;
  /** Reports a failure of which the callers don't know the reason. */
  failed(error: unknown): void;
}

/** The share of a time by which ticks are spread. */
const spread = 0.2;

/** The channels that this process follows, and idle ones that it keeps following for a while. */
export class FollowedChannels {
  readonly #host: FollowedChannelsHost;
  readonly #timers: TimerWheel;
  readonly #channels = new Map<string, FollowedChannel>();
  /** The same channels by their Pub/Sub channels. */
  readonly #byPubSubChannel = new Map<string, FollowedChannel>();
  readonly #starting = new Map<FollowedChannel, Promise<void>>();
  /** The channels without a follower. The longest idle comes first. */
  readonly #idle = new Set<FollowedChannel>();
  readonly #resync: Resync<FollowedChannel>;

  constructor(host: FollowedChannelsHost) {
    this.#host = host;
    this.#timers = new TimerWheel(host.clock);
    this.#resync = new Resync({
      clock: host.clock,
      isUp: () => host.isUp(),
      isFollowed: (channel) => this.#channels.get(channel.name) === channel,
      failed: (error) => host.failed(error),
    });
  }

  follow(name: string, changed: () => void): FollowedChannel | Promise<FollowedChannel> {
    const channel = this.#channels.get(name) ?? this.#create(name);
    const follow = () => {
      this.#idle.delete(channel);
      return channel.follow(changed);
    };
    return channel.ready ? follow() : this.#started(channel).then(follow);
  }

  tickAfter(channel: FollowedChannel, ms: number): void {
    this.#timers.add(channel, ms * (1 - Math.random() * spread));
  }

  tickNotBefore(channel: FollowedChannel, ms: number): void {
    this.#timers.add(channel, ms);
  }

  /** Applies a text of Pub/Sub to its channel. */
  receive(pubsubChannel: string, text: string): void {
    try {
      const channel = this.#byPubSubChannel.get(pubsubChannel);
      if (channel) for (const message of parsePubSubMessages(text)) channel.receive(message);
    } catch (error) {
      // An error thrown into the client library would end the process.
      this.#host.failed(error);
    }
  }

  becameIdle(channel: FollowedChannel): void {
    const { idleTimeout, maxIdleChannels } = this.#host.settings;
    this.#idle.add(channel);
    this.#timers.add(channel, idleTimeout);
    for (const longestIdle of this.#idle) {
      if (this.#idle.size <= maxIdleChannels) return;
      this.forget(longestIdle);
    }
  }

  forget(channel: FollowedChannel): void {
    this.#idle.delete(channel);
    this.#timers.remove(channel);
    channel.close();
    if (!this.#channels.delete(channel.name)) return;
    this.#byPubSubChannel.delete(this.#host.pubsubChannelOf(channel.name));
    this.#host.unfollow(channel.name).catch((error) => this.#host.failed(error));
  }

  /** Subscribes to all channels again and reads what they missed. Called on new connections. */
  resync(): void {
    this.#resync.begin(this.#channels.values());
  }

  /** Stops a resync. Called when a connection is lost. */
  pause(): void {
    this.#resync.stop();
  }

  close(): void {
    this.#resync.stop();
    for (const channel of [...this.#channels.values()]) this.forget(channel);
  }

  #create(name: string): FollowedChannel {
    const channel = this.#host.create(name);
    this.#channels.set(name, channel);
    this.#byPubSubChannel.set(this.#host.pubsubChannelOf(name), channel);
    return channel;
  }

  /** Settles when a channel can be read. All callers share one start. */
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
      // Clients only learn that the channel is unavailable. The log gets the reason.
      this.#host.failed(error);
      throw error;
    } finally {
      this.#starting.delete(channel);
    }
  }
}
