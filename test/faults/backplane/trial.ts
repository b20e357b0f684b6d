import { setTimeout as pause } from 'node:timers/promises';
import { BrokerProcess } from '../../kit/broker-process';
import { fail } from '../../kit/history';
import { Ledger } from '../../kit/ledger';
import { Random } from '../../kit/random';
import { RedisCluster } from '../../kit/redis-cluster';
import { ClusterUnderFaults } from '../redis/cluster-faults';
import { RedisPair } from '../redis/redis-pair';
import { channels, makeCast, type Player } from './cast';
import { doHarm, type Stage } from './faults';
import type { NodeSettings } from './node';
import { NodeProcess } from './node-process';
import { Publishers } from './publishers';
import { renewing, type Scenario } from './scenarios';
import { emptyTally, type Tally } from './tally';

/** The longest time that a trial may take on a slow machine, in ms. */
const timeoutMs = 240_000;

/** The latest time at which a client connects first, in ms. */
const latestMs = 5000;

/** More messages than are ever published. */
const everything = 100_000;

type Kind = Pick<NodeSettings, 'framework' | 'client'>;

const nodeKinds: readonly Kind[] = [
  { framework: 'express', client: 'ioredis' },
  { framework: 'koa', client: 'redis' },
  { framework: 'express', client: 'redis' },
];

/**
 * Publishes through three nodes to clients that change between them, while faults of a scenario hit
 * what joins the nodes, the nodes and their connections. Then it proves what each client has seen.
 *
 * @throws {Error} when a client has missed something or seen something wrong.
 */
export async function runTrial(scenario: Scenario, seed: number): Promise<Tally> {
  const random = new Random(seed);
  const kept = random.pick([everything, 25]);
  const settings = {
    kept,
    backplane: {
      checkInterval: random.pick([300, 1000]),
      timeout: random.pick([1000, 2500]),
      idleTimeout: random.pick([0, 1000]),
      durable: scenario.durable,
    },
  };
  const servers = await startServers(scenario);
  const nodes: NodeProcess[] = [];
  const cast: Player[] = [];
  let underWay: Promise<void>[] = [];
  try {
    const server =
      servers instanceof RedisPair ? servers.primary.port : servers instanceof BrokerProcess ? servers.path : 0;
    const reached = servers instanceof ClusterUnderFaults ? { clusterPorts: servers.ports } : {};
    const starting = nodeKinds.map((kind, i) =>
      NodeProcess.start(`node ${i + 1}`, { ...settings, ...reached, ...kind }, server),
    );
    nodes.push(...(await Promise.all(starting)));
    const ledger = new Ledger(kept);
    const publishers = new Publishers(nodes, channels, ledger, random.fork());
    cast.push(...makeCast(scenario.clients, nodes, ledger, random.fork()));
    const tally = emptyTally();
    const runs = cast.map(async ({ client, comes }) => {
      if (comes > 0) await pause(comes * latestMs);
      await client.run();
    });
    const happened = (kind: (typeof scenario.kinds)[number]) => tally.faults[kind]++;
    const recovery = () => publishers.recovery();
    // A scenario has only faults of what it has.
    const stage = {
      redis: servers,
      cluster: servers,
      broker: servers,
      nodes,
      needsReplica: scenario.needsReplica,
    } as Stage;
    const harm = doHarm(stage, scenario, random.fork(), recovery, happened).finally(() => publishers.stop());
    const publishing = publishers.publish(scenario.publishers);
    const ending = Promise.all([harm, publishing]).then(() => publishers.finish());
    underWay = [...runs, harm, publishing, ending];
    await withTimeout(Promise.all(underWay), cast);
    for (const { client } of cast) client.expectComplete();
    for (const node of nodes) await node.expectSound();
    count(tally, ledger, publishers, cast);
    expectFewLives(scenario, tally, ledger);
    return tally;
  } finally {
    for (const { client } of cast) client.stop();
    await Promise.allSettled(underWay);
    await Promise.all(nodes.map((node) => node.close()));
    await servers.stop();
  }
}

async function startServers({
  isBroker,
  isCluster,
}: Scenario): Promise<RedisPair | ClusterUnderFaults | BrokerProcess> {
  if (isBroker) return BrokerProcess.start();
  if (!isCluster) return RedisPair.start();
  return new ClusterUnderFaults(await RedisCluster.start(['--cluster-require-full-coverage', 'no']), channels);
}

async function withTimeout(work: Promise<unknown>, cast: readonly Player[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const unfinished = cast.filter(({ client }) => !client.isFinished).map(({ client }) => `${client}`);
      const some = unfinished.slice(0, 5).join(', ');
      reject(new Error(`After ${timeoutMs} ms ${unfinished.length} clients are not finished: ${some} …`));
    }, timeoutMs);
  });
  await Promise.race([work, tooLong]).finally(() => clearTimeout(timer));
}

/** Expects no new lives beyond those that faults explain, since a new life excuses a gap. */
function expectFewLives({ durable }: Scenario, { faults }: Tally, ledger: Ledger): void {
  const renewals = durable ? 0 : renewing.reduce((sum, kind) => sum + faults[kind], 0);
  for (const channel of channels) {
    const lives = ledger.lives(channel);
    if (lives > 1 + renewals) fail(`${channel} had ${lives} lives, but at most ${renewals} faults began a new one`);
  }
}

function count(tally: Tally, ledger: Ledger, publishers: Publishers, cast: readonly Player[]): void {
  Object.assign(tally.publishes, ledger.outcomes);
  tally.publishes['with a key'] = publishers.withKey;
  tally.publishes['acknowledged again'] = publishers.repeats;
  for (const { client, history } of cast) {
    tally.clients.connections += client.connected;
    tally.clients['turned away'] += client.retryReasons.length;
    tally.clients.messages += history.messages;
    tally.clients.gaps += history.gaps;
    tally.clients['gaps into a new life'] += history.epochGaps;
  }
}
