/** A time in which a process did nothing, though it was not idle: it was paused, or the machine busy. */
export interface Stall {
  readonly stalledFrom: number;
  readonly to: number;
}

const [lookEvery, stallFrom] = [50, 150];

/** Watches this process. The timer that it returns keeps it alive. */
export function watchStalls(onStall: (stall: Stall) => void): NodeJS.Timeout {
  let lookedAt = Date.now();
  return setInterval(() => {
    const now = Date.now();
    if (now - lookedAt > stallFrom) onStall({ stalledFrom: lookedAt, to: now });
    lookedAt = now;
  }, lookEvery);
}
