import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../kit/free-port';
import { waitLimit } from '../kit/limits';
import type { SystemProgram } from '../kit/system-program';

/** The way to start a proxy in a folder and on a port of its own. */
export interface Launch {
  readonly program: SystemProgram;
  /** Returns the configuration. */
  config(folder: string, port: number): string;
  /** Returns the words of the command line. The configuration is in the file `config`. */
  words(folder: string, port: number, config: string): readonly string[];
}

/** A running proxy with its own folder and port. */
export class ProxyProcess {
  private constructor(
    readonly port: number,
    readonly folder: string,
    readonly process: ChildProcess,
  ) {}

  static async start({ program, config, words }: Launch): Promise<ProxyProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'pushwire-proxy-'));
    const port = await freePort();
    const file = join(folder, 'config');
    await writeFile(file, config(folder, port));
    const child = spawn(program.path, words(folder, port, file), {
      // Programs that keep data in the user's home keep it here.
      env: { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const started = new ProxyProcess(port, folder, child);
    let output = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-10_000);
    });
    await started.#untilListening(async () => `${program.name} did not start:\n${output}${await started.errors()}`);
    return started;
  }

  async stop(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const exited = once(this.process, 'exit');
      this.process.kill('SIGTERM');
      await exited;
    }
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Returns the contents of `error.log` in its folder, if the proxy writes one there. */
  async errors(): Promise<string> {
    return await readFile(join(this.folder, 'error.log'), 'utf8').catch(() => '');
  }

  async #untilListening(explain: () => Promise<string>): Promise<void> {
    const end = performance.now() + waitLimit;
    while (!(await isListening(this.port))) {
      if (this.process.exitCode !== null || performance.now() > end) {
        const explanation = await explain();
        await this.stop();
        throw new Error(explanation);
      }
      await sleep(20);
    }
  }
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
