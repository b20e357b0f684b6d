import { once } from 'node:events';
import { createServer } from 'node:net';

// The system gives ports from 32768 on to servers that ask for any, and to connections. One of those
// could be gone again before the caller listens on it, or while a server is restarted.
const lowest = 10_000;
/** A node of a Redis Cluster also takes the port that is this much higher. */
const busOffset = 10_000;
/** Each worker of jest has ports of its own. */
const portsOfWorker = 500;
const workers = 20;

const first = lowest + (Number(process.env.JEST_WORKER_ID ?? 0) % workers) * portsOfWorker;
let next = Math.floor(Math.random() * portsOfWorker);

/** A local port that nobody listens on, and that only its caller will use. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < portsOfWorker; tries++) {
    const port = first + (next++ % portsOfWorker);
    if ((await isFree(port)) && (await isFree(port + busOffset))) return port;
  }
  throw new Error(`Somebody listens on all ports from ${first} on`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
    return true;
  } catch {
    return false;
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}
