/** Time, as the hub sees it; a fake one makes behaviour testable without waiting. */
export interface Clock {
  /** Milliseconds that never go back, whatever happens to the machine's time of day. */
  now(): number;
  /** Runs `act` when all that the current turn of the event loop does is done. */
  soon(act: () => void): void;
  /** Runs `act` after `ms` milliseconds unless the returned function was called. Keeps no process alive. */
  after(ms: number, act: () => void): () => void;
}

const { timeOrigin } = performance;

export const systemClock: Clock = {
  now: () => timeOrigin + performance.now(),
  soon: (act) => void setImmediate(act),
  after(ms, act) {
    const timer = setTimeout(act, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
