import { FakeClock } from '@pushwire/core/testing';
import { FollowedChannel } from '../../src/channels/followed-channel';
import { LogCopy } from '../../src/channels/log-copy';
import { runShape } from '../../src/channels/log-shape';

const quiet = { name: '', life: 'run', from: 0, until: 0 };

/** A run in Redis whose lease has `left` ms at each read. */
function setUp(left: number) {
  const clock = new FakeClock();
  const server = { left, reads: 0 };
  const ticks: number[] = [];
  const log = { epoch: 'one', head: 0, ended: false, now: 0, after: 0, entries: [] };
  const channel = new FollowedChannel('pushwire:run:chat', {
    copy: new LogCopy(clock, runShape),
    checkInterval: 30_000,
    connection: () => undefined,
    subscribe: async () => {},
    read: async () => {
      server.reads++;
      return { ...log, exists: true, quiet, isStale: false, timeToLive: 60_000, lease: server.left };
    },
    confirm: async () => {},
    beginNewLife: async () => {},
    reportConnections: () => {},
    tickAfter: (ms) => ticks.push(ms),
    tickNotBefore: (ms) => ticks.push(ms),
    becameIdle: () => {},
    forget: () => {},
    missedMessage: () => {},
    failed: () => {},
  });
  return { clock, server, channel, ticks };
}

const turns = () => new Promise((resolve) => setImmediate(resolve));

describe('a process that follows a run', () => {
  it('looks again when the lease is over, and after each renewal', async () => {
    const { clock, server, channel, ticks } = setUp(15_000);
    await channel.start();
    channel.follow(() => {});
    expect(ticks.splice(0)).toEqual([15_020]);
    await clock.advance(15_020);
    server.left = 10_000;
    channel.tick();
    await turns();
    expect([server.reads, ticks.at(-1)]).toEqual([2, 10_020]);
  });

  it('looks once a second while it cannot find out', async () => {
    const { clock, channel } = setUp(2000);
    await channel.start();
    channel.follow(() => {});
    await clock.advance(2500);
    expect(channel.tick()).toBe(1000);
  });

  it('looks no later than once per check interval', async () => {
    const { channel, ticks } = setUp(60_000);
    await channel.start();
    channel.follow(() => {});
    expect(ticks).toEqual([30_000]);
  });
});
