import { memoryBackplane } from '../../src/backplanes/memory';
import type { Group } from '../../src/delivery/group';
import { engineFor } from '../../src/hub/engine-for';
import { createHub } from '../../src/hub/hub';
import type { HubOptions } from '../../src/hub/options';
import type { Batch } from '../../src/log/batch';
import { FakeClock } from '../../src/testing';

function setUp(options: HubOptions = {}) {
  const clock = new FakeClock();
  /** `+name` where a channel is followed, and `-name` where it is followed no longer. */
  const log: string[] = [];
  const hub = createHub({
    clock,
    ...options,
    backplane: (host) => {
      const memory = memoryBackplane()(host);
      const follow = memory.follow.bind(memory);
      return Object.assign(memory, {
        follow: (name: string, onChange: () => void) => {
          log.push(`+${name}`);
          const followed = follow(name, onChange) as { stop(): void; log: never };
          return {
            get log() {
              return followed.log;
            },
            stop: () => {
              log.push(`-${name}`);
              followed.stop();
            },
          };
        },
      });
    },
  });
  const { groups } = engineFor([], hub);
  const formatOf = (isPolled: boolean) => ({
    name: `polled: ${isPolled}`,
    transport: 'poll' as const,
    batch: (_batch: Batch) => '',
    isPolled,
  });
  const formats = new Map([true, false].map((isPolled) => [isPolled, formatOf(isPolled)]));
  // A route has one format for all of its polls.
  const enter = (name: string, isPolled = true) =>
    groups.join(formats.get(isPolled) ?? formatOf(isPolled), [name], 'now') as Group;
  const poll = (name: string) => enter(name).leave();
  return { clock, hub, log, enter, poll };
}

it('the group of a poll is kept for the next one, until none has come for a while', () => {
  const { clock, hub, log, poll } = setUp();
  for (let n = 0; n < 5; n++) {
    poll('news');
    clock.advance(4000);
  }
  expect(log).toEqual(['+news']);
  expect(hub.stats()).toMatchObject({ connections: 0, channels: 0 });
  clock.advance(10_000);
  expect(log).toEqual(['+news', '-news']);
});

it('a group that was entered last is not entered again once it is dropped', () => {
  const { clock, log, enter } = setUp();
  const first = enter('news');
  expect(enter('news')).toBe(first);
  first.leave();
  first.leave();
  clock.advance(20_000);
  expect(log).toEqual(['+news', '-news']);
  expect(enter('news')).not.toBe(first);
  expect(log).toEqual(['+news', '-news', '+news']);
});

it('a group with a connection stays, and is kept anew when that leaves', () => {
  const { clock, hub, log, enter, poll } = setUp();
  poll('news');
  const group = enter('news');
  clock.advance(60_000);
  expect([log, hub.stats().channels]).toEqual([['+news'], 1]);
  group.leave();
  expect([log, hub.stats().channels]).toEqual([['+news'], 0]);
  clock.advance(10_000);
  expect(log).toEqual(['+news', '-news']);
});

it('a channel counts while another group follows it too, and groups of streams are not kept', () => {
  const { hub, log, enter, poll } = setUp();
  const stream = enter('news', false);
  poll('news');
  expect(hub.stats().channels).toBe(1);
  stream.leave();
  expect([log, hub.stats().channels]).toEqual([['+news'], 0]);
  enter('other', false).leave();
  expect(log).toEqual(['+news', '+other', '-other']);
});

it('polls of ever new channels keep a hundred groups', () => {
  const { log, poll } = setUp();
  for (let n = 0; n < 150; n++) poll(`c${n}`);
  expect(log.filter((line) => line.startsWith('-'))).toEqual(Array.from({ length: 50 }, (_, n) => `-c${n}`));
});

it('groups that are kept take no room from channels that are followed', () => {
  const { log, enter, poll } = setUp({ limits: { followedChannels: 2 } });
  poll('a');
  poll('b');
  expect([enter('c'), enter('d')].map((group) => group.channels)).toEqual([['c'], ['d']]);
  expect(enter('e')).toBe('full');
  expect(log).toEqual(['+a', '+b', '-a', '-b', '+c', '+d']);
});

it('a hub that closes keeps none', async () => {
  const { hub, log, poll } = setUp();
  poll('news');
  await hub.close();
  expect(log).toEqual(['+news', '-news']);
});

it('what is published meanwhile is new for the next poll', async () => {
  const { clock, hub, enter } = setUp();
  const group = enter('news');
  const { positions } = group;
  group.leave();
  await hub.channel('news').publish('a');
  expect(group.isBehind()).toBe(true);
  expect(enter('news').read(positions).messages).toHaveLength(1);
  clock.turn();
  expect([group.isBehind(), group.positions[0]?.offset]).toEqual([false, 1]);
});
