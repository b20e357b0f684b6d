import { Log } from '@pushwire/core';
import { FakeClock } from '@pushwire/core/testing';
import type { LogNews } from '../src/protocol/news';
import { LogCopy } from '../src/worker/log-copy';
import { brokerLogs, textMessage, unlimited } from './kit/broker-logs';
import { FakeMember } from './kit/fake-member';

// The clock of a process does not go on while the machine is suspended, nor follow a step of the
// system's time. So that of a worker that was started after one differs from that of the broker.

const age = 30_000;

it.each([3_600_000, -3_600_000])('a copy keeps messages as long as the broker, whose clock differs by %i ms', (ms) => {
  const [clock, ownClock] = [new FakeClock(10_000_000), new FakeClock(10_000_000 + ms)];
  const limits = { ...unlimited, age };
  const { backplane, logs } = brokerLogs(clock, limits);
  const copy = new LogCopy('news', {
    clock: ownClock,
    createLog: (_name, epoch, floor) => new Log(epoch, limits, floor),
    refresh: async () => {},
    becameIdle() {},
  });
  backplane.append('news', textMessage('a'));
  clock.advance(20_000);
  ownClock.advance(20_000);
  const member = new FakeMember();
  logs.follow(member.member, 'news', undefined, () => {});
  for (const news of member.sent) copy.receive(news as LogNews);
  const kept = [0, 9_999, 1].map((later) => {
    ownClock.advance(later);
    copy.log.evict(ownClock.now());
    return copy.log.count;
  });
  expect(kept).toEqual([1, 1, 0]);
});
