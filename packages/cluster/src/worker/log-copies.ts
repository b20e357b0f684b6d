import {
  type BackplaneHost,
  isRunLog,
  isStateLog,
  Log,
  type LogLimits,
  type StateLimits,
  StateLog,
  type Timed,
  TimerWheel,
} from '@pushwire/core/backplanes';
import type { ClusterSettings } from '../options';
import type { LogNews } from '../protocol/news';
import type { BrokerCalls } from './broker-calls';
import { LogCopy, type LogCopyHost } from './log-copy';

/** A run keeps all of its messages. Its own limits end it. */
const everything = { count: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY, age: Number.POSITIVE_INFINITY };

/** The parts of the backplane that its copies use. */
export interface LogCopiesHost extends Pick<BackplaneHost, 'clock' | 'limitsOf' | 'stateLimitsOf'> {
  readonly settings: Pick<ClusterSettings, 'idleTimeout' | 'maxIdleChannels'>;
  calls(): BrokerCalls;
}

/** The logs that this process has copies of, and idle ones that it keeps for a while. */
export class LogCopies implements LogCopyHost {
  readonly clock: LogCopiesHost['clock'];
  readonly #timers: TimerWheel;
  readonly #copies = new Map<string, LogCopy>();
  readonly #starting = new Map<LogCopy, Promise<void>>();
  /** The copies without a follower, and their timers. The longest idle comes first. */
  readonly #idle = new Map<LogCopy, Timed>();

  constructor(readonly host: LogCopiesHost) {
    this.clock = host.clock;
    this.#timers = new TimerWheel(host.clock);
  }

  follow(name: string, onChange: () => void): LogCopy | Promise<LogCopy> {
    const copy = this.#copies.get(name) ?? this.#create(name);
    const follow = () => {
      this.#use(copy);
      return copy.follow(onChange);
    };
    return copy.ready ? follow() : this.#started(copy).then(follow);
  }

  receive(news: LogNews): void {
    this.#copies.get(news.log)?.receive(news);
  }

  /** Goes on where the copies are. Called on a new connection. */
  resync(): void {
    for (const copy of this.#copies.values()) {
      if (copy.ready) this.host.calls().again('follow', this.#given(copy));
    }
  }

  createLog(name: string, epoch: string, floor: number): Log {
    if (isStateLog(name)) return new StateLog(epoch, this.host.stateLimitsOf(name), undefined, undefined, floor);
    return new Log(epoch, isRunLog(name) ? everything : this.host.limitsOf(name), floor);
  }

  refresh(name: string): Promise<void> {
    return this.host.calls().call('refresh', { log: name }, 'follow');
  }

  becameIdle(copy: LogCopy): void {
    const { idleTimeout, maxIdleChannels } = this.host.settings;
    const timed = {
      tick: () => {
        this.#forget(copy);
        return undefined;
      },
    };
    this.#use(copy);
    this.#idle.set(copy, timed);
    this.#timers.add(timed, idleTimeout);
    for (const longestIdle of this.#idle.keys()) {
      if (this.#idle.size <= maxIdleChannels) return;
      this.#forget(longestIdle);
    }
  }

  close(): void {
    for (const copy of [...this.#copies.values()]) this.#forget(copy);
  }

  #create(name: string): LogCopy {
    const copy = new LogCopy(name, this);
    this.#copies.set(name, copy);
    return copy;
  }

  /** Settles when a copy can be read. All callers share one start. */
  #started(copy: LogCopy): Promise<void> {
    const starting = this.#starting.get(copy) ?? this.#start(copy);
    this.#starting.set(copy, starting);
    return starting;
  }

  async #start(copy: LogCopy): Promise<void> {
    try {
      await this.host.calls().call('follow', this.#given(copy), 'follow');
    } catch (error) {
      this.#forget(copy);
      throw error;
    } finally {
      this.#starting.delete(copy);
    }
  }

  #given(copy: LogCopy) {
    const { name } = copy;
    const limits = this.#limitsOf(name);
    return { log: name, from: copy.restart(), ...(limits && { limits }) };
  }

  #limitsOf(name: string): LogLimits | StateLimits | undefined {
    if (isRunLog(name)) return undefined;
    return isStateLog(name) ? this.host.stateLimitsOf(name) : this.host.limitsOf(name);
  }

  /** A copy is not idle, or is forgotten. */
  #use(copy: LogCopy): void {
    const timed = this.#idle.get(copy);
    if (timed) this.#timers.remove(timed);
    this.#idle.delete(copy);
  }

  #forget(copy: LogCopy): void {
    this.#use(copy);
    if (this.#copies.get(copy.name) !== copy) return;
    this.#copies.delete(copy.name);
    this.host.calls().again('unfollow', { log: copy.name });
  }
}
