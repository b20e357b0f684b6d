import type { RunStore } from '../backplanes/run-store';
import type { Observer } from '../delivery/observer';
import type { ReaderHost } from '../reading/reader';
import type { Clock } from '../time/clock';
import type { TimerWheel } from '../time/timer-wheel';

/** The parts of a hub that its runs use. */
export interface RunsHost extends ReaderHost {
  readonly clock: Clock;
  readonly timers: TimerWheel;
  readonly maxMessageBytes: number;
  readonly maxRuns: number;
  /** The store of the backplane. It stays open for a while after the hub has closed. */
  readonly runStore: RunStore;
  readonly observer: Pick<Observer, never> & {
    failed(error: unknown, message: string): void;
    published(channel: string, id: string, bytes: number): void;
  };
  /** Returns the promise of a call in a form that need not be awaited. */
  optional<T>(call: string, promise: PromiseLike<T>): Promise<T>;
}
