import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Child } from '../../kit/child';
import { Random } from '../../kit/random';
import { until } from '../../kit/until';
import { Population } from './population';
import type { Holdings, handlers } from './server';

export interface SoakPlan {
  readonly connections: number;
  /** Those among them that stop reading from time to time. */
  readonly heavy: number;
  /** Clients a second that leave, as many others come. */
  readonly churn: number;
  readonly seconds: number;
  /** Seconds from one stall to the next. */
  readonly stallEvery: number;
  /** Ms after which the server ends a stream. */
  readonly maxAge: number;
}

export interface SoakResult {
  readonly began: Holdings;
  readonly ended: Holdings;
  readonly came: number;
  readonly sentAway: number;
  readonly messages: number;
  readonly gaps: number;
  readonly stalls: number;
}

type Server = Child<typeof handlers>;

const tickMs = 50;
/** Clients that come at once; more would overflow the server's backlog. */
const wave = 250;
/** What is published while some read nothing: more than the kernel takes for them. */
const burst = { turns: 24, messages: 4, bytes: 65_536 };

/**
 * Lets clients come, go, read, stop and read on, and tells what the server holds on to before and after.
 *
 * @throws Error when a client got what it must not get.
 */
export async function soak(plan: SoakPlan, progress: (line: string) => void = () => {}): Promise<SoakResult> {
  const options = { log: { count: 200, age: 2000 }, heartbeat: 5000, maxAge: plan.maxAge };
  const child: Server = Child.start(join(__dirname, 'server.ts'), ['--expose-gc'], { options });
  const random = new Random(1);
  const populations: Population[] = [];
  try {
    const port = await child.call('port');
    // What Node and the frameworks keep once for all is there after this.
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
    progress(`${main.size} clients are there`);
    const stalls = await live(main, child, plan, random, progress);
    main.leave();
    const ended = await settled(child, began);
    first.check();
    main.check();
    const { came, sentAway } = main;
    return { began, ended, came, sentAway, stalls, ...main.seen };
  } finally {
    for (const population of populations) population.leave();
    await child.stop();
  }
}

async function fill(population: Population, child: Server, { connections, heavy }: SoakPlan): Promise<void> {
  while (population.size < connections) {
    const most = Math.min(connections, population.size + wave);
    while (population.size < most) {
      if (population.size < heavy) population.addHeavy();
      else population.add();
    }
    // A poll without a cursor is answered at once, and comes again.
    await until(`${most} are connected`, async () => {
      population.check();
      return (await child.call('stats')).connections === most;
    });
  }
}

/** Churn, publishes and stalls, for as long as the plan says. */
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

/** What the server holds on to when nobody is there, at the best of some looks: garbage takes its time. */
async function settled(child: Server, like?: Holdings): Promise<Holdings> {
  await until('nobody is there', async () => (await child.call('holdings')).sockets === 0, 30_000);
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
