import { randomBytes } from 'node:crypto';
import { PushwireError } from '../checks/errors';
import type { Position } from '../log/cursor';
import { Log } from '../log/log';
import type { Message } from '../log/message';
import { type Timed, TimerWheel } from '../time/timer-wheel';
import type { Backplane, BackplaneHost, Followed } from './backplane';

/** Milliseconds after its last use for which an empty log is kept, so that cursors stay valid. */
const forgetAfter = 600_000;

/** The shortest time between two ticks of a log, in ms. */
const minDelay = 1000;

/** The log of one channel and its follower. */
class MemoryChannel implements Timed, Followed {
  readonly log: Log;
  /** The follower's callback. `undefined` while nobody follows the channel. */
  onChange: (() => void) | undefined;
  #lastUse: number;
  #nextTick = 0;

  constructor(
    readonly name: string,
    readonly backplane: MemoryBackplane,
  ) {
    // 48 random bits, since cursors of another life or another process must not match.
    this.log = new Log(randomBytes(6).toString('base64url'), backplane.host.limitsOf(name));
    this.#lastUse = backplane.host.clock.now();
    backplane.timers.add(this, this.#delayFrom(this.#lastUse));
  }

  append(message: Message): Position {
    const now = this.backplane.host.clock.now();
    this.#lastUse = now;
    const { offset } = this.log.append(message, now);
    this.#notifyOrEvict(now);
    const comesTooLate = now + minDelay + this.log.limits.age < this.#nextTick;
    if (comesTooLate) this.backplane.timers.add(this, this.#delayFrom(now));
    return { epoch: this.log.epoch, offset };
  }

  end(): void {
    this.#lastUse = this.backplane.host.clock.now();
    this.log.end();
    this.onChange?.();
  }

  stop(): void {
    this.onChange = undefined;
    this.#lastUse = this.backplane.host.clock.now();
    this.log.evict(this.#lastUse);
  }

  tick(now: number): number | undefined {
    this.#notifyOrEvict(now);
    if (this.onChange || this.log.count > 0 || now < this.#forgetAt) return this.#delayFrom(now);
    this.backplane.forget(this.name);
    return undefined;
  }

  /** A follower evicts by itself, after it has written the new messages. */
  #notifyOrEvict(now: number): void {
    if (this.onChange) this.onChange();
    else this.log.evict(now);
  }

  /** The time at which an empty log may be forgotten. */
  get #forgetAt(): number {
    return this.#lastUse + forgetAfter;
  }

  /** Milliseconds until the oldest message is too old, or until the log may be forgotten. */
  #delayFrom(now: number): number {
    const due = Math.min(this.log.expires ?? this.#forgetAt, now + forgetAfter);
    const delay = Math.max(minDelay, due - now);
    this.#nextTick = now + delay;
    return delay;
  }
}

class MemoryBackplane implements Backplane {
  readonly timers: TimerWheel;
  readonly #channels = new Map<string, MemoryChannel>();

  constructor(readonly host: BackplaneHost) {
    this.timers = new TimerWheel(host.clock, 1000);
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
    channel.onChange = onChange;
    return channel;
  }

  connectionsTo(name: string): number {
    return this.host.connectionsTo(name);
  }

  forget(name: string): void {
    this.#channels.delete(name);
  }

  close(): void {
    for (const channel of this.#channels.values()) this.timers.remove(channel);
    this.#channels.clear();
  }

  #channel(name: string): MemoryChannel {
    let channel = this.#channels.get(name);
    if (channel === undefined) this.#channels.set(name, (channel = new MemoryChannel(name, this)));
    return channel;
  }
}

/**
 * Makes the default backplane, the memory of this process. A channel without connections and
 * messages is forgotten 10 minutes after its last use, even if it has ended. Its next life has
 * another epoch.
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
