import type { FollowedChannel, Follower } from '../delivery/followed-channel';
import type { Outcome } from '../log/outcome';
import type { ReaderHost } from '../reading/reader-host';
import { followFailure, hubClosed, hubFull } from '../reading/refusals';

/** Waits for the end of one life of a run's log. */
class EndWaiter implements Follower {
  /** A waiter is no connection. */
  readonly connections = 0;
  #channel: FollowedChannel | undefined;

  constructor(
    readonly host: ReaderHost,
    readonly epoch: string,
    readonly resolve: (outcome: Outcome | undefined) => void,
    readonly reject: (error: unknown) => void,
  ) {
    host.readers.add(this);
  }

  enter(channel: FollowedChannel): void {
    this.#channel = channel;
    channel.add(this);
    this.onChange();
  }

  onChange(): void {
    const log = this.#channel?.log;
    if (log === undefined || (log.epoch === this.epoch && !log.ended)) return;
    this.resolve(log.epoch === this.epoch ? log.outcome : undefined);
    this.#leave();
  }

  beforeEviction(): void {
    // The end of a log is never evicted.
  }

  /** The hub closes. */
  close(): void {
    this.fail(hubClosed());
  }

  fail(error: unknown): void {
    this.reject(error);
    this.#leave();
  }

  #leave(): void {
    this.host.readers.delete(this);
    this.#channel?.remove(this);
    this.#channel = undefined;
  }
}

/**
 * Waits until a run has ended, or another has begun in its place. Resolves with `undefined` where
 * the outcome is not known any more.
 *
 * @throws PushwireError the promise rejects with `hub-closed`, `hub-full` or what the backplane
 * throws.
 */
export function endOf(host: ReaderHost, log: string, epoch: string): Promise<Outcome | undefined> {
  return new Promise((resolve, reject) => {
    if (host.isClosed) throw hubClosed();
    const waiter = new EndWaiter(host, epoch, resolve, reject);
    try {
      const entering = host.groups.read(log, [{ epoch, offset: 0 }], (channel) => waiter.enter(channel));
      if (entering === 'full') waiter.fail(hubFull());
      else entering?.catch((error) => waiter.fail(followFailure(error)));
    } catch (error) {
      waiter.fail(error);
    }
  });
}
