/**
 * Keeps the event loop of the clients turning while a task runs. A server's write to a client whose
 * process sleeps pays for waking it, 10 to 15 µs on the machine of our figures. A slower server
 * finds it asleep more often, and would pay for that too.
 */
export async function stayAwake<T>(task: () => Promise<T>): Promise<T> {
  let isOver = false;
  const turn = () => {
    if (!isOver) setImmediate(turn);
  };
  turn();
  try {
    return await task();
  } finally {
    isOver = true;
  }
}
