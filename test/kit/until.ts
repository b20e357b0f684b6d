const eagerTurns = 200;

/** Waits until something holds, for as long as a slow machine may need. */
export async function until(what: string, holds: () => unknown, patience = 15_000): Promise<void> {
  const deadline = Date.now() + patience;
  for (let turn = 0; !(await holds()); turn++) {
    if (Date.now() > deadline) throw new Error(`Waited in vain until ${what}`);
    // What comes with the next bytes should not wait for a clock.
    await new Promise((resolve) => (turn < eagerTurns ? setImmediate(resolve) : setTimeout(resolve, 5)));
  }
}
