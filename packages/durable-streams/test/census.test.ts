import { memoryBackplane, PushwireError } from '@pushwire/core';
import {
  type Backplane,
  defaultStateLimits,
  type Followed,
  type LogWrite,
  type LogWritten,
} from '@pushwire/core/backplanes';
import { FakeClock } from '@pushwire/core/testing';
import type { Count } from '../src/protocol/counts';
import { Census, censusLimits, censusLog } from '../src/streams/census';

/** Lets what follows a tick settle. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

const limits = { streams: 3, bytes: 100 };
const one = { gone: 0, streams: 1, bytes: 10 };

async function roomFor(census: Census, more: Count): Promise<boolean> {
  const release = await census.reserve(more);
  release?.();
  return release !== undefined;
}

/** Several processes that share a backplane, which lets each of them follow. */
function setUp() {
  const clock = new FakeClock();
  const shared = memoryBackplane()({
    clock,
    limits: { logs: 10, logBytes: 1e6, runs: 0 },
    limitsOf: () => censusLimits,
    stateLimitsOf: () => defaultStateLimits,
    connectionsTo: () => 0,
    report: () => {},
  });
  const followers = new Set<() => void>();
  const followed = shared.follow(censusLog, () => {
    for (const changed of followers) changed();
  }) as Followed;
  const errors: unknown[] = [];
  /** What the next writes do in the place of writing. */
  const faults: ((write: LogWrite) => LogWritten)[] = [];
  const written: LogWrite[] = [];
  const write = (name: string, what: LogWrite) => {
    written.push(what);
    const fault = faults.shift();
    return fault ? fault(what) : (shared.write as NonNullable<Backplane['write']>)(name, what);
  };
  const follows: string[] = [];
  const make = () => {
    const follow = (name: string, changed: () => void) => {
      follows.push(name);
      followers.add(changed);
      return { log: followed.log, stop: () => followers.delete(changed) };
    };
    const backplane: Backplane = { ...shared, follow, write, append: shared.append, end: () => {}, close: () => {} };
    return new Census({ backplane, clock, limits, failed: (error) => errors.push(error) });
  };
  const tick = async () => {
    for (let turn = 0; turn < 3; turn++) {
      clock.advance(1000);
      await settled();
    }
  };
  return { clock, make, tick, errors, faults, written, follows };
}

it('a process knows at once what it has written, and others a little later', async () => {
  const { make, tick, errors } = setUp();
  const [here, there] = [make(), make()];
  expect(await roomFor(here, { streams: 3, bytes: 100 })).toBe(true);
  here.add(one);
  here.add(one);
  expect(await roomFor(here, { streams: 1, bytes: 80 })).toBe(true);
  expect(await roomFor(here, { streams: 2, bytes: 0 })).toBe(false);
  expect(await roomFor(here, { streams: 0, bytes: 81 })).toBe(false);
  await roomFor(there, one);
  await tick();
  expect(there.total).toEqual({ streams: 2, bytes: 20 });
  expect(errors).toEqual([]);
});

it('processes that write at the same time lose nothing', async () => {
  const { make, tick, faults, errors } = setUp();
  const all = [make(), make(), make()];
  for (const census of all) census.add(one);
  // The first write finds that somebody was faster.
  faults.push(() => {
    throw new PushwireError('head-moved', 'moved');
  });
  await tick();
  for (const census of all) expect(census.total).toEqual({ streams: 3, bytes: 30 });
  expect(errors).toEqual([]);
});

it('a write without a reply is repeated with its key, so that it counts once', async () => {
  const { make, tick, faults, written, errors } = setUp();
  const census = make();
  census.add(one);
  faults.push(() => {
    throw new PushwireError('backplane-unconfirmed', 'no reply');
  });
  await tick();
  await tick();
  expect(census.total).toEqual({ streams: 1, bytes: 10 });
  expect(errors).toHaveLength(1);
  expect(written).toHaveLength(2);
  expect(written[1]?.key).toBe(written[0]?.key);
});

it('what is about to be written holds its room', async () => {
  const { make } = setUp();
  const census = make();
  const releases = await Promise.all([1, 2, 3, 4].map(() => census.reserve({ streams: 1, bytes: 10 })));
  expect(releases.map((release) => release !== undefined)).toEqual([true, true, true, false]);
  releases[0]?.();
  expect(await census.reserve({ streams: 1, bytes: 10 })).toBeDefined();
});

it('streams that have expired count no longer, though nobody has deleted them', async () => {
  const { clock, make, tick } = setUp();
  const census = make();
  census.add({ ...one, gone: clock.now() + 10_000 });
  await tick();
  expect(census.total.streams).toBe(1);
  clock.advance(10_000);
  expect(census.total).toEqual({ streams: 0, bytes: 0 });
});

it('nothing waits while nothing changes, and the rest is written at the end', async () => {
  const { make, tick, written, follows } = setUp();
  const [here, there] = [make(), make()];
  await roomFor(there, one);
  await tick();
  expect(written).toEqual([]);
  await make().close();
  expect(follows).toEqual([censusLog]);
  here.add(one);
  await here.close();
  expect(there.total).toEqual({ streams: 1, bytes: 10 });
});
