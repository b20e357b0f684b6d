import { type Clock, type Timed, TimerWheel } from '@pushwire/core/backplanes';
import { Resync } from '../channels/resync';

/** The parts of the backplane that the listening for stops uses. */
export interface RunStopsHost {
  readonly clock: Clock;
  /** True while there are connections to Redis. */
  isUp(): boolean;
  subscribe(pubsubChannel: string): Promise<void>;
  unsubscribe(pubsubChannel: string): Promise<unknown>;
  /** Reports a failure of something that no caller waits for. */
  failed(error: unknown): void;
}

/** The leases without a write after which a producer is no longer listened for. */
const leases = 2;

/** A text on the Pub/Sub channel of stops: `<epoch> <reason>`. */
const pattern = /^([\w-]{1,16}) (.*)$/s;

/** A producer of this process, from its claim on. */
class Producer implements Timed {
  /** `undefined` until its claim is confirmed. */
  epoch: string | undefined;
  /** Stops that came before that, by the epochs of their runs. */
  readonly early = new Map<string, string>();
  usedAt: number;

  constructor(
    readonly pubsubChannel: string,
    readonly owner: string,
    readonly lease: number,
    readonly onStop: (reason: string) => void,
    readonly stops: RunStops,
    now: number,
  ) {
    this.usedAt = now;
  }

  tick(now: number): number | undefined {
    const left = this.usedAt + leases * this.lease - now;
    if (left > 0) return left;
    this.stops.forget(this.owner);
    return undefined;
  }

  start(): Promise<void> {
    return this.stops.host.subscribe(this.pubsubChannel);
  }

  hear(epoch: string, reason: string): void {
    if (this.epoch === undefined) this.early.set(epoch, reason);
    else if (this.epoch === epoch) this.onStop(reason);
  }
}

/**
 * Tells the producers of this process that they are to stop. This is only quicker than the replies
 * to their writes, which tell it too.
 */
export class RunStops {
  readonly #timers: TimerWheel;
  readonly #byOwner = new Map<string, Producer>();
  readonly #byChannel = new Map<string, Set<Producer>>();
  readonly #resync: Resync<Producer>;

  constructor(readonly host: RunStopsHost) {
    this.#timers = new TimerWheel(host.clock);
    this.#resync = new Resync({
      clock: host.clock,
      isUp: () => host.isUp(),
      isFollowed: (producer) => this.#byOwner.get(producer.owner) === producer,
      failed: (error) => host.failed(error),
    });
  }

  /** Settles when every stop from then on is heard, or cannot be heard now. */
  async listen(pubsubChannel: string, owner: string, lease: number, onStop: (reason: string) => void): Promise<void> {
    this.forget(owner);
    const producer = new Producer(pubsubChannel, owner, lease, onStop, this, this.host.clock.now());
    this.#byOwner.set(owner, producer);
    const others = this.#byChannel.get(pubsubChannel);
    if (others) others.add(producer);
    else this.#byChannel.set(pubsubChannel, new Set([producer]));
    this.#timers.add(producer, leases * lease);
    // Without it, the replies to writes are enough.
    await producer.start().catch((error) => this.host.failed(error));
  }

  /** The claim of an owner was confirmed. */
  begin(owner: string, epoch: string): void {
    const producer = this.#byOwner.get(owner);
    if (producer === undefined) return;
    producer.epoch = epoch;
    const reason = producer.early.get(epoch);
    producer.early.clear();
    if (reason !== undefined) producer.onStop(reason);
  }

  /** The owner has written, so that it is alive. */
  use(owner: string): void {
    const producer = this.#byOwner.get(owner);
    if (producer) producer.usedAt = this.host.clock.now();
  }

  forget(owner: string): void {
    const producer = this.#byOwner.get(owner);
    if (producer === undefined) return;
    const { pubsubChannel } = producer;
    this.#byOwner.delete(owner);
    this.#timers.remove(producer);
    const others = this.#byChannel.get(pubsubChannel);
    others?.delete(producer);
    if (others === undefined || others.size > 0) return;
    this.#byChannel.delete(pubsubChannel);
    this.host.unsubscribe(pubsubChannel).catch((error) => this.host.failed(error));
  }

  /** @returns true if the Pub/Sub channel is one of stops. */
  receive(pubsubChannel: string, text: string): boolean {
    const producers = this.#byChannel.get(pubsubChannel);
    if (producers === undefined) return false;
    const [, epoch, reason] = pattern.exec(text) ?? [];
    for (const producer of producers) {
      try {
        if (epoch !== undefined && reason !== undefined) producer.hear(epoch, reason);
      } catch (error) {
        // An error thrown into the client library would end the process.
        this.host.failed(error);
      }
    }
    return true;
  }

  /** Subscribes again. Called on new connections. */
  resync(): void {
    this.#resync.begin(this.#byOwner.values());
  }

  /** Stops a resync. Called when a connection is lost. */
  pause(): void {
    this.#resync.stop();
  }

  close(): void {
    this.#resync.stop();
    for (const owner of [...this.#byOwner.keys()]) this.forget(owner);
  }
}
