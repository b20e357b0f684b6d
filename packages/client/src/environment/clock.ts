/** The time and timers that a client uses. */
export interface Clock {
  /** Milliseconds since 1970. This time must go on while the machine sleeps. */
  now(): number;
  /** Calls `act` after `ms` milliseconds, unless the returned function is called before. */
  after(ms: number, act: () => void): () => void;
}

/** The longest time of a timer, in ms. Browsers and Node fire a longer one at once. */
const maxTimer = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, act) {
    const timer = setTimeout(act, Math.min(maxTimer, ms));
    return () => clearTimeout(timer);
  },
};
