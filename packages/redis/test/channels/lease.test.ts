import { FakeClock } from '@pushwire/core/testing';
import { FollowedChannel } from '../../src/channels/followed-channel';
import { LogCopy } from '../../src/channels/log-copy';
import { runShape } from '../../src/channels/log-shape';

const quiet = { name: '', life: 'run', from: 0, until: 0 };

/** A run in Redis whose lease has `left` ms at each read. */
function setUp(left: number | undefined, hasLeases = false) {
  const clock = new FakeClock();
  const server: { left: number | undefined; reads: number } = { left, reads: 0 };
  const ticks: number[] = [];
  const log = { epoch: 'one', head: 0, ended: false, now: 0, after: 0, entries: [] };
  const channel = new FollowedChannel('pushwire:run:chat', {
    copy: new LogCopy(clock, runShape),
    checkInterval: 30_000,
    connection: () => undefined,
    subscribe: async () => {},
    read: async () => {
      server.reads++;
      return {
        ...log,
        exists: true,
        quiet,
        isStale: false,
        timeToLive: 60_000,
        ...(server.left !== undefined && { lease: server.left }),
      };
    },
    hasLeases,
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

  it('looks soon after the first message of a presence, whose lease it does not know', async () => {
    const { channel, server, ticks } = setUp(undefined, true);
    const say = (offset: number) => channel.receive({ kind: 'message', epoch: 'one', offset, text: 'j\n1' });
    await channel.start();
    channel.follow(() => {});
    expect(ticks.splice(0)).toEqual([30_000]);
    say(1);
    say(2);
    expect(ticks.splice(0)).toEqual([1020]);
    server.left = 9000;
    channel.tick();
    await turns();
    say(3);
    expect(ticks.splice(0)).toEqual([9020]);
  });

  it('looks at once when somebody follows again after the lease is over', async () => {
    const { clock, channel, server } = setUp(2000, true);
    await channel.start();
    channel.follow(() => {});
    channel.stop();
    clock.advance(2000);
    channel.follow(() => {});
    await turns();
    expect(server.reads).toBe(2);
  });
});
