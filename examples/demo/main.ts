import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readSettings, type Settings, UsageError } from './command-line';
import { Demo } from './demo';
import { expressDemo } from './express';
import { koaDemo } from './koa';
import { whenParentGoes } from './parent';
import { redisJoint } from './redis-joint';
import { refusedPort } from './refused-port';

/** Milliseconds that open responses may take after the process was asked to stop. */
const stopTimeoutMs = 5000;

try {
  start(readSettings(process.argv.slice(2), process.env));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}

function start({ framework, port, redis, name }: Settings): void {
  const title = framework === 'koa' ? 'Koa' : 'Express';
  const demo = new Demo(title, redis === undefined ? undefined : redisJoint(redis));
  const server = framework === 'koa' ? koaDemo(demo) : expressDemo(demo);
  server.once('error', (error: NodeJS.ErrnoException) => {
    fail(refusedPort(error, port, 'npm start'));
  });
  server.listen(port, async () => {
    const { port } = server.address() as AddressInfo;
    try {
      await demo.start(port, name);
    } catch (error) {
      // The whole URL may contain a password.
      return fail(`Redis cannot be reached at ${new URL(redis ?? '').host}: ${(error as Error).message}`);
    }
    console.log(`Pushwire demo (${title}) on http://localhost:${port}/`);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop(demo, server));
    if (process.env.npm_lifecycle_event === 'start') whenParentGoes(() => stop(demo, server));
    // A cluster waits for this message, and its nodes end when it ends.
    process.send?.('listening');
    process.once('disconnect', () => stop(demo, server));
  });
}

/** Closes everything. The process then exits with 0, since nothing keeps it alive. */
async function stop(demo: Demo, server: Server): Promise<void> {
  await demo.close();
  if (process.connected) process.disconnect();
  server.close();
  setTimeout(() => server.closeAllConnections(), stopTimeoutMs).unref();
}

function fail(sentence: string): void {
  console.error(sentence);
  process.exit(1);
}
