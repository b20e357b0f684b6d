import { once } from 'node:events';
import { createServer } from 'node:net';

// The system gives ports from 32768 on to connections. They could take one of those before its server
// listens, or while that is restarted.
const lowest = 30_000;
const count = 2768;

let next = Math.floor(Math.random() * count);

/**
 * Finds a local port that nobody listens on, and that the system gives to no connection.
 *
 * @param requested the port to check; 0 for any.
 * @throws {Error} with a `code` such as `EADDRINUSE` when the port is not available.
 */
export async function freePort(requested = 0): Promise<number> {
  if (requested !== 0) return tryPort(requested);
  for (let tries = 1; ; tries++) {
    try {
      return await tryPort(lowest + (next++ % count));
    } catch (error) {
      // Some ports are taken, and some systems keep some for themselves.
      if (tries === count) throw error;
    }
  }
}

async function tryPort(port: number): Promise<number> {
  const server = createServer().listen(port);
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
  return port;
}
