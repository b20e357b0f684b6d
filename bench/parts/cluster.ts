import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Crowd } from '../clients/crowd';
import { eventStream } from '../clients/greeting';
import type { Contest, Entrant, Measurement, Plan, Scene, Subject } from '../contest';
import { NodeServer } from '../processes/node-server';

/** Workers with a broker, or one process without. */
interface WorkersEntrant extends Entrant {
  readonly workers: number;
}

const entrant = (title: string, workers: number): WorkersEntrant => ({ title, workers });

const base = 'one-worker';

/**
 * The fan-out over workers, by the CPU time of the busiest process: it is what limits the events per
 * second once each process has a core. So clients cost nothing here, and two cores are enough to
 * measure it.
 */
export const cluster: Contest<WorkersEntrant> = {
  name: 'cluster',
  heading: 'Workers with a broker: CPU of the busiest process per delivered event',
  entrants: {
    'no-broker': entrant('one process, no broker', 0),
    'one-worker': entrant('one worker', 1),
    'two-workers': entrant('two workers', 2),
    'four-workers': entrant('four workers', 4),
  },
  figures: [
    { key: 'micros', title: 'µs of the busiest process', unit: 'µs', charted: true },
    { key: 'brokerMicros', title: "broker's µs", unit: 'µs', charted: true },
    { key: 'allMicros', title: "all processes' µs", unit: 'µs', charted: false },
  ],
  comparisons: [{ figure: 'micros', base, column: '× one worker' }],
  // 1.7 times the events of one worker.
  targets: [{ figure: 'micros', variant: 'two-workers', base, most: 0.588, clients: 1000, perTurn: 1 }],
  packages: ['@pushwire/cluster', 'express'],
  clients: [1000],
  rounds: 5,
  measure: measureWorkers,
};

/** The processes of one measurement. */
interface Stage {
  /** The one that publishes: the broker, or the only process. */
  readonly publisher: NodeServer;
  readonly workers: readonly NodeServer[];
  readonly crowds: readonly Crowd[];
}

async function measureWorkers({ entrant: { workers: count }, clients, plan }: Subject<WorkersEntrant>) {
  const folder = await mkdtemp(join(tmpdir(), 'pushwire-bench-'));
  const options = { node: plan.node, words: [join(folder, 'broker.sock')] };
  const open: NodeServer[] = [];
  const crowds: Crowd[] = [];
  const start = async (variant: string) => {
    const server = await NodeServer.start(variant, options);
    open.push(server);
    return server;
  };
  try {
    const publisher = await start(count === 0 ? 'pushwire-express' : 'cluster-broker');
    const workers = count === 0 ? [publisher] : [];
    while (workers.length < count) workers.push(await start('cluster-worker'));
    const share = clients / workers.length;
    for (const { port } of workers) crowds.push(await Crowd.connect(port, share, eventStream));
    return await measureStage({ publisher, workers, crowds }, clients, plan);
  } finally {
    for (const crowd of crowds) crowd.close();
    for (const server of open) await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureStage(stage: Stage, clients: number, plan: Plan): Promise<Measurement[]> {
  await sendTurns(stage, 1, plan.seconds);
  const found: Measurement[] = [];
  for (const perTurn of plan.perTurn) found.push(await measureScene(stage, { clients, perTurn }, plan.seconds));
  return found;
}

async function measureScene(stage: Stage, scene: Scene & { readonly perTurn: number }, seconds: number) {
  const { publisher, workers, crowds } = stage;
  const processes = [...new Set([publisher, ...workers])];
  const deliveredBy = () => crowds.reduce((sum, { delivered }) => sum + delivered, 0);
  const before = deliveredBy();
  for (const crowd of crowds) crowd.mark();
  for (const one of processes) one.mark();
  const turns = await sendTurns(stage, scene.perTurn, seconds);
  const micros: number[] = [];
  for (const one of processes) micros.push(await one.read());
  // Events that come twice would come soon.
  await sleep(20);
  const published = turns * scene.perTurn;
  for (const crowd of crowds) crowd.checkEach(published);
  const delivered = deliveredBy() - before;
  const [ofPublisher = 0] = micros;
  const figures = {
    micros: Math.max(...micros) / delivered,
    brokerMicros: workers.includes(publisher) ? 0 : ofPublisher / delivered,
    allMicros: micros.reduce((sum, one) => sum + one, 0) / delivered,
  };
  return { scene, figures, counted: { published, delivered } };
}

/** Sends turns, each when all clients have got the one before. */
async function sendTurns({ publisher, crowds }: Stage, perTurn: number, seconds: number): Promise<number> {
  const end = performance.now() + seconds * 1000;
  let turns = 0;
  do {
    const goals = crowds.map((crowd) => crowd.delivered + crowd.size * perTurn);
    publisher.publish(perTurn);
    await Promise.all(crowds.map((crowd, i) => crowd.untilDelivered(goals[i] as number)));
    turns++;
  } while (performance.now() < end);
  return turns;
}
