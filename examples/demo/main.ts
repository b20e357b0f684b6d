import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readWishes, UsageError, type Wishes } from './command-line';
import { Demo } from './demo';
import { expressDemo } from './express';
import { koaDemo } from './koa';
import { whenParentGoes } from './parent';

/** How long answers that are under way may take when the process is asked to stop, in ms. */
const patience = 5000;

try {
  start(readWishes(process.argv.slice(2), process.env));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}

function start({ framework, port }: Wishes): void {
  const title = framework === 'koa' ? 'Koa' : 'Express';
  const demo = new Demo(title);
  const server = framework === 'koa' ? koaDemo(demo) : expressDemo(demo);
  server.once('error', (error: NodeJS.ErrnoException) => {
    console.error(refusedPort(error, port));
    process.exitCode = 1;
  });
  server.listen(port, () => {
    demo.start();
    console.log(`Pushwire demo (${title}) on http://localhost:${(server.address() as AddressInfo).port}/`);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop(demo, server));
    if (process.env.npm_lifecycle_event === 'start') whenParentGoes(() => stop(demo, server));
  });
}

/** Exits with 0, since nothing is left to do then. */
async function stop(demo: Demo, server: Server): Promise<void> {
  await demo.close();
  server.close();
  setTimeout(() => server.closeAllConnections(), patience).unref();
}

function refusedPort({ code, message }: NodeJS.ErrnoException, port: number): string {
  if (code === 'EADDRINUSE')
    return `Port ${port} is taken. Choose another one, for example: PORT=${port + 1} npm start`;
  if (code === 'EACCES') return `This user may not listen on port ${port}. Choose one from 1024: PORT=3000 npm start`;
  return `The demo cannot listen on port ${port}: ${message}`;
}
