import { FakeClock } from '@pushwire/core/testing';
import { Resync, type Startable } from '../../src/channels/resync';

const turns = () => new Promise((resolve) => setImmediate(resolve));

interface Channel extends Startable {
  readonly name: number;
}

/** Channels that start at once, or when the test calls `answer`. */
function setUp(count: number, { byHand = false } = {}) {
  const clock = new FakeClock();
  const started: number[] = [];
  const open: (() => void)[] = [];
  const failing = new Set<number>();
  const redis = { isUp: true };
  const failures: unknown[] = [];
  const channels = Array.from({ length: count }, (_, name): Channel => {
    const start = async () => {
      started.push(name);
      if (byHand) await new Promise<void>((resolve) => open.push(resolve));
      if (failing.has(name)) throw new Error(`${name} fails`);
    };
    return { name, start };
  });
  const followed = new Set<Channel>(channels);
  const failed = (error: unknown) => failures.push(error);
  const host = { clock, isUp: () => redis.isUp, isFollowed: (channel: Channel) => followed.has(channel), failed };
  const resync = new Resync<Channel>(host, () => 1);
  const answer = async (count: number) => {
    for (const resolve of open.splice(0, count)) resolve();
    await turns();
  };
  return { clock, resync, channels, followed, started, failing, failures, redis, answer };
}

const names = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

describe('a resync', () => {
  it('starts a few channels at a time, and all in the end', async () => {
    const { resync, channels, started, answer } = setUp(100, { byHand: true });
    resync.begin(channels);
    expect(started).toEqual(names(0, 32));
    await answer(1);
    expect(started).toEqual(names(0, 33));
    for (let round = 0; round < 5; round++) await answer(32);
    expect(started).toEqual(names(0, 100));
  });

  it('starts every channel, even if it begins again and again', async () => {
    const { resync, channels, started, answer } = setUp(100, { byHand: true });
    for (let round = 0; round < 4; round++) {
      resync.begin(channels);
      await answer(32);
    }
    expect(started.slice(0, 100)).toEqual(names(0, 100));
    expect(new Set(started.slice(100)).size).toBe(started.length - 100);
  });

  it('continues when many channels fail, and retries those until they succeed', async () => {
    const { clock, resync, channels, started, failing, failures } = setUp(200);
    for (const name of names(0, 64)) failing.add(name);
    resync.begin(channels);
    await turns();
    expect([started.length, failures.length]).toEqual([200, 64]);
    clock.advance(50);
    await turns();
    expect([started.slice(200), failures.length]).toEqual([names(0, 64), 128]);
    failing.clear();
    clock.advance(99);
    await turns();
    expect(started).toHaveLength(264);
    clock.advance(1);
    await turns();
    clock.advance(60_000);
    await turns();
    expect([started.slice(264), failures.length]).toEqual([names(0, 64), 128]);
  });

  it('retries nothing without a connection', async () => {
    const { clock, resync, channels, started, failing, redis } = setUp(2);
    failing.add(0);
    redis.isUp = false;
    resync.begin(channels);
    await turns();
    clock.advance(60_000);
    await turns();
    expect(started).toEqual([0, 1]);
  });

  it('stops until it begins again', async () => {
    const { clock, resync, channels, started, failing, redis, answer } = setUp(100, { byHand: true });
    failing.add(0);
    resync.begin(channels);
    redis.isUp = false;
    resync.stop();
    await answer(32);
    clock.advance(60_000);
    await turns();
    expect(started).toEqual(names(0, 32));
    redis.isUp = true;
    resync.begin(channels);
    expect(started).toHaveLength(64);
  });

  it('skips channels that are not followed any more', async () => {
    const { clock, resync, channels, followed, started, failing } = setUp(3);
    failing.add(0);
    followed.delete(channels[1] as Channel);
    resync.begin(channels);
    await turns();
    followed.delete(channels[0] as Channel);
    clock.advance(60_000);
    await turns();
    expect(started).toEqual([0, 2]);
  });
});
