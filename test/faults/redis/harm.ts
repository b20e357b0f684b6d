import { setTimeout as pause } from 'node:timers/promises';
import type { BrokerProcess } from '../../kit/broker-process';
import type { Random } from '../../kit/random';
import type { ClusterUnderFaults } from './cluster-faults';
import type { FaultyNode } from './faulty-node';
import type { RedisPair } from './redis-pair';

/** The targets of faults. A stage has one server and its replica, or a cluster, or a broker. */
export interface Stage {
  readonly redis: RedisPair | undefined;
  readonly cluster: ClusterUnderFaults | undefined;
  readonly broker?: BrokerProcess;
  readonly nodes: readonly FaultyNode[];
}

/** A fault that has happened or is happening, at times of this machine. */
export interface Fault {
  readonly kind: FaultKind;
  readonly from: number;
  to: number;
  /** The node that it has hit. Absent for faults of what joins them, and of all nodes. */
  readonly node?: FaultyNode;
}

/** Causes a fault and settles when it is over. */
type Act = (stage: Stage, random: Random, node: FaultyNode) => Promise<void>;

const redisOf = (stage: Stage) => stage.redis as RedisPair;
const clusterOf = (stage: Stage) => stage.cluster as ClusterUnderFaults;
const brokerOf = (stage: Stage) => stage.broker as BrokerProcess;

const lead = (nodes: readonly FaultyNode[]) => (port: number) => {
  for (const node of nodes) node.redis.lead(port);
};

const restart =
  (keepsData: boolean): Act =>
  (stage, random) =>
    redisOf(stage).restart(random.ofAnyMagnitude(1500), keepsData);

/** Parts the nodes: one goes on with the old master for a while, the others with the new one. */
const splitBrain =
  (needsReplica: boolean): Act =>
  (stage, random) => {
    const staying = random.pick(stage.nodes);
    const others = stage.nodes.filter((node) => node !== staying);
    return redisOf(stage).splitBrain(random.between(500, 3000), needsReplica, lead(others), lead([staying]));
  };

const swallow =
  (directions: readonly ('up' | 'down')[], longest: number, shortest = 0): Act =>
  async (_, random, { redis }) => {
    redis.swallow(directions);
    await pause(shortest + random.ofAnyMagnitude(longest));
    redis.release();
    redis.cut();
  };

/** A stall is no fault that is caused: the machine is too busy to run a node. */
export type FaultKind = keyof typeof ofRedis | keyof typeof ofNodes | 'stall';

/** Faults of Redis or of the broker, which happen one after the other. */
export const ofRedis = {
  'restart with data': restart(true),
  'restart without data': restart(false),
  pause: (stage: Stage, random: Random) => redisOf(stage).pause(random.ofAnyMagnitude(4000)),
  'writes refused': (stage: Stage, random: Random) => redisOf(stage).refuseWrites(random.ofAnyMagnitude(5000)),
  flush: (stage: Stage) => redisOf(stage).flush(),
  eviction: (stage: Stage) => redisOf(stage).evict(),
  async 'failover to a lagging replica'(stage: Stage, random: Random) {
    const [lag, restarts] = [random.ofAnyMagnitude(1500), random.chance(0.5)];
    await redisOf(stage).failOver(lag, lead(stage.nodes));
    await redisOf(stage).rejoin(restarts);
  },
  /** The old master refuses writes before the new one takes any. */
  'split brain': splitBrain(true),
  'two masters': splitBrain(false),
  'slot moved': (stage: Stage, random: Random) => clusterOf(stage).moveSlot(random),
  'master killed': (stage: Stage, random: Random) => clusterOf(stage).killMaster(random),
  async 'broker killed'(stage: Stage, random: Random) {
    await brokerOf(stage).stop();
    await pause(random.ofAnyMagnitude(1500));
    await brokerOf(stage).run();
  },
  'broker paused': (stage: Stage, random: Random) => brokerOf(stage).pause(random.ofAnyMagnitude(4000)),
};

/** Faults of one node, which happen beside those of what joins them. */
export const ofNodes = {
  async 'node killed'(_: Stage, random: Random, node: FaultyNode) {
    await node.kill();
    await pause(random.ofAnyMagnitude(1500));
    await node.run();
  },
  async 'node shut down'(_: Stage, random: Random, node: FaultyNode) {
    await node.shutDown();
    await pause(random.ofAnyMagnitude(1000));
    await node.run();
  },
  async 'node paused'(_: Stage, random: Random, node: FaultyNode) {
    node.pause();
    // Half of the pauses are longer than most leases.
    await pause(random.chance(0.5) ? random.between(2000, 6000) : random.ofAnyMagnitude(2000));
    node.resume();
  },
  async cut(_: Stage, __: Random, node: FaultyNode) {
    node.redis.cut();
  },
  'black hole': swallow(['up', 'down'], 2500),
  'answers swallowed': swallow(['down'], 1500, 50),
  async deaf(_: Stage, __: Random, node: FaultyNode) {
    node.redis.swallow(['down'], ({ isMarked }) => isMarked);
  },
};

const promotions: readonly FaultKind[] = ['failover to a lagging replica', 'split brain', 'two masters'];

/** Faults after which Redis or the broker may know nothing of a run, or less than it has told. */
export const losing: readonly FaultKind[] = [
  'restart without data',
  'flush',
  'eviction',
  'broker killed',
  ...promotions,
];

/** Faults that no run outlives which is under way from their beginning to their end. */
export const ending: readonly FaultKind[] = ['restart with data', ...losing];

/** Faults that delay writes. They end a run if they last until its lease is over. */
export const delaying: readonly FaultKind[] = [
  'pause',
  'broker paused',
  'writes refused',
  'node paused',
  'cut',
  'black hole',
  'answers swallowed',
  'stall',
];

/** Other faults that may end a run. All that is in none of these lists must not end one. */
export const fatal: readonly FaultKind[] = [...ending, 'master killed', 'node killed'];

/** Causes random faults of some kinds, so many to what joins the nodes and as many to these. */
export async function doHarm(
  stage: Stage,
  kinds: readonly FaultKind[],
  times: number,
  random: Random,
  faults: Fault[],
): Promise<void> {
  const harm = async (acts: Readonly<Record<string, Act>>, isOfNode: boolean, drawn: Random) => {
    const possible = kinds.filter((kind) => kind in acts);
    for (let left = possible.length > 0 ? times : 0; left > 0; left--) {
      await pause(drawn.between(300, 3000));
      const [kind, node] = [drawn.pick(possible), drawn.pick(stage.nodes)];
      if (promotions.includes(kind) && !(await redisOf(stage).isSynced())) continue;
      const fault: Fault = { kind, from: Date.now(), to: Number.POSITIVE_INFINITY, ...(isOfNode && { node }) };
      faults.push(fault);
      await acts[kind]?.(stage, drawn, node);
      fault.to = Date.now();
    }
  };
  await Promise.all([harm(ofRedis, false, random.fork()), harm(ofNodes, true, random.fork())]);
}
