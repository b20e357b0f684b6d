import { randomBytes } from 'node:crypto';
import { PushwireError } from '../checks/errors';
import type { Position } from '../log/cursor';
import { Log } from '../log/log';
import { type Message, ownText } from '../log/message';
import type { Clock } from '../time/clock';
import { TimerWheel } from '../time/timer-wheel';
import type { Backplane, BackplaneHost, Followed } from './backplane';
import { DerivedEpochs } from './derived-epochs';
import { LogStore } from './log-store';
import { MemoryChannel, type MemoryChannelHost } from './memory-channel';

/** Bytes of the secret from which epochs are derived. */
const secretBytes = 32;

/** Use {@link memoryBackplane}. */
export class MemoryBackplane implements Backplane, MemoryChannelHost {
  readonly timers: TimerWheel;
  readonly store: LogStore;
  /** The channels that have a log with messages or an end, and those that are followed. */
  readonly #channels = new Map<string, MemoryChannel>();

  constructor(
    readonly host: BackplaneHost,
    readonly epochs = new DerivedEpochs(randomBytes(secretBytes)),
  ) {
    this.timers = new TimerWheel(host.clock, 1000);
    this.store = new LogStore(host.limits);
  }

  get clock(): Clock {
    return this.host.clock;
  }

  append(name: string, message: Message): Position {
    const channel = this.#channel(name);
    if (channel.log.ended) {
      throw new PushwireError('channel-ended', `The channel ${JSON.stringify(name)} has ended.`);
    }
    return channel.append(message);
  }

  end(name: string): void {
    const channel = this.#channel(name);
    if (!channel.log.ended) channel.end();
  }

  follow(name: string, onChange: () => void): Followed {
    const channel = this.#channel(name);
    channel.follow(onChange);
    return channel;
  }

  connectionsTo(name: string): number {
    return this.host.connectionsTo(name);
  }

  forget(channel: MemoryChannel, hadLife: boolean): void {
    const { name } = channel;
    if (this.#channels.get(name) === channel) this.#channels.delete(name);
    if (hadLife) this.epochs.retire(name);
  }

  close(): void {
    for (const channel of this.#channels.values()) this.timers.remove(channel);
    this.#channels.clear();
  }

  #channel(name: string): MemoryChannel {
    const existing = this.#channels.get(name);
    if (existing) return existing;
    const log = new Log(this.epochs.of(name), this.host.limitsOf(name), 0, undefined, this.store.tally);
    const channel = new MemoryChannel(ownText(name), log, this);
    this.#channels.set(channel.name, channel);
    return channel;
  }
}

/**
 * Makes the default backplane, the memory of this process. It keeps nothing for a channel without
 * connections that was never published to. A channel without connections and messages is forgotten
 * 10 minutes after its last use, even if it has ended, or when the hub has more than `limits.logs`.
 * Its next life has another epoch.
 *
 * @example
 * ```ts
 * import { createHub, memoryBackplane } from '@pushwire/core';
 *
 * // The same as `createHub()`.
 * const hub = createHub({ backplane: memoryBackplane() });
 * ```
 */
export function memoryBackplane(): (host: BackplaneHost) => Backplane {
  return (host) => new MemoryBackplane(host);
}
