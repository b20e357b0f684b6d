import { createHub } from '@pushwire/core';
import { type Adapter, adapters, type Route } from '../kit/adapters';
import { Published } from '../kit/history';
import { waitLimit } from '../kit/limits';
import { Random } from '../kit/random';
import { until } from '../kit/until';
import { channelsOf, makeCast, type Player } from './cast';
import { perform } from './performance';
import type { Scenario } from './scenarios';
import { addFaults, emptyTally, type Tally } from './tally';

/** The adapters that faults are tried on. */
export const triedAdapters: readonly Adapter[] = adapters.filter(({ name }) => ['Express 5', 'Koa 3'].includes(name));

/**
 * Publishes to clients behind faulty networks until the channels have ended and every client knows
 * it. Then it proves what each client has seen.
 *
 * @throws {Error} when a client has missed something or seen something wrong.
 */
export async function runTrial(adapter: Adapter, scenario: Scenario, seed: number): Promise<Tally> {
  const random = new Random(seed);
  const published = new Published(scenario.kept);
  const hub = createHub({
    log: { count: scenario.kept, bytes: Number.POSITIVE_INFINITY },
    overrun: scenario.overrun,
    highWaterMark: random.pick([0, 1000, 262_144]),
    heartbeat: random.pick([100, 15_000]),
    fastPath: random.chance(0.7),
  });
  const longPoll = { batchDelay: random.pick([0, 40]), cache: random.chance(0.5) };
  const push = { longPoll, compress: random.pick([false, true, { window: 0 }, { window: 300, level: 9 }]) };
  const route = (path: keyof typeof channelsOf): Route => {
    const channels = channelsOf[path].map((name) => hub.channel(name));
    return { source: channels, push };
  };
  const app = await adapter.start({ '/one': route('/one'), '/two': route('/two') });
  const cast = await makeCast(Number(new URL(app.url).port), random, scenario, published);
  let halfTime = () => {};
  const untilHalfTime = new Promise<void>((resolve) => {
    halfTime = resolve;
  });
  const runs = cast.map(async ({ client, isLate }) => {
    if (isLate) await untilHalfTime;
    await client.run();
  });
  try {
    const performance = perform(hub, cast, random, scenario, published, halfTime);
    await withTimeout(Promise.all([performance, ...runs]), cast);
    for (const { client } of cast) client.expectComplete();
    await until('the hub has no connections', () => hub.stats().connections === 0);
    if (app.errors.length > 0) throw new Error(`The app got errors: ${app.errors}`);
    return tallyOf(cast);
  } finally {
    for (const { client } of cast) client.stop();
    halfTime();
    await Promise.allSettled(runs);
    await Promise.all(cast.map(({ proxy }) => proxy.close()));
    await hub.close();
    await app.close();
  }
}

async function withTimeout(work: Promise<unknown>, cast: readonly Player[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const unfinished = cast.filter(({ client }) => !client.isFinished).map(({ client }) => `${client}`);
      reject(new Error(`After ${waitLimit} ms these are not finished: ${unfinished.join(', ')}`));
    }, waitLimit);
  });
  await Promise.race([work, tooLong]).finally(() => clearTimeout(timer));
}

function tallyOf(cast: readonly Player[]): Tally {
  const tally = emptyTally();
  for (const { client, proxy } of cast) {
    addFaults(tally.faults.up, proxy.happened.up);
    addFaults(tally.faults.down, proxy.happened.down);
    tally.connections += client.connected;
    tally.messages += client.history.messages;
    tally.gaps += client.history.gaps;
    tally.gapsInStream += client.gapsInStream;
    tally.overruns += client.retryReasons.filter((reason) => reason === 'overrun').length;
  }
  return tally;
}
