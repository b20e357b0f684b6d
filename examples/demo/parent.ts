/**
 * Hears when the process that started this one has gone. npm passes a SIGTERM to the shell in between, which dies of it
 * without a word to the program that it runs.
 */
export function whenParentGoes(act: () => void, everyMs = 250): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    act();
  }, everyMs);
  timer.unref();
}
