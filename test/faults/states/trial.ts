import { setTimeout as pause } from 'node:timers/promises';
import { Random } from '../../kit/random';
import { RedisCluster } from '../../kit/redis-cluster';
import { ClusterUnderFaults } from '../redis/cluster-faults';
import { doHarm, type Fault } from '../redis/harm';
import { RedisPair } from '../redis/redis-pair';
import { type Stall, watchStalls } from '../redis/stalls';
import { castOf } from './cast';
import { checkAll, type Tally } from './check';
import { Chronicle } from './chronicle';
import { Members } from './members';
import { StateNode } from './node-process';
import { comeToRest, patience, untilWhole } from './quiet';
import type { Scenario } from './scenarios';
import { story } from './story';
import { rooms, states } from './words';
import { Writers } from './writers';

const nodeKinds = [
  { framework: 'express', client: 'ioredis' },
  { framework: 'koa', client: 'redis' },
  { framework: 'express', client: 'redis' },
] as const;

/**
 * Writes to states and joins presences through three nodes, and follows them, while faults of a
 * scenario hit Redis and the nodes. Then it proves what each client was told and what it has.
 *
 * @throws {Error} when something that is guaranteed does not hold.
 */
export async function runTrial(scenario: Scenario, seed: number, tally: Tally): Promise<void> {
  const begunAt = Date.now();
  const random = new Random(seed);
  const { durable = false } = scenario;
  const chronicles = new Map<string, Chronicle>();
  for (const name of Object.keys(states)) chronicles.set(name, new Chronicle(name, 'state'));
  for (const [name, { names = true }] of Object.entries(rooms))
    chronicles.set(name, new Chronicle(name, names ? 'members' : 'count'));
  const logs = [
    ...Object.keys(states).map((name) => `state:${name}`),
    ...Object.keys(rooms).map((name) => `presence:${name}`),
  ];
  const words = ['--cluster-require-full-coverage', 'no'];
  const cluster = scenario.isCluster
    ? new ClusterUnderFaults(
        await RedisCluster.start(words),
        logs.map((log) => `pushwire:${log}`),
      )
    : undefined;
  const redis = cluster ? undefined : await RedisPair.start();
  const nodes: StateNode[] = [];
  const faults: Fault[] = [];
  const onStall = (node: StateNode | undefined, { stalledFrom: from, to }: Stall) =>
    faults.push({ kind: 'stall', from, to, ...(node && { node }) });
  // While this process cannot run, Redis cannot either, as far as anybody knows.
  const watch = watchStalls((stall) => onStall(undefined, stall));
  let cast: Awaited<ReturnType<typeof castOf>> | undefined;
  let underWay: Promise<unknown>[] = [];
  try {
    const [lease, grace] = [random.pick([1500, 2500]), random.pick([0, 300, 1000])];
    const checkInterval = random.pick([1000, 30_000]);
    const settings = {
      ...(cluster && { clusterPorts: cluster.ports }),
      lease,
      grace,
      backplane: { timeout: random.pick([1000, 2500]), checkInterval, durable },
    };
    const port = redis?.primary.port ?? 0;
    nodes.push(
      ...(await Promise.all(
        nodeKinds.map((kind, i) => StateNode.start(`node ${i + 1}`, { ...settings, ...kind }, port, onStall)),
      )),
    );
    const writers = new Writers(nodes, chronicles, random.fork());
    const members = new Members(nodes, chronicles, () => writers.next(), random.fork());
    cast = await castOf(nodes, chronicles, members, random.fork());
    const { watchers, followers, copies } = cast;
    const writing = Promise.all([writers.run(4), members.run()]);
    const following = [...followers, ...copies].map((one) => one.run());
    underWay = [writing, ...following];
    const harm = doHarm({ redis, cluster, nodes }, scenario.kinds, scenario.faults, random.fork(), faults);
    underWay.push(harm);
    await Promise.race([harm, writing.then(() => harm)]);
    await pause(random.between(0, 1000));
    writers.stop();
    members.stop();
    for (const one of [...followers, ...copies]) one.calm();
    await writing;
    await untilWhole(nodes, faults);
    // After outages, nodes are patient with each other. Some trials wait until that is over.
    if (random.chance(0.3)) await pause(patience + lease);
    const dead = random.chance(0.6) ? random.pick(nodes) : undefined;
    const drawn = random.fork();
    await dead?.kill();
    for (const tab of members.tabs) if (drawn.chance(0.4)) tab.stop();
    const still = { nodes, chronicles, watchers, members, writers, faults, lease, random: drawn };
    const calm = await comeToRest(still, dead);
    for (const node of nodes) if (node !== dead) await node.expectSound();
    checkAll({ scenario, chronicles, writers, members, followers, copies, faults, lease, calm }, tally);
  } catch (error) {
    if (process.env.SHOW) console.error(story(faults, begunAt));
    throw error;
  } finally {
    clearInterval(watch);
    cast?.stop();
    await Promise.allSettled(underWay);
    await Promise.all([...nodes.map((node) => node.close()), ...(cast?.copies ?? []).map((copy) => copy.close())]);
    await (cluster ?? redis)?.stop();
  }
}
