import { randomBytes } from 'node:crypto';
import type { Position } from '../log/cursor';
import { Log } from '../log/log';
import { isRunLog, isStateLog } from '../log/log-name';
import { type Message, ownText } from '../log/message';
import type { Clock } from '../time/clock';
import { TimerWheel } from '../time/timer-wheel';
import type { Backplane, BackplaneHost, Followed } from './backplane';
import { DerivedEpochs } from './derived-epochs';
import { LogStore } from './log-store';
import { channelEnded, type LogWrite, type LogWritten } from './log-write';
import { MemoryChannel, type MemoryChannelHost } from './memory-channel';
import { MemoryRuns } from './memory-runs';
import { MemoryStates } from './memory-states';

/** Bytes of the secret from which epochs are derived. */
const secretBytes = 32;

/** Use {@link memoryBackplane}. */
export class MemoryBackplane implements Backplane, MemoryChannelHost {
  readonly isLocal = true;
  readonly timers: TimerWheel;
  readonly store: LogStore;
  readonly runs: MemoryRuns;
  readonly states: MemoryStates;
  /** The channels that have a log with messages or an end, and those that are followed. */
  readonly #channels = new Map<string, MemoryChannel>();

  constructor(
    readonly host: BackplaneHost,
    readonly epochs = new DerivedEpochs(randomBytes(secretBytes)),
  ) {
    this.timers = new TimerWheel(host.clock, 1000);
    this.store = new LogStore(host.limits);
    const stateLimitsOf = (log: string) => host.stateLimitsOf(log);
    this.states = new MemoryStates({ clock: host.clock, store: this.store, epochs, stateLimitsOf });
    this.runs = new MemoryRuns({ clock: host.clock, store: this.store, epochs, maxRuns: host.limits.runs });
  }

  get clock(): Clock {
    return this.host.clock;
  }

  append(name: string, message: Message): Position {
    const channel = this.#channel(name);
    if (channel.newest.ended) throw channelEnded(name);
    return channel.append(message);
  }

  end(name: string): void {
    const channel = this.#channel(name);
    if (!channel.newest.ended) channel.end();
  }

  write(name: string, write: LogWrite): LogWritten {
    const channel = this.#channel(name);
    try {
      return channel.write(write);
    } finally {
      // Nothing is kept for a refused write to a channel that was never written to.
      if (!channel.hasLife && !channel.isFollowed) this.forget(channel, false);
    }
  }

  delete(name: string, newest?: Position): void {
    const channel = this.#channels.get(name);
    if (!channel?.hasLife) return;
    const { epoch, head } = channel.newest;
    if (newest && (newest.epoch !== epoch || newest.offset !== head)) return;
    this.store.drop(channel);
    this.timers.remove(channel);
    this.epochs.retire(name);
    if (channel.isFollowed) channel.beginNext(this.#createLog(name));
    else this.forget(channel, false);
  }

  follow(name: string, onChange: () => void): Followed {
    if (isRunLog(name)) return this.runs.follow(name, onChange);
    if (isStateLog(name)) return this.states.follow(name, onChange);
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
    this.runs.close();
    this.states.close();
  }

  #channel(name: string): MemoryChannel {
    const existing = this.#channels.get(name);
    if (existing) return existing;
    const channel = new MemoryChannel(ownText(name), this.#createLog(name), this);
    this.#channels.set(channel.name, channel);
    return channel;
  }

  #createLog(name: string): Log {
    return new Log(this.epochs.of(name), this.host.limitsOf(name), 0, undefined, this.store.tally);
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
