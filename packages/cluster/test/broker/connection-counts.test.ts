import { FakeClock } from '@pushwire/core/testing';
import { ConnectionCounts } from '../../src/broker/connection-counts';
import { FakeMember } from '../kit/fake-member';

describe('the connections of workers to a channel', () => {
  const setUp = () => {
    const clock = new FakeClock();
    const counts = new ConnectionCounts(clock);
    const [one, two] = [new FakeMember(), new FakeMember()] as const;
    const sums: number[] = [];
    counts.ask([one.member, two.member], 'news', (sum) => sums.push(sum));
    return { clock, counts, one, two, sums };
  };

  it('are added up when all have answered, each once', () => {
    const { counts, one, two, sums } = setUp();
    expect(one.sent).toEqual([{ question: 1, connectionsTo: 'news' }]);
    counts.answer(one.member, 1, 3);
    counts.answer(one.member, 1, 3);
    counts.answer(one.member, 2, 3);
    expect(sums).toEqual([]);
    counts.answer(two.member, 1, 4);
    counts.answer(two.member, 1, 4);
    expect(sums).toEqual([7]);
  });

  it('are added up without a worker that goes meanwhile', () => {
    const { counts, one, two, sums } = setUp();
    counts.answer(one.member, 1, 3);
    counts.left(two.member);
    expect(sums).toEqual([3]);
  });

  it('are added up without a worker that does not answer', () => {
    const { clock, counts, one, two, sums } = setUp();
    counts.answer(two.member, 1, 4);
    clock.advance(1000);
    expect(sums).toEqual([4]);
    counts.answer(one.member, 1, 3);
    expect(sums).toEqual([4]);
  });

  it('are not asked of a worker that does not read', () => {
    const { counts, one, two, sums } = setUp();
    two.isFull = true;
    counts.ask([one.member, two.member], 'news', (sum) => sums.push(sum));
    expect([one.sent.length, two.sent.length]).toEqual([2, 1]);
    counts.answer(one.member, 2, 3);
    expect(sums).toEqual([3]);
  });

  it('are none where nobody follows', () => {
    const { counts, sums } = setUp();
    counts.ask([], 'other', (sum) => sums.push(sum));
    expect(sums).toEqual([0]);
  });
});
