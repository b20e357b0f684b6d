import { Log, type Outcome } from '@pushwire/core';
import type { Message, RunStore } from '@pushwire/core/backplanes';
import { FakeClock } from '@pushwire/core/testing';
import type { LogNews } from '../src/protocol/news';
import { LogCopy } from '../src/worker/log-copy';
import { brokerLogs, textMessage, unlimited } from './kit/broker-logs';
import { FakeMember } from './kit/fake-member';

// A copy of a run that is under way, and another broker that takes the place of the first.

const name = 'pushwire:run:answer';
const claim = { owner: 'me', key: 'k', lease: 15_000, keep: 60_000 };

function setUp() {
  const clock = new FakeClock();
  const seen: (Outcome | number | undefined)[] = [];
  const copy: LogCopy = new LogCopy(name, {
    clock,
    createLog: (_name, epoch, floor) => new Log(epoch, unlimited, floor),
    refresh: async () => {},
    becameIdle() {},
  });
  copy.follow(() => seen.push(copy.log.ended ? copy.log.outcome : copy.log.head));
  const join = ({ logs }: ReturnType<typeof brokerLogs>) => {
    const member = new FakeMember();
    logs.follow(member.member, name, copy.restart(), () => {});
    for (const news of member.sent) copy.receive(news as LogNews);
  };
  const produce = ({ backplane }: ReturnType<typeof brokerLogs>, messages: Message[], outcome?: Outcome) => {
    const runs = backplane.runs as RunStore;
    const { epoch } = runs.claim(name, claim, () => {}) as { epoch: string };
    runs.write(name, { ...claim, epoch, after: 0, messages, ...(outcome && { outcome }) });
  };
  return { clock, copy, seen, join, produce };
}

it('a run is lost for its readers when the broker that had it was restarted', () => {
  const { clock, copy, seen, join, produce } = setUp();
  const first = brokerLogs(clock);
  produce(first, [textMessage('a'), textMessage('b')]);
  join(first);
  expect(seen).toEqual([2]);
  join(brokerLogs(clock));
  expect([seen, copy.isKnown]).toEqual([[2, { outcome: 'lost' }], true]);
  clock.turn();
  expect([seen, copy.isKnown, copy.log.head]).toEqual([[2, { outcome: 'lost' }, 0], false, 0]);
});

it('a run that has ended has not: it is forgotten without a word', () => {
  const { clock, copy, seen, join, produce } = setUp();
  const first = brokerLogs(clock);
  produce(first, [textMessage('a')], { outcome: 'completed' });
  join(first);
  clock.turn();
  join(brokerLogs(clock));
  expect([seen, copy.isKnown]).toEqual([[{ outcome: 'completed' }, 0], false]);
});
