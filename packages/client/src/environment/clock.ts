/** Time, as a client needs it. */
export interface Clock {
  /** Milliseconds since 1970, by the machine's time of day: it goes on while the machine sleeps. */
  now(): number;
  /** Runs `act` after `ms` milliseconds unless the returned function was called. */
  after(ms: number, act: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, act) {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  },
};
