/**
 * Calls back when the parent process has gone. On SIGTERM, npm kills the shell in between, which
 * does not pass the signal on to its program.
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
