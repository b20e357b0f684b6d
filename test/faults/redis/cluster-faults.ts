import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../../kit/random';
import type { RedisCluster } from '../../kit/redis-cluster';

// The package has no types.
const slotOf: (key: string) => number = require('cluster-key-slot');

const longest = 2000;

/** A cluster whose slots change their owners. */
export class ClusterUnderFaults {
  /** The masters that own the slots of the channels, where they differ from the start. */
  readonly #owners = new Map<number, number>();

  constructor(
    readonly cluster: RedisCluster,
    readonly names: readonly string[],
  ) {}

  get ports(): readonly number[] {
    return this.cluster.nodes.map(({ port }) => port);
  }

  stop(): Promise<void> {
    return this.cluster.stop();
  }

  /** Moves the slot of a log to another master, slowly. */
  async moveSlot(random: Random): Promise<void> {
    const slot = slotOf(`{${random.pick(this.names)}}`);
    const from = this.#owners.get(slot) ?? this.cluster.ownerOf(slot);
    const to = (from + random.between(1, 2)) % this.cluster.servers.length;
    await this.cluster.openSlot(slot, from, to);
    await pause(random.ofAnyMagnitude(longest));
    await this.cluster.migrateKeys(slot, from, to);
    await pause(random.ofAnyMagnitude(longest));
    await this.cluster.closeSlot(slot, from, to);
    this.#owners.set(slot, to);
  }

  /** Kills a master and starts it again after some time. */
  async killMaster(random: Random): Promise<void> {
    const server = random.pick(this.cluster.servers);
    await server.kill();
    await pause(random.ofAnyMagnitude(2 * longest));
    await server.run();
    await this.cluster.isFormed();
  }
}
