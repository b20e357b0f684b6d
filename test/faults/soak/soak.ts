import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Child } from '../../kit/child';
import { Random } from '../../kit/random';
import { until } from '../../kit/until';
import { Population } from './population';
import type { Holdings, handlers } from './server';

export interface SoakPlan {
  readonly connections: number;
  /** The number of clients among them that stop reading from time to time. */
  readonly heavy: number;
  /** The number of clients per second that leave and are replaced. */
  readonly churn: number;
  readonly seconds: number;
  /** Seconds from one stall to the next. */
  readonly stallEvery: number;
  /** Milliseconds after which the server ends a stream. */
  readonly maxAge: number;
}

export interface SoakResult {
  readonly began: Holdings;
  readonly ended: Holdings;
  readonly came: number;
  readonly closedByServer: number;
  readonly messages: number;
  readonly gaps: number;
  readonly stalls: number;
}

type Server = Child<typeof handlers>;

const tickMs = 50;
/** The number of clients that connect at once. More would overflow the server's backlog. */
const wave = 250;
/** A burst exceeds the kernel's buffers of clients that stopped reading. */
const burst = { turns: 24, messages: 4, bytes: 65_536 };

/**
 * Lets clients connect, read, stop, continue and leave, and compares what the server holds before
 * and after.
 *
 * @throws {Error} when a client got a wrong message.
 */
export async function soak(plan: SoakPlan, progress: (line: string) => void = () => {}): Promise<SoakResult> {
  const options = { log: { count: 200, age: 2000 }, heartbeat: 5000, maxAge: plan.maxAge };
  const child: Server = Child.start(join(__dirname, 'server.ts'), ['--expose-gc'], { options });
  const random = new Random(1);
  const populations: Population[] = [];
  try {
    const port = await child.call('port');
    // After these clients, Node and the frameworks have their one-time caches.
    const first = new Population(port, random);
    populations.push(first);
    await fill(first, child, { ...plan, connections: Math.min(plan.connections, 2000) });
    for (const channel of Population.channels) await child.call('publish', { channel, messages: 2, bytes: 100 });
    await stallOnce(first, child);
    first.leave();
    const began = await settled(child);

    const main = new Population(port, random);
    populations.push(main);
    await fill(main, child, plan);
    progress(`${main.size} clients are connected`);
    const stalls = await live(main, child, plan, random, progress);
    main.leave();
    const ended = await settled(child, began);
    first.check();
    main.check();
    const { came, closedByServer } = main;
    return { began, ended, came, closedByServer, stalls, ...main.seen };
  } finally {
    for (const population of populations) population.leave();
    await child.stop();
  }
}

async function fill(population: Population, child: Server, { connections, heavy }: SoakPlan): Promise<void> {
  while (population.size < connections) {
    const goal = Math.min(connections, population.size + wave);
    while (population.size < goal) {
      if (population.size < heavy) population.addHeavy();
      else population.add();
    }
    // A poll without a cursor is answered at once and then comes again.
    await until(`${goal} are connected`, async () => {
      population.check();
      return (await child.call('stats')).connections === goal;
    });
  }
}

/** Runs churn, publishes and stalls for the time of the plan. */
async function live(
  population: Population,
  child: Server,
  { seconds, churn, stallEvery }: SoakPlan,
  random: Random,
  progress: (line: string) => void,
): Promise<number> {
  const started = Date.now();
  let [stalls, replaced] = [0, 0];
  let stalling: Promise<unknown> = Promise.resolve();
  for (let said = 0, elapsed = 0; elapsed < seconds; elapsed = (Date.now() - started) / 1000) {
    for (; replaced < elapsed * churn; replaced++) population.replaceOne();
    await child.call('publish', { channel: random.pick(Population.channels), messages: 1, bytes: 200 });
    if (elapsed >= stalls * stallEvery) {
      stalls++;
      await stalling;
      stalling = stallOnce(population, child);
    }
    if (elapsed >= said + 5) {
      said = elapsed;
      const { connections, lagging } = await child.call('stats');
      const { messages, gaps } = population.seen;
      const so = `${connections} connections, ${lagging} lag, ${population.came} came, ${messages} messages, ${gaps} gaps`;
      progress(`${Math.round(elapsed)} of ${seconds} s: ${so}`);
    }
    await pause(tickMs);
  }
  await stalling;
  await until('a stall has made a gap', async () => {
    if (population.seen.gaps > 0) return true;
    stalls++;
    await stallOnce(population, child);
    // Clients that continue may be slow to get what was sent to them.
    await pause(500);
    return false;
  });
  return stalls;
}

async function stallOnce(population: Population, child: Server): Promise<void> {
  const resume = population.stall();
  for (let turn = 0; turn < burst.turns; turn++) {
    await child.call('publish', { channel: 'heavy', messages: burst.messages, bytes: burst.bytes });
    await pause(tickMs);
  }
  resume();
}

/** The least that the server holds without clients, of several looks, since garbage takes time. */
async function settled(child: Server, like?: Holdings): Promise<Holdings> {
  await until('no client is connected', async () => (await child.call('holdings')).sockets === 0);
  const looks = 4;
  let best = await child.call('holdings');
  for (let look = 1; look < looks; look++) {
    await pause(300);
    const next = await child.call('holdings');
    if (next.heap <= best.heap) best = next;
    if (like && best.heap <= like.heap) break;
  }
  return best;
}
