import { bundle } from '../../kit/bundle';
import { Child } from '../../kit/child';
import { Gate } from '../../kit/gate';
import type { handlers, NodeSettings } from './node';
import type { ProductionEvent, Reply, Stall } from './words';

/** Bundled once, since nodes start often. */
let bundled: Promise<string> | undefined;

/** A node in its own process, behind one gate for readers and another on its way to Redis. */
export class RunNode {
  #child: Child<typeof handlers> | undefined;
  #failure: string | undefined;
  /** Counts its processes. */
  life = 0;
  isPaused = false;
  /** The lives that ended by a shutdown, in which all `finally` blocks run. */
  readonly shutDowns = new Set<number>();

  private constructor(
    readonly name: string,
    readonly settings: NodeSettings,
    readonly readers: Gate,
    readonly redis: Gate,
    readonly onEvent: (node: RunNode, life: number, event: ProductionEvent) => void,
    readonly onStall: (node: RunNode, stall: Stall) => void,
  ) {}

  static async start(
    name: string,
    settings: Omit<NodeSettings, 'redisPort'>,
    redisServerPort: number,
    onEvent: (node: RunNode, life: number, event: ProductionEvent) => void,
    onStall: (node: RunNode, stall: Stall) => void,
  ): Promise<RunNode> {
    const redis = await Gate.start(redisServerPort, /\r\nsubscribe\r\n/i);
    const node = new RunNode(name, { ...settings, redisPort: redis.port }, await Gate.start(), redis, onEvent, onStall);
    await node.run();
    return node;
  }

  async run(): Promise<void> {
    bundled ??= bundle('faults/runs/node.ts');
    const child = Child.start<typeof handlers>(await bundled, [], this.settings);
    const life = ++this.life;
    child.process.on('message', (message: object) => {
      if ('production' in message) this.onEvent(this, life, message as ProductionEvent);
      if ('stalledFrom' in message) this.onStall(this, message as Stall);
    });
    child.process.on('exit', (code, signal) => {
      if (this.#child === child) this.#failure ??= `${this.name} ended by itself, with ${code ?? signal}`;
    });
    this.#child = child;
    this.readers.lead(await child.call('port'));
  }

  /** Kills the process, as the kernel would. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    this.readers.lead(undefined);
    await child?.stop();
  }

  /** Closes the hub, and then ends the process, as a deployment does. */
  async shutDown(): Promise<void> {
    await this.#child?.call('shutDown');
    this.shutDowns.add(this.life);
    await this.kill();
  }

  /** Stops the process until `resume`. Its connections stay open. */
  pause(): void {
    this.isPaused = true;
    this.#child?.process.kill('SIGSTOP');
  }

  resume(): void {
    this.isPaused = false;
    this.#child?.process.kill('SIGCONT');
  }

  get isUp(): boolean {
    return this.#child !== undefined && this.readers.target !== undefined && !this.isPaused;
  }

  /** Calls the node. The code is `unreached` when it is not there, and `died` when it dies meanwhile. */
  async call<N extends 'start' | 'stop' | 'state'>(
    name: N,
    argument: Parameters<(typeof handlers)[N]>[0],
  ): Promise<Awaited<ReturnType<(typeof handlers)[N]>> | Reply<never>> {
    const child = this.#child;
    if (child === undefined) return { code: 'unreached' };
    try {
      return await child.call(name, argument);
    } catch (error) {
      if (this.#child !== child) return { code: 'died' };
      throw error;
    }
  }

  /** @throws {Error} when it died or something failed that no fault explains. */
  async expectSound(): Promise<void> {
    const unexpected = (await this.#child?.call('unexpected')) ?? [];
    const [failure] = [...(this.#failure ? [this.#failure] : []), ...unexpected];
    if (failure !== undefined) throw new Error(`${this.name}: ${failure}`);
  }

  async close(): Promise<void> {
    this.resume();
    await this.kill();
    await this.readers.close();
    await this.redis.close();
  }
}
