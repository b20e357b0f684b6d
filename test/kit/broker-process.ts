import type { handlers } from './broker';
import { build } from './build';
import { bundle } from './bundle';
import { Child } from './child';

let bundled: Promise<string> | undefined;

async function buildBroker(): Promise<string> {
  await build('packages/cluster');
  return bundle('kit/broker.ts');
}

/** A broker in a process of its own, which tests kill, pause and start again. */
export class BrokerProcess {
  #child: Child<typeof handlers> | undefined;
  #path = '';

  static async start(): Promise<BrokerProcess> {
    const broker = new BrokerProcess();
    await broker.run();
    return broker;
  }

  /** The socket at which it listens. It stays the same. */
  get path(): string {
    return this.#path;
  }

  async run(): Promise<void> {
    bundled ??= buildBroker();
    this.#child = Child.start<typeof handlers>(await bundled, [], this.#path === '' ? {} : { path: this.#path });
    this.#path = await this.#child.call('path');
  }

  /** Stops the process from running for a while, as the kernel would. */
  async pause(ms: number): Promise<void> {
    this.#child?.process.kill('SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, ms));
    this.#child?.process.kill('SIGCONT');
  }

  /** Kills the process, as the kernel would. */
  async stop(): Promise<void> {
    await this.#child?.stop();
    this.#child = undefined;
  }
}
