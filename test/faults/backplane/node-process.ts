import { bundle } from '../../kit/bundle';
import { Child } from '../../kit/child';
import { Gate } from '../../kit/gate';
import type { handlers, NodeSettings, Published } from './node';

/** Marks connections that receive Pub/Sub messages. It matches both client libraries. */
const subscribes = /\$9\r\nsubscribe\r\n/i;

/** Bundled once, since nodes start often. */
let bundled: Promise<string> | undefined;

const never: Published = { code: 'unreached' };

/** A node in its own process, behind one gate for clients and another on its way to Redis. */
export class NodeProcess {
  #child: Child<typeof handlers> | undefined;
  #failure: string | undefined;

  private constructor(
    readonly name: string,
    readonly settings: NodeSettings,
    readonly clients: Gate,
    readonly redis: Gate,
  ) {}

  static async start(
    name: string,
    settings: Omit<NodeSettings, 'redisPort'>,
    redisServerPort: number,
  ): Promise<NodeProcess> {
    const redis = await Gate.start(redisServerPort, subscribes);
    const node = new NodeProcess(name, { ...settings, redisPort: redis.port }, await Gate.start(), redis);
    await node.run();
    return node;
  }

  async run(): Promise<void> {
    bundled ??= bundle('faults/backplane/node.ts');
    const child = Child.start<typeof handlers>(await bundled, [], this.settings);
    child.process.on('exit', (code, signal) => {
      if (this.#child === child) this.#failure ??= `${this.name} ended by itself, with ${code ?? signal}`;
    });
    this.#child = child;
    this.clients.lead(await child.call('port'));
  }

  /** Kills the process, as the kernel would. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    this.clients.lead(undefined);
    await child?.stop();
  }

  /** Ends the process as a rolling restart does, and starts it again. */
  async restart(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    // Its clients are told to go by the process itself.
    this.clients.target = undefined;
    await child?.call('close');
    await child?.stop();
    await this.run();
  }

  /** Stops the process from running for a while. */
  async pause(ms: number): Promise<void> {
    const { process } = this.#child ?? {};
    process?.kill('SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, ms));
    process?.kill('SIGCONT');
  }

  /** True while the process runs and clients are sent to it. */
  get isUp(): boolean {
    return this.#child !== undefined && this.clients.target !== undefined;
  }

  /** @returns `undefined` when the process died before it answered. */
  async publish(channel: string, data: unknown, key?: string): Promise<Published | undefined> {
    const child = this.#child;
    if (child === undefined) return never;
    try {
      return await child.call('publish', { channel, data, ...(key !== undefined && { key }) });
    } catch (error) {
      if (this.#child !== child) return undefined;
      throw error;
    }
  }

  async end(channel: string): Promise<void> {
    await this.#child?.call('end', channel);
  }

  /** @throws {Error} when it died or something failed that no fault explains. */
  async expectSound(): Promise<void> {
    const unexpected = (await this.#child?.call('unexpected')) ?? [];
    const [failure] = [...(this.#failure ? [this.#failure] : []), ...unexpected];
    if (failure !== undefined) throw new Error(`${this.name}: ${failure}`);
  }

  async close(): Promise<void> {
    await this.kill();
    await this.clients.close();
    await this.redis.close();
  }
}
