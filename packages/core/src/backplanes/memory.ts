import { randomBytes } from 'node:crypto';
import { PushwireError } from '../checks/errors';
import type { Position } from '../log/cursor';
import { Log } from '../log/log';
import type { Message } from '../log/message';
import { type Timed, TimerWheel } from '../time/timer-wheel';
import type { Backplane, BackplaneHost, Followed } from './backplane';

/** How long, at the least, a log with nothing in it is remembered after its last use, in ms, so that cursors stay true. */
const minMemory = 600_000;

/** The least time between two looks at a log, in ms. */
const minRest = 1000;

/** One channel's log and who follows it. */
class Kept implements Timed, Followed {
  readonly log: Log;
  changed: (() => void) | undefined;
  #lastUse: number;
  /** When the timers comes by next. */
  #nextVisit = 0;

  constructor(
    readonly name: string,
    readonly backplane: MemoryBackplane,
  ) {
    // 48 random bits: a cursor of another life, or of another process, is told apart.
    this.log = new Log(randomBytes(6).toString('base64url'), backplane.host.limitsOf(name));
    this.#lastUse = backplane.host.clock.now();
    backplane.timers.add(this, this.#rest(this.#lastUse));
  }

  append(message: Message): Position {
    const now = this.backplane.host.clock.now();
    this.#lastUse = now;
    const { offset } = this.log.append(message, now);
    this.#hasChanged(now);
    if (now + minRest + this.log.limits.age < this.#nextVisit) this.backplane.timers.add(this, this.#rest(now));
    return { epoch: this.log.epoch, offset };
  }

  end(): void {
    this.#lastUse = this.backplane.host.clock.now();
    this.log.end();
    this.changed?.();
  }

  stop(): void {
    this.changed = undefined;
    this.#lastUse = this.backplane.host.clock.now();
    this.log.evict(this.#lastUse);
  }

  tick(now: number): number | undefined {
    this.#hasChanged(now);
    if (this.changed || this.log.count > 0 || now < this.#forgettable) return this.#rest(now);
    this.backplane.forget(this.name);
    return undefined;
  }

  /** A follower first hands on what is new, and evicts then. */
  #hasChanged(now: number): void {
    if (this.changed) this.changed();
    else this.log.evict(now);
  }

  /** When an empty log need not be remembered any more. */
  get #forgettable(): number {
    return this.#lastUse + minMemory;
  }

  /** Milliseconds until the next look: when the oldest message is too old, or the log may be forgotten. */
  #rest(now: number): number {
    const due = Math.min(this.log.expires ?? this.#forgettable, now + minMemory);
    const rest = Math.max(minRest, due - now);
    this.#nextVisit = now + rest;
    return rest;
  }
}

class MemoryBackplane implements Backplane {
  readonly timers: TimerWheel;
  readonly #kept = new Map<string, Kept>();

  constructor(readonly host: BackplaneHost) {
    this.timers = new TimerWheel(host.clock, 1000);
  }

  append(channel: string, message: Message): Position {
    const kept = this.#of(channel);
    if (kept.log.ended) {
      throw new PushwireError('channel-ended', `The channel ${JSON.stringify(channel)} has ended.`);
    }
    return kept.append(message);
  }

  end(channel: string): void {
    const kept = this.#of(channel);
    if (!kept.log.ended) kept.end();
  }

  follow(channel: string, changed: () => void): Followed {
    const kept = this.#of(channel);
    kept.changed = changed;
    return kept;
  }

  connectionsTo(channel: string): number {
    return this.host.connectionsTo(channel);
  }

  forget(channel: string): void {
    this.#kept.delete(channel);
  }

  close(): void {
    for (const kept of this.#kept.values()) this.timers.remove(kept);
    this.#kept.clear();
  }

  #of(channel: string): Kept {
    let kept = this.#kept.get(channel);
    if (kept === undefined) this.#kept.set(channel, (kept = new Kept(channel, this)));
    return kept;
  }
}

/**
 * The default backplane: the memory of this process. A channel that nobody is connected to and that keeps no messages is
 * forgotten 10 minutes after its last use, its end included; its next life has another epoch.
 */
export function memoryBackplane(): (host: BackplaneHost) => Backplane {
  return (host) => new MemoryBackplane(host);
}
