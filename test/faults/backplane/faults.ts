import { setTimeout as pause } from 'node:timers/promises';
import type { BrokerProcess } from '../../kit/broker-process';
import type { Random } from '../../kit/random';
import type { ClusterUnderFaults } from '../redis/cluster-faults';
import type { RedisPair } from '../redis/redis-pair';
import type { NodeProcess } from './node-process';
import type { FaultKind, Scenario } from './scenarios';

/** The targets of faults. A stage has one server and its replica, or a cluster, or a broker. */
export interface Stage {
  readonly redis: RedisPair;
  readonly cluster: ClusterUnderFaults;
  readonly broker: BrokerProcess;
  readonly nodes: readonly NodeProcess[];
  /** True when Redis may not write without a replica. */
  readonly needsReplica: boolean;
}

/** Causes a fault and settles when it is over, with `true` unless the fault was skipped. */
type Act = (stage: Stage, random: Random) => Promise<boolean>;

const longestPause = 5000;

/** One random node or, one time in four, all of them. */
function some(nodes: readonly NodeProcess[], random: Random): readonly NodeProcess[] {
  return random.chance(0.25) ? nodes : [random.pick(nodes)];
}

const restart =
  (keepsData: boolean): Act =>
  async ({ redis }, random) => {
    await redis.restart(random.ofAnyMagnitude(1500), keepsData);
    return true;
  };

async function failOver({ redis, nodes }: Stage, random: Random): Promise<boolean> {
  const [lag, restarts] = [random.ofAnyMagnitude(1500), random.chance(0.5)];
  if (!(await redis.isSynced())) return false;
  await redis.failOver(lag, (port) => {
    for (const node of nodes) node.redis.lead(port);
  });
  await redis.rejoin(restarts);
  return true;
}

const blackHole =
  (directions: readonly ('up' | 'down')[], longest: number): Act =>
  async ({ nodes }, random) => {
    const struck = some(nodes, random);
    for (const { redis } of struck) redis.swallow(directions);
    await pause(random.ofAnyMagnitude(longest));
    for (const { redis } of struck) redis.release();
    return true;
  };

/** Faults of what joins the nodes, which happen one after the other. */
const ofRedis: Partial<Record<FaultKind, Act>> = {
  'restart with data': restart(true),
  'restart without data': restart(false),
  async pause({ redis }, random) {
    await redis.pause(random.ofAnyMagnitude(longestPause));
    return true;
  },
  'failover to a lagging replica': failOver,
  async 'split brain'({ redis, nodes, needsReplica }, random) {
    const [ms, staying] = [500 + random.ofAnyMagnitude(2500), random.pick(nodes)];
    if (!(await redis.isSynced())) return false;
    const lead = (which: readonly NodeProcess[]) => (port: number) => {
      for (const node of which) node.redis.lead(port);
    };
    const others = nodes.filter((node) => node !== staying);
    await redis.splitBrain(ms, needsReplica, lead(others), lead([staying]));
    return true;
  },
  async 'slot moved'({ cluster }, random) {
    await cluster.moveSlot(random);
    return true;
  },
  async 'master killed'({ cluster }, random) {
    await cluster.killMaster(random);
    return true;
  },
  async 'broker killed'({ broker }, random) {
    await broker.stop();
    await pause(random.ofAnyMagnitude(1500));
    await broker.run();
    return true;
  },
  async 'broker paused'({ broker }, random) {
    await broker.pause(random.ofAnyMagnitude(longestPause));
    return true;
  },
  async flush({ redis }) {
    await redis.flush();
    return true;
  },
};

/** Faults of nodes and of their connections to Redis, which happen beside those of Redis. */
const ofNodes: Partial<Record<FaultKind, Act>> = {
  async 'node killed'({ nodes }, random) {
    const node = random.pick(nodes);
    await node.kill();
    await pause(random.ofAnyMagnitude(1000));
    await node.run();
    return true;
  },
  async 'node paused'({ nodes }, random) {
    const node = random.pick(nodes);
    node.pause();
    await pause(random.ofAnyMagnitude(longestPause));
    node.resume();
    return true;
  },
  async 'node restarted'({ nodes }, random) {
    const node = random.pick(nodes);
    await node.shutDown();
    await node.run();
    return true;
  },
  async cut({ nodes }, random) {
    for (const { redis } of some(nodes, random)) redis.cut();
    return true;
  },
  'black hole': blackHole(['up', 'down'], 2500),
  'answers swallowed': blackHole(['down'], 1000),
  async deaf({ nodes }, random) {
    for (const { redis } of some(nodes, random)) redis.swallow(['down'], ({ isMarked }) => isMarked);
    return true;
  },
};

/**
 * Causes random faults of some kinds, so many to Redis and as many others beside them.
 *
 * @param recovery settles when Redis is in reach again, or after a timeout.
 * @param happened is called for each fault.
 */
export async function doHarm(
  stage: Stage,
  { kinds, faults }: Scenario,
  random: Random,
  recovery: () => Promise<void>,
  happened: (kind: FaultKind) => void,
): Promise<void> {
  const harm = async (acts: Partial<Record<FaultKind, Act>>, drawn: Random) => {
    const possible = kinds.filter((kind) => kind in acts);
    for (let left = possible.length > 0 ? faults : 0; left > 0; left--) {
      if (drawn.chance(0.8)) await recovery();
      await pause(drawn.ofAnyMagnitude(500));
      const kind = drawn.pick(possible);
      if (await (acts[kind] as Act)(stage, drawn)) happened(kind);
    }
  };
  await Promise.all([harm(ofRedis, random.fork()), harm(ofNodes, random.fork())]);
}
