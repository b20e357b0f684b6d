import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../../kit/random';
import type { NodeProcess } from './node-process';
import type { RedisPair } from './redis-pair';
import type { FaultKind, Scenario } from './scenarios';

/** What faults happen to. */
export interface Stage {
  readonly redis: RedisPair;
  readonly nodes: readonly NodeProcess[];
}

/** Lets a fault happen, and settles when it is over: whether it has happened. */
type Act = (stage: Stage, random: Random) => Promise<boolean>;

const longestPause = 5000;

/** Some of the nodes, and seldom all. */
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

/** What befalls Redis comes one after the other. */
const ofRedis: Partial<Record<FaultKind, Act>> = {
  'restart with data': restart(true),
  'restart without data': restart(false),
  async pause({ redis }, random) {
    await redis.pause(random.ofAnyMagnitude(longestPause));
    return true;
  },
  'failover to a lagging replica': failOver,
  async flush({ redis }) {
    await redis.flush();
    return true;
  },
};

/** And beside that, what befalls nodes and their way to Redis. */
const ofNodes: Partial<Record<FaultKind, Act>> = {
  async 'node killed'({ nodes }, random) {
    const node = random.pick(nodes);
    await node.kill();
    await pause(random.ofAnyMagnitude(1000));
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
 * Lets faults of some kinds happen at random: so many to Redis, and others beside that.
 *
 * @param recovery settles when it shows that Redis is in reach again, sooner or later.
 * @param happened told of each.
 */
export async function doHarm(
  stage: Stage,
  { kinds, faults }: Scenario,
  random: Random,
  recovery: () => Promise<void>,
  happened: (kind: FaultKind) => void,
): Promise<void> {
  const harm = async (acts: Partial<Record<FaultKind, Act>>, own: Random) => {
    const possible = kinds.filter((kind) => kind in acts);
    for (let left = possible.length > 0 ? faults : 0; left > 0; left--) {
      if (own.chance(0.8)) await recovery();
      await pause(own.ofAnyMagnitude(500));
      const kind = own.pick(possible);
      if (await (acts[kind] as Act)(stage, own)) happened(kind);
    }
  };
  await Promise.all([harm(ofRedis, random.fork()), harm(ofNodes, random.fork())]);
}
