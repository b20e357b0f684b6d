import { FakeClock } from '@pushwire/core/testing';
import { Resync, type Startable } from '../../src/channels/resync';

const turns = () => new Promise((resolve) => setImmediate(resolve));

interface Channel extends Startable {
  readonly name: number;
}

/** Channels of which each start is answered by hand, or succeeds at once. */
function setUp(count: number, { byHand = false } = {}) {
  const clock = new FakeClock();
  const started: number[] = [];
  const open: (() => void)[] = [];
  const failing = new Set<number>();
  const line = { isUp: true };
  const failures: unknown[] = [];
  const channels = Array.from({ length: count }, (_, name): Channel => {
    const start = async () => {
      started.push(name);
      if (byHand) await new Promise<void>((resolve) => open.push(resolve));
      if (failing.has(name)) throw new Error(`${name} fails`);
    };
    return { name, start };
  });
  const known = new Set<Channel>(channels);
  const failed = (error: unknown) => failures.push(error);
  const host = { clock, isUp: () => line.isUp, knows: (channel: Channel) => known.has(channel), failed };
  const resync = new Resync<Channel>(host, () => 1);
  const answer = async (count: number) => {
    for (const resolve of open.splice(0, count)) resolve();
    await turns();
  };
  return { clock, resync, channels, known, started, failing, failures, line, answer };
}

const names = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

describe('starting anew', () => {
  it('is done for some at once, and for all', async () => {
    const { resync, channels, started, answer } = setUp(100, { byHand: true });
    resync.begin(channels);
    expect(started).toEqual(names(0, 32));
    await answer(1);
    expect(started).toEqual(names(0, 33));
    for (let round = 0; round < 5; round++) await answer(32);
    expect(started).toEqual(names(0, 100));
  });

  it('gives everybody a turn, however often it begins', async () => {
    const { resync, channels, started, answer } = setUp(100, { byHand: true });
    for (let round = 0; round < 4; round++) {
      resync.begin(channels);
      await answer(32);
    }
    expect(started.slice(0, 100)).toEqual(names(0, 100));
    expect(new Set(started.slice(100)).size).toBe(started.length - 100);
  });

  it('goes on where many fail, and tries those again until they succeed', async () => {
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

  it('tries nothing again without a connection', async () => {
    const { clock, resync, channels, started, failing, line } = setUp(2);
    failing.add(0);
    line.isUp = false;
    resync.begin(channels);
    await turns();
    clock.advance(60_000);
    await turns();
    expect(started).toEqual([0, 1]);
  });

  it('stops, until it begins again', async () => {
    const { clock, resync, channels, started, failing, line, answer } = setUp(100, { byHand: true });
    failing.add(0);
    resync.begin(channels);
    line.isUp = false;
    resync.stop();
    await answer(32);
    clock.advance(60_000);
    await turns();
    expect(started).toEqual(names(0, 32));
    line.isUp = true;
    resync.begin(channels);
    expect(started).toHaveLength(64);
  });

  it('forgets who is not followed any more', async () => {
    const { clock, resync, channels, known, started, failing } = setUp(3);
    failing.add(0);
    known.delete(channels[1] as Channel);
    resync.begin(channels);
    await turns();
    known.delete(channels[0] as Channel);
    clock.advance(60_000);
    await turns();
    expect(started).toEqual([0, 2]);
  });
});
