import { outsideRequests } from './async-context';

/** The source of time for a hub. With a fake one, tests don't wait. */
export interface Clock {
  /** Returns the time in ms. It never goes back, even when the system time does. */
  now(): number;
  /** Calls `act` after the current turn of the event loop. */
  soon(act: () => void): void;
  /**
   * Calls `act` after `ms` milliseconds, unless the returned function is called before. The timer
   * does not keep the process alive.
   */
  after(ms: number, act: () => void): () => void;
}

const { timeOrigin } = performance;

export const systemClock: Clock = {
  now: () => timeOrigin + performance.now(),
  soon: (act) => void outsideRequests(() => setImmediate(act)),
  after(ms, act) {
    const timer = outsideRequests(() => setTimeout(act, ms));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
