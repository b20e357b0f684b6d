import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { quantilesOf } from '../clients/latencies';
import { Viewers } from '../clients/viewers';
import type { Contest, Measurement, Plan, Subject } from '../contest';
import type { NodeServer } from '../processes/node-server';
import { withServer } from '../processes/server-handle';
import { stampNow } from '../sample-event';
import { keys } from '../servers/state-keys';
import { type StateEntrant, states, withStatePackages } from '../state-entrants';

/** How often each key is set in a second. */
const hertz = 30;
/** Bytes a second that a slow client reads: 1 Mbit. */
const slowBytes = 128 * 1024;
/** The fast clients that look at each value. All others only count bytes. */
const watching = 10;
/** The queues of slow clients fill before the measurement, which takes longer than that of a cost. */
const [fillFactor, durationFactor] = [8, 12];
const feedInterval = 10;

/** The cost of a state whose keys all change all the time, and how old the values are that come. */
export const state: Contest<StateEntrant> = {
  name: 'state',
  heading: `State: ${keys.toLocaleString('en')} keys at ${hertz} Hz each, a tenth of the clients at 1 Mbit/s`,
  entrants: states,
  figures: [
    { key: 'cpu', title: "server's CPU a second", unit: 'ms', charted: true },
    { key: 'values', title: 'values a second', unit: 'count', charted: false },
    { key: 'micros', title: 'µs per value', unit: 'µs', charted: false },
    { key: 'p50', title: 'age p50', unit: 'ms', charted: true },
    { key: 'p99', title: 'age p99', unit: 'ms', charted: false },
    { key: 'slowValues', title: 'slow: values a second', unit: 'count', charted: false },
    { key: 'slowP50', title: 'slow: age p50', unit: 'ms', charted: true },
    { key: 'slowP99', title: 'slow: age p99', unit: 'ms', charted: false },
    { key: 'bytes', title: 'to a fast client a second', unit: 'bytes', charted: false },
    { key: 'rss', title: 'RSS', unit: 'bytes', charted: true },
  ],
  comparisons: [
    { figure: 'micros', base: 'state-write', column: 'µs per value × by hand' },
    { figure: 'p50', base: 'state-write', column: 'age × by hand' },
  ],
  targets: [],
  ...withStatePackages,
  clients: [100, 1000],
  rounds: 3,
  measure: async ({ entrant, clients, plan }: Subject<StateEntrant>) => {
    const folder = await mkdtemp(join(tmpdir(), 'pushwire-bench-'));
    try {
      const path = join(folder, 'server');
      return await withServer(entrant.start(path, [...plan.node, '--expose-gc']), (server) =>
        measureViewers(server, path, clients, plan),
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function measureViewers(server: NodeServer, path: string, clients: number, { seconds }: Plan) {
  const slowOnes = Math.max(1, Math.round(clients / 10));
  const fastOnes = Math.max(1, clients - slowOnes);
  const watchers = Math.min(watching, fastOnes);
  const all: Viewers[] = [];
  try {
    all.push(await Viewers.connect(server.port, fastOnes - watchers, { watches: false }));
    const fast = await Viewers.connect(server.port, watchers, { watches: true });
    all.push(fast);
    const slow = await Viewers.connect(path, slowOnes, { watches: true, bytesPerSecond: slowBytes });
    all.push(slow);
    await feed(server, seconds * fillFactor);
    for (const viewers of all) viewers.mark();
    server.mark();
    const began = performance.now();
    // A short measurement on a busy machine may be over before anything has come.
    do await feed(server, seconds * durationFactor);
    while (!fast.hasSeen || !slow.hasSeen);
    const took = (performance.now() - began) / 1000;
    const [seen, slowly] = [fast.mark(), slow.mark()];
    const cpuMicros = await server.read();
    const { rss } = await server.memory();
    await expectLast(server, all);
    const values = seen.ages.length / watchers / took;
    const slowValues = slowly.ages.length / slowOnes / took;
    const [p50, p99] = quantilesOf(seen.ages, 0.5, 0.99) as [number, number];
    const [slowP50, slowP99] = quantilesOf(slowly.ages, 0.5, 0.99) as [number, number];
    const figures = {
      ...{ cpu: cpuMicros / 1000 / took, values, p50, p99, slowValues, slowP50, slowP99, rss },
      micros: cpuMicros / took / (values * fastOnes + slowValues * slowOnes),
      bytes: seen.bytes / watchers / took,
    };
    return [{ scene: { clients }, figures, counted: { cpuMicros, fastOnes, slowOnes } }] satisfies Measurement[];
  } finally {
    for (const viewers of all) viewers.close();
  }
}

/** Sets values at a fixed rate, however slow the server is. */
async function feed(server: NodeServer, seconds: number): Promise<void> {
  const began = performance.now();
  const total = Math.round(seconds * hertz * keys);
  for (let sent = 0; sent < total; ) {
    await sleep(feedInterval);
    const due = Math.min(total, Math.floor(((performance.now() - began) / 1000) * hertz * keys));
    server.publish(due - sent);
    sent = due;
  }
}

/** @throws {Error} unless every client gets the value that is set last, also the slow ones. */
async function expectLast(server: NodeServer, all: readonly Viewers[]): Promise<void> {
  const stamp = stampNow();
  for (const viewers of all) viewers.expect(stamp);
  server.publish(1, stamp);
  await Promise.all(all.map((viewers) => viewers.untilAllHaveIt()));
}
