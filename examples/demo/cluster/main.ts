import { readPort, UsageError } from '../command-line';
import { whenParentGoes } from '../parent';
import { refusedPort } from '../refused-port';
import { Cluster } from './cluster';
import { MissingProgram } from './programs';

run();

async function run(): Promise<void> {
  const cluster = new Cluster();
  let port = 0;
  let started: Promise<number> | undefined;
  // Stopping waits until everything has started, since it could not end what is still starting.
  const stop = async () => {
    await started?.catch(() => {});
    await cluster.close();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop);
  if (process.env.npm_lifecycle_event === 'demo:cluster') whenParentGoes(stop);
  try {
    port = readPort(process.env.PORT || '3000');
    started = cluster.start(port);
    console.log(`Pushwire demo (2 Express nodes, 1 Koa node, Redis, nginx) on http://localhost:${await started}/`);
  } catch (error) {
    const { syscall } = error as NodeJS.ErrnoException;
    const isForPeople = error instanceof UsageError || error instanceof MissingProgram;
    if (syscall === 'listen') console.error(refusedPort(error as Error, port, 'npm run demo:cluster'));
    else console.error(isForPeople ? error.message : error);
    process.exitCode = 2;
  }
}
