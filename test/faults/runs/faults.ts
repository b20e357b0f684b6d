import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../../kit/random';
import type { RedisServer } from '../../kit/redis-server';
import type { ClusterUnderFaults } from '../backplane/cluster-faults';
import type { RunNode } from './node-process';

/** The targets of faults. A stage has one server or a cluster. */
export interface Stage {
  readonly redis: RedisServer | undefined;
  readonly cluster: ClusterUnderFaults | undefined;
  readonly nodes: readonly RunNode[];
}

/** A fault that has happened or is happening, at times of this machine. */
export interface Fault {
  readonly kind: FaultKind;
  readonly from: number;
  to: number;
  /** The node that it has hit. Absent for faults of Redis and of all nodes. */
  readonly node?: RunNode;
}

/** Causes a fault and settles when it is over. */
type Act = (stage: Stage, random: Random, node: RunNode) => Promise<void>;

const redisOf = (stage: Stage) => stage.redis as RedisServer;
const clusterOf = (stage: Stage) => stage.cluster as ClusterUnderFaults;

const restart =
  (keepsData: boolean): Act =>
  async (stage, random) => {
    const redis = redisOf(stage);
    await redis.kill();
    if (!keepsData) await redis.forget();
    await pause(random.ofAnyMagnitude(1500));
    await redis.run();
  };

const swallow =
  (directions: readonly ('up' | 'down')[], longest: number): Act =>
  async (_, random, { redis }) => {
    redis.swallow(directions);
    await pause(random.ofAnyMagnitude(longest));
    redis.release();
    redis.cut();
  };

export type FaultKind = keyof typeof ofRedis | keyof typeof ofNodes;

/** Faults of Redis, which happen one after the other. */
export const ofRedis = {
  'restart with data': restart(true),
  'restart without data': restart(false),
  async pause(stage: Stage, random: Random) {
    redisOf(stage).pause();
    await pause(random.ofAnyMagnitude(4000));
    redisOf(stage).resume();
  },
  async flush(stage: Stage) {
    const client = redisOf(stage).client();
    await client.flushall();
    client.disconnect();
  },
  'slot moved': (stage: Stage, random: Random) => clusterOf(stage).moveSlot(random),
  'master killed': (stage: Stage, random: Random) => clusterOf(stage).killMaster(random),
};

/** Faults of one node, which happen beside those of Redis. */
export const ofNodes = {
  async 'node killed'(_: Stage, random: Random, node: RunNode) {
    await node.kill();
    await pause(random.ofAnyMagnitude(1500));
    await node.run();
  },
  async 'node paused'(_: Stage, random: Random, node: RunNode) {
    node.pause();
    await pause(random.ofAnyMagnitude(6000));
    node.resume();
  },
  async cut(_: Stage, __: Random, node: RunNode) {
    node.redis.cut();
  },
  'black hole': swallow(['up', 'down'], 2500),
  'answers swallowed': swallow(['down'], 1500),
  async deaf(_: Stage, __: Random, node: RunNode) {
    node.redis.swallow(['down'], ({ isMarked }) => isMarked);
  },
};

/** Faults after which Redis may know nothing of a run. */
export const wipes: readonly FaultKind[] = ['restart without data', 'flush'];

/** Faults that begin a new life of the server, by which every run under way is lost. */
export const renewals: readonly FaultKind[] = ['restart with data', 'restart without data'];

/** Faults that no run under way outlives for certain. All others must not end one. */
export const fatal: readonly FaultKind[] = [
  ...wipes,
  ...renewals,
  'pause',
  'master killed',
  'node killed',
  'node paused',
  'black hole',
  'answers swallowed',
];

/** Causes random faults of some kinds, so many to Redis and as many to nodes beside them. */
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
      const fault: Fault = { kind, from: Date.now(), to: Number.POSITIVE_INFINITY, ...(isOfNode && { node }) };
      faults.push(fault);
      await acts[kind]?.(stage, drawn, node);
      fault.to = Date.now();
    }
  };
  await Promise.all([harm(ofRedis, false, random.fork()), harm(ofNodes, true, random.fork())]);
}
