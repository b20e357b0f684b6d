import { type Timed, TimerWheel } from '@pushwire/core/backplanes';
import { StreamLog, type StreamLogHost } from './stream-log';

/** The longest time between two looks at when a stream expires, in ms. */
const day = 86_400_000;

/** The parts of the package that open streams use. */
export interface OpenStreamsHost extends StreamLogHost {
  /** Milliseconds for which a stream is followed after its last request. */
  readonly idleTimeout: number;
}

/** The streams that this process follows, because a request uses them or did so a while ago. */
export class OpenStreams {
  readonly #host: OpenStreamsHost;
  readonly #timers: TimerWheel;
  readonly #open = new Map<string, OpenStream>();

  constructor(host: OpenStreamsHost) {
    this.#host = host;
    this.#timers = new TimerWheel(host.clock, 250);
  }

  /** Follows the stream of a name while `act` runs, and for a while after that. */
  async use<T>(name: string, act: (stream: StreamLog) => Promise<T>): Promise<T> {
    const open = this.#open.get(name) ?? this.#make(name);
    open.users++;
    try {
      return await act(open.stream ?? (await this.#follow(open)));
    } finally {
      if (--open.users === 0) this.#rest(open);
    }
  }

  close(): void {
    for (const open of this.#open.values()) {
      this.#timers.remove(open);
      stop(open);
    }
    this.#open.clear();
  }

  /** Requests that come together follow the stream once. */
  #follow(open: OpenStream): Promise<StreamLog> {
    const follow = async () => {
      try {
        return (open.stream = await new StreamLog(open.name, this.#host).follow());
      } finally {
        open.following = undefined;
      }
    };
    open.following ??= follow();
    return open.following;
  }

  #make(name: string): OpenStream {
    const open = new OpenStream(name, (now) => this.#onTick(open, now));
    this.#open.set(name, open);
    return open;
  }

  /** Clients choose names, so nothing is kept for one without a stream. */
  #rest(open: OpenStream): void {
    open.expires = open.stream?.expires ?? Number.POSITIVE_INFINITY;
    open.restedAt = this.#host.clock.now();
    const isNone = open.stream?.state === undefined && open.expires === Number.POSITIVE_INFINITY;
    if (isNone) this.#forget(open);
    else this.#timers.add(open, Math.min(this.#host.idleTimeout, this.#delayOf(open, open.restedAt)));
  }

  #onTick(open: OpenStream, now: number): number | undefined {
    if (open.users > 0) return undefined;
    if (now >= open.expires) {
      this.#removeExpired(open);
      return undefined;
    }
    const idleFor = now - open.restedAt;
    if (idleFor < this.#host.idleTimeout) return this.#host.idleTimeout - idleFor;
    stop(open);
    if (open.expires !== Number.POSITIVE_INFINITY) return this.#delayOf(open, now);
    this.#forget(open);
    return undefined;
  }

  /** The backplane deletes later what cannot be deleted now. */
  #removeExpired(open: OpenStream): void {
    this.use(open.name, (stream) => stream.removeExpired()).catch((error) => {
      this.#host.failed(error);
      if (open.users === 0) this.#forget(open);
    });
  }

  #delayOf({ expires }: OpenStream, now: number): number {
    return Math.min(day, Math.max(1, expires - now));
  }

  #forget(open: OpenStream): void {
    stop(open);
    this.#timers.remove(open);
    if (this.#open.get(open.name) === open) this.#open.delete(open.name);
  }
}

function stop(open: OpenStream): void {
  open.stream?.stop();
  open.stream = undefined;
}

/** A stream that is in use, or that rests until it is forgotten or expires. */
class OpenStream implements Timed {
  users = 0;
  stream: StreamLog | undefined;
  /** `undefined` unless the stream is about to be followed. */
  following: Promise<StreamLog> | undefined;
  /** The time at which the stream expires, when it was last used, in ms. */
  expires = Number.POSITIVE_INFINITY;
  restedAt = 0;

  constructor(
    readonly name: string,
    readonly tick: (now: number) => number | undefined,
  ) {}
}
