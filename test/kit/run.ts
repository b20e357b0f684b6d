import { execFile } from 'node:child_process';

/** How a command ended. */
export interface Ran {
  readonly status: number | string;
  readonly stdout: string;
  /** All that it wrote, for people. */
  readonly output: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Milliseconds after which it is ended. */
  readonly timeout?: number;
}

// What jest sets for itself would make the frameworks and a nested jest behave as inside of a test.
const { NODE_ENV: _nodeEnv, JEST_WORKER_ID: _workerId, ...ownEnv } = process.env;

/** Runs a command to its end, however it ends. */
export function run(file: string, words: readonly string[], { cwd, env, timeout = 60_000 }: RunOptions = {}) {
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
 * @returns what it wrote on stdout.
 */
export async function succeed(file: string, words: readonly string[], options?: RunOptions): Promise<string> {
  const { status, stdout, output } = await run(file, words, options);
  if (status !== 0) throw new Error(`${file} ${words.join(' ')}\nended with ${status}:\n${output}`);
  return stdout;
}
