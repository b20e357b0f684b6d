/** Waits, or less when the signal says that nobody does any more. */
export function sleep(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const stop = () => {
      clearTimeout(timer);
      resolve();
    };
    signal.addEventListener('abort', stop, { once: true });
  });
}

/** How long to wait after so many failures in a row, in ms: doubled each time up to half a minute, and spread. */
export function backOff(failures) {
  return Math.min(30_000, 1000 * 2 ** failures) * (0.75 + Math.random() / 2);
}
