import type { LogStoreLimits } from '../backplanes/log-store';
import type { RunStore } from '../backplanes/run-store';
import type { Observer } from '../delivery/observer';
import type { ReaderHost } from '../reading/reader-host';
import type { Clock } from '../time/clock';
import type { TimerWheel } from '../time/timer-wheel';

/** The parts of a hub that its runs use. */
export interface RunsHost extends ReaderHost {
  readonly clock: Clock;
  readonly timers: TimerWheel;
  readonly maxMessageBytes: number;
  readonly limits: Pick<LogStoreLimits, 'runs'>;
  /** The store of the backplane. It stays open for a while after the hub has closed. */
  readonly runStore: RunStore;
  readonly observer: Pick<Observer, 'failed'> & {
    /** A message was published. */
    published(channel: string, id: string, bytes: number): void;
  };
  /**
   * Returns the promise of a call in a form that need not be awaited.
   *
   * @param call the name of the call, or `undefined` for one whose failure is not reported.
   */
  optional<T>(call: string | undefined, promise: PromiseLike<T>): Promise<T>;
}
