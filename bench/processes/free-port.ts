import { once } from 'node:events';
import { createServer } from 'node:net';

// The system gives ports from 32768 on to connections, which could take one before its server listens.
const lowest = 30_000;
const count = 2768;

let next = Math.floor(Math.random() * count);

/** Returns a local port that nobody listens on now, and that the system gives to no connection. */
export async function freePort(): Promise<number> {
  for (let tries = 1; ; tries++) {
    const port = lowest + (next++ % count);
    try {
      const server = createServer().listen(port, '127.0.0.1');
      await once(server, 'listening');
      server.close();
      await once(server, 'close');
      return port;
    } catch (error) {
      if (tries === count) throw error;
    }
  }
}
