import { execFile } from 'node:child_process';
import { commandLimit } from './limits';

/** The result of a command. */
export interface Ran {
  readonly status: number | string;
  readonly stdout: string;
  /** Its stdout and stderr together, for error messages. */
  readonly output: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Milliseconds after which it is killed. Defaults to `commandLimit`. */
  readonly timeout?: number;
}

// With jest's own variables the frameworks and a nested jest would behave as in a test.
const { NODE_ENV: _nodeEnv, JEST_WORKER_ID: _workerId, ...ownEnv } = process.env;

/** Runs a command to its end and does not throw when it fails. */
export function run(file: string, words: readonly string[], { cwd, env, timeout = commandLimit }: RunOptions = {}) {
  const options = { cwd, timeout, env: { ...ownEnv, ...env }, maxBuffer: 64 * 1024 * 1024 };
  return new Promise<Ran>((resolve) => {
    execFile(file, words, options, (error, stdout, stderr) => {
      const status = error ? (error.code ?? error.signal ?? 'failed') : 0;
      resolve({ status, stdout, output: `${stdout}${stderr}` });
    });
  });
}

/**
 * Runs a command that must succeed.
 *
 * @returns its stdout.
 */
export async function succeed(file: string, words: readonly string[], options?: RunOptions): Promise<string> {
  const { status, stdout, output } = await run(file, words, options);
  if (status !== 0) throw new Error(`${file} ${words.join(' ')}\nended with ${status}:\n${output}`);
  return stdout;
}
