import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port';
import { onCore } from './pinning';

export const nginxPath = '/usr/sbin/nginx';

const timeoutMs = 5000;

/** An nginx with its own folder and port, on core 0 if processes can be pinned. */
export class NginxProcess {
  // Unlike a Node server, nginx does not notice that the bench is gone.
  readonly #abandon = () => {
    this.master.kill('SIGTERM');
    rmSync(this.folder, { recursive: true, force: true });
  };

  private constructor(
    readonly port: number,
    readonly folder: string,
    readonly master: ChildProcess,
  ) {}

  /** @param configure returns the configuration, which must keep the master in the foreground. */
  static async start(configure: (folder: string, port: number) => string): Promise<NginxProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'pushwire-nginx-'));
    const port = await freePort();
    const config = join(folder, 'nginx.conf');
    await writeFile(config, configure(folder, port));
    const [command, ...rest] = onCore(0, [nginxPath, '-p', folder, '-e', join(folder, 'error.log'), '-c', config]);
    const started = new NginxProcess(port, folder, spawn(command as string, rest, { stdio: 'ignore' }));
    process.on('exit', started.#abandon);
    await started.#untilItWorks();
    return started;
  }

  /** The id of the working process; `undefined` before it runs. */
  get worker(): number | undefined {
    const { pid } = this.master;
    const [worker] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
    return worker ? Number(worker) : undefined;
  }

  async stop(): Promise<void> {
    if (this.master.exitCode === null && this.master.signalCode === null) {
      const exited = once(this.master, 'exit');
      this.master.kill('SIGTERM');
      await exited;
    }
    process.off('exit', this.#abandon);
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Waits for the worker, since the master listens before it. */
  async #untilItWorks(): Promise<void> {
    const end = performance.now() + timeoutMs;
    while (!(await isListening(this.port)) || this.worker === undefined) {
      if (this.master.exitCode !== null || performance.now() > end) {
        const errors = await readFile(join(this.folder, 'error.log'), 'utf8').catch(() => 'it left no log');
        await this.stop();
        throw new Error(`nginx did not start: ${errors}`);
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
