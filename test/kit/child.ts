import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { waitLimit } from './limits';

/** A call to a child process, and its answer. */
export type Call = { readonly id: number; readonly name: string; readonly argument: unknown };
export type Answer = { readonly id: number; readonly value?: unknown; readonly error?: string };

/** The answers of a child, by the names of the calls. Each takes one argument or none. */
// biome-ignore lint/suspicious/noExplicitAny: each handler knows its argument
export type Handlers = Record<string, (argument: any) => unknown>;

// With jest's own variables the frameworks would behave as in a test.
const { NODE_ENV: _nodeEnv, JEST_WORKER_ID: _workerId, ...env } = process.env;

/** A file that runs in its own process and answers calls. TypeScript uses the built packages. */
export class Child<H extends Handlers> {
  #calls = 0;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();

  private constructor(readonly process: ChildProcess) {
    process.on('message', ({ id, value, error }: Answer) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(value);
      else waiting?.reject(new Error(error));
    });
    process.on('exit', (code, signal) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`The child ended with ${code ?? signal}`));
    });
  }

  /** @param settings the file gets them as JSON in its first argument. */
  static start<H extends Handlers>(file: string, nodeFlags: readonly string[] = [], settings: unknown = {}): Child<H> {
    const loader = file.endsWith('.ts') ? ['--require', 'esbuild-register'] : [];
    const words = [...nodeFlags, ...loader, file, JSON.stringify(settings)];
    return new Child(spawn(process.execPath, words, { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }));
  }

  async call<N extends keyof H & string>(name: N, argument?: Parameters<H[N]>[0]): Promise<Awaited<ReturnType<H[N]>>> {
    const id = ++this.#calls;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise((resolve, reject) => {
        timer = setTimeout(() => reject(new Error(`The child has not answered ${name}`)), waitLimit);
        this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
        this.process.send({ id, name, argument } satisfies Call, (error) => error && reject(error));
      });
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
    }
  }

  /** Kills the process. */
  async stop(): Promise<void> {
    const { exitCode, signalCode } = this.process;
    if (exitCode !== null || signalCode !== null) return;
    const exited = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await exited;
  }
}

/** Runs in the child and answers its calls. */
export function answerCalls(handlers: Handlers): void {
  process.on('message', async ({ id, name, argument }: Call) => {
    const answer = (rest: Omit<Answer, 'id'>) => process.send?.({ id, ...rest });
    try {
      answer({ value: await handlers[name]?.(argument) });
    } catch (error) {
      answer({ error: String(error) });
    }
  });
  // The child also ends when its parent was interrupted.
  process.on('disconnect', () => process.exit());
}
