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

/** The most events for which workers stand still. They are in the logs until these go on. */
const blockEvents = 128;

/**
 * The fan-out over workers, by the CPU time of the busiest process: it is what limits the events per
 * second once each process has a core. So clients cost nothing here, and two cores are enough to
 * measure it. They are too few to give each worker one, and workers that deliver at the same time on
 * one core push each other's memory out of its caches. So one delivers while the others are stopped.
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
  /** The clients of each worker. */
  readonly crowds: readonly Crowd[];
}

/** The work that one worker has done while the others were stopped. */
interface Share {
  readonly worker: NodeServer;
  readonly crowd: Crowd;
  micros: number;
  turns: number;
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
    // The broker is the first, and workers would tell that it is gone.
    for (const server of open.reverse()) await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureStage(stage: Stage, clients: number, plan: Plan): Promise<Measurement[]> {
  await warmUp(stage, plan.seconds);
  const found: Measurement[] = [];
  for (const perTurn of plan.perTurn) found.push(await measureScene(stage, { clients, perTurn }, plan.seconds));
  return found;
}

async function measureScene(stage: Stage, scene: Scene & { readonly perTurn: number }, seconds: number) {
  const { publisher, workers, crowds } = stage;
  const { clients, perTurn } = scene;
  const shares = workers.map((worker, i): Share => ({ worker, crowd: crowds[i] as Crowd, micros: 0, turns: 0 }));
  let ofPublisher = 0;
  for (const crowd of crowds) crowd.mark();
  const end = performance.now() + seconds * workers.length * 1000;
  do {
    for (const share of shares) ofPublisher += await deliverAlone(stage, share, perTurn);
  } while (performance.now() < end);
  // Events that come twice would come soon.
  await sleep(20);
  const turns = shares.reduce((sum, one) => sum + one.turns, 0);
  const published = turns * perTurn;
  for (const crowd of crowds) crowd.checkEach(published);
  // For each event that is delivered to a client of any worker.
  const ofWorkers = shares.map((one) => one.micros / (one.turns * perTurn * clients));
  const brokerMicros = workers.includes(publisher) ? 0 : ofPublisher / (published * clients);
  const figures = {
    micros: Math.max(brokerMicros, ...ofWorkers),
    brokerMicros,
    allMicros: ofWorkers.reduce((sum, one) => sum + one, brokerMicros),
  };
  return { scene, figures, counted: { published, delivered: published * clients } };
}

/** Lets one worker deliver a block of turns, and then the others. Returns the µs of the broker. */
async function deliverAlone({ publisher, workers, crowds }: Stage, share: Share, perTurn: number): Promise<number> {
  const { worker, crowd } = share;
  const others = workers.filter((one) => one !== worker);
  const goals = crowds.map((one) => one.delivered);
  for (const one of others) one.process.kill('SIGSTOP');
  publisher.mark();
  worker.mark();
  const turns = Math.ceil(blockEvents / perTurn);
  for (let i = 0; i < turns; i++) await sendTurn(publisher, [crowd], perTurn);
  share.micros += await worker.read();
  share.turns += turns;
  const micros = await publisher.read();
  for (const one of others) one.process.kill('SIGCONT');
  await Promise.all(crowds.map((one, i) => one.untilDelivered((goals[i] as number) + one.size * turns * perTurn)));
  return micros;
}

/** Sends an event in each turn for a while. */
async function warmUp({ publisher, crowds }: Stage, seconds: number): Promise<void> {
  for (const end = performance.now() + seconds * 1000; performance.now() < end; ) await sendTurn(publisher, crowds, 1);
}

/** Settles when all clients have got the events. */
async function sendTurn(publisher: NodeServer, crowds: readonly Crowd[], perTurn: number): Promise<void> {
  const goals = crowds.map((crowd) => crowd.delivered + crowd.size * perTurn);
  publisher.publish(perTurn);
  await Promise.all(crowds.map((crowd, i) => crowd.untilDelivered(goals[i] as number)));
}
