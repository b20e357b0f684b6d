const eagerTurns = 200;

/** Waits until a condition holds. The timeout in ms leaves time for a slow machine. */
export async function until(what: string, holds: () => unknown, timeout = 15_000): Promise<void> {
  const deadline = Date.now() + timeout;
  for (let turn = 0; !(await holds()); turn++) {
    if (Date.now() > deadline) throw new Error(`Timed out waiting until ${what}`);
    // The condition often comes true with the next bytes, so the first checks need no timer.
    await new Promise((resolve) => (turn < eagerTurns ? setImmediate(resolve) : setTimeout(resolve, 5)));
  }
}
