import { setTimeout as pause } from 'node:timers/promises';
import { BrokerProcess } from '../../kit/broker-process';
import { fail } from '../../kit/history';
import { Random } from '../../kit/random';
import { RedisCluster } from '../../kit/redis-cluster';
import { ClusterUnderFaults } from '../redis/cluster-faults';
import { doHarm, type Fault } from '../redis/harm';
import { RedisPair } from '../redis/redis-pair';
import { type Stall, watchStalls } from '../redis/stalls';
import { Attempt } from './attempt';
import { check, type Production } from './check';
import { HttpReader } from './http-reader';
import { RunNode } from './node-process';
import type { Scenario } from './scenarios';
import { story } from './story';
import type { ProductionEvent } from './words';

/** What has happened in trials. */
export interface Tally {
  readonly faults: Record<string, number>;
  readonly counts: Record<string, number>;
}

const nodeKinds = [
  { framework: 'express', client: 'ioredis' },
  { framework: 'koa', client: 'redis' },
  { framework: 'express', client: 'redis' },
] as const;

/** The ids of the runs. One run after the other has each of them. */
const ids = ['one', 'two', 'three'] as const;

/**
 * Starts runs through three nodes, stops and reads them, while faults of a scenario hit the
 * nodes and what joins them. Then it proves what each of them has come to.
 *
 * @throws {Error} when something that is guaranteed does not hold.
 */
export async function runTrial(scenario: Scenario, seed: number, tally: Tally): Promise<void> {
  const random = new Random(seed);
  const { durable = false } = scenario;
  const count = (what: string, by = 1) => (tally.counts[what] = (tally.counts[what] ?? 0) + by);
  const names = ids.map((id) => `pushwire:run:${id}`);
  const words = ['--cluster-require-full-coverage', 'no'];
  const cluster = scenario.isCluster ? new ClusterUnderFaults(await RedisCluster.start(words), names) : undefined;
  const broker = scenario.isBroker && (await BrokerProcess.start());
  const redis = cluster || broker ? undefined : await RedisPair.start();
  const nodes: RunNode[] = [];
  const attempts: Attempt[] = [];
  const faults: Fault[] = [];
  const productions = new Map<string, Production>();
  const onEvent = (node: RunNode, life: number, { production: id, key, ...event }: ProductionEvent) => {
    const at = Date.now();
    if (event.kind === 'begun') productions.set(id, { key, node, life, begunAt: at });
    const production = productions.get(id);
    if (production === undefined) return;
    if (event.kind === 'finished') Object.assign(production, { finishedAt: at, generated: event.generated });
    if (event.kind === 'done') production.status = event.status;
  };
  const onStall = (node: RunNode | undefined, { stalledFrom: from, to }: Stall) =>
    faults.push({ kind: 'stall', from, to, ...(node && { node }) });
  // While this process cannot run, Redis cannot either, as far as anybody knows.
  const watch = watchStalls((stall) => onStall(undefined, stall));
  try {
    const settings = {
      ...(cluster && { clusterPorts: cluster.ports }),
      backplane: { timeout: random.pick([1000, 2500]), checkInterval: 30_000, durable },
    };
    const server = broker ? broker.path : (redis?.primary.port ?? 0);
    const starting = nodeKinds.map((kind, i) =>
      RunNode.start(`node ${i + 1}`, { ...settings, ...kind }, server, { onEvent, onStall }),
    );
    nodes.push(...(await Promise.all(starting)));
    let isHarmed = true;
    const slot = async (id: string, drawn: Random) => {
      let last: Attempt | undefined;
      const replacing: Promise<void>[] = [];
      for (let n = 1; isHarmed || last?.stopping === 'replaced'; n++) {
        const takesOver: boolean = last?.stopping === 'replaced';
        last = new Attempt(id, `${id}-${n}`, nodes, drawn.fork(), takesOver, faults);
        attempts.push(last);
        await last.play();
        if (last.replacing) replacing.push(last.replacing);
      }
      await Promise.all(replacing);
    };
    const harm = doHarm(
      { redis, cluster, ...(broker && { broker }), nodes },
      scenario.kinds,
      scenario.faults,
      random.fork(),
      faults,
    );
    const playing = Promise.all(ids.map((id) => slot(id, random.fork())));
    await harm.finally(() => {
      isHarmed = false;
    });
    await playing;
    const unfinished = new Set(unfinishedOf(productions).map(({ key }) => key));
    await Promise.all(attempts.filter(({ key }) => unfinished.has(key)).map((attempt) => attempt.stopIfForgotten()));
    await untilFinished(productions, (key) => {
      const attempt = attempts.find((one) => one.key === key);
      if (attempt && process.env.SHOW) console.error(story(attempt, faults, productions));
    });
    await Promise.all(attempts.map((attempt) => attempt.readersSettle()));
    const messages = new Map<string, string>();
    for (const attempt of attempts) {
      const loss = check(attempt, { faults, productions, messages, durable });
      count('runs');
      if (attempt.starts.length > 1) count('starts beside the first', attempt.starts.length - 1);
      count('stops', attempt.stops.length);
      count('repeated requests', attempt.repeats.length);
      count('readers', attempt.readers.length);
      for (const reader of attempt.readers) {
        const { seen, connections } = reader;
        if (reader instanceof HttpReader) count('readers over HTTP');
        if (reader instanceof HttpReader && reader.repeated) count('ends that were told again');
        count('messages', seen.length);
        count('connections of readers', connections);
      }
      for (const { value } of attempt.states.slice(0, 1)) count(value.status);
      if (loss === undefined) continue;
      count('producers that died and nothing else');
      tally.counts['the latest loss after a lease, in ms'] = Math.max(
        loss,
        tally.counts['the latest loss after a lease, in ms'] ?? 0,
      );
    }
    for (const { kind } of faults) tally.faults[kind] = (tally.faults[kind] ?? 0) + 1;
    for (const node of nodes) await node.expectSound();
  } finally {
    clearInterval(watch);
    for (const attempt of attempts) attempt.stopReaders();
    await Promise.all(nodes.map((node) => node.close()));
    await (cluster ?? redis ?? broker)?.stop();
  }
}

const unfinishedOf = (productions: ReadonlyMap<string, Production>) =>
  [...productions.values()].filter(
    ({ node, life, finishedAt }) => !finishedAt && (node.life === life || node.shutDowns.has(life)),
  );

/** The `finally` blocks of all producers run, but for those whose process was killed. */
async function untilFinished(productions: ReadonlyMap<string, Production>, show: (key: string) => void): Promise<void> {
  for (const end = Date.now() + 20_000; unfinishedOf(productions).length > 0; await pause(50)) {
    if (Date.now() < end) continue;
    const keys = unfinishedOf(productions).map(({ key }) => key);
    for (const key of keys) show(key);
    fail(`the finally block of ${keys} has not run`);
  }
}
