import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const startTimeoutMs = 10_000;
const stopTimeoutMs = 5000;

/**
 * Starts a program that listens on a port, and waits until it does. Ctrl-C in a terminal goes to
 * all programs of a group, so this one gets its own group and ends only when it is told to.
 *
 * @throws {Error} with the program's output when it ends or does not listen in time.
 */
export async function startDaemon(file: string, words: readonly string[], port: number): Promise<ChildProcess> {
  const child = spawn(file, words, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (said += part));
  const failed = once(child, 'error').then(([error]) => error as Error);
  for (const end = Date.now() + startTimeoutMs; !(await isListening(port)); await Promise.race([sleep(20), failed])) {
    if (isRunning(child) && Date.now() < end) continue;
    await stopDaemon(child);
    throw new Error(`${file} did not start:\n${said}`);
  }
  return child;
}

/** Asks a program to end, and kills it when it does not end in time. */
export async function stopDaemon(child: ChildProcess): Promise<void> {
  if (!isRunning(child)) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
  await exited;
  clearTimeout(timer);
}

export function isRunning({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid !== undefined && exitCode === null && signalCode === null;
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  // A refused connection is a valid answer and arrives as an error event.
  const [what] = await Promise.race([
    once(socket, 'connect').then(() => ['connect']),
    new Promise<[string]>((resolve) => socket.on('error', () => resolve(['error']))),
  ]);
  socket.destroy();
  return what === 'connect';
}
