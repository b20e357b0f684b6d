import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const startPatience = 10_000;
const stopPatience = 5000;

/**
 * Starts a program that listens on a port, and waits until it does. Ctrl-C in a terminal goes to all programs of a group: this one has
 * a group of its own, so that it ends only when it is told to.
 *
 * @throws Error with what the program said, if it ends or does not listen in time.
 */
export async function startDaemon(file: string, words: readonly string[], port: number): Promise<ChildProcess> {
  const child = spawn(file, words, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (said += part));
  const failed = once(child, 'error').then(([error]) => error as Error);
  for (const end = Date.now() + startPatience; !(await isListening(port)); await Promise.race([sleep(20), failed])) {
    if (isRunning(child) && Date.now() < end) continue;
    await stopDaemon(child);
    throw new Error(`${file} did not start:\n${said}`);
  }
  return child;
}

/** Asks it to end, and makes it end where it does not in time. */
export async function stopDaemon(child: ChildProcess): Promise<void> {
  if (!isRunning(child)) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), stopPatience);
  await exited;
  clearTimeout(timer);
}

export function isRunning({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid !== undefined && exitCode === null && signalCode === null;
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  // A refusal is an answer here, and comes as the close without a connect.
  const [what] = await Promise.race([
    once(socket, 'connect').then(() => ['connect']),
    new Promise<[string]>((resolve) => socket.on('error', () => resolve(['error']))),
  ]);
  socket.destroy();
  return what === 'connect';
}
