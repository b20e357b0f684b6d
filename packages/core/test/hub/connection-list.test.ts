import type { Connection } from '../../src/delivery/connection';
import { ConnectionList } from '../../src/hub/connection-list';

describe('a list of connections', () => {
  function setUp() {
    const list = new ConnectionList();
    const all = ['a', 'b', 'c'].map((name) => ({ name }) as unknown as Connection);
    for (const one of all) list.add(one);
    const names = () => list.toArray().map((one) => (one as unknown as { name: string }).name);
    return { list, all: all as [Connection, Connection, Connection], names };
  }

  it.each([
    ['the oldest', 0, ['b', 'c']],
    ['one in the middle', 1, ['a', 'c']],
    ['the newest', 2, ['a', 'b']],
  ])('removes %s, once, and adds it again as the newest', (_which, index, rest) => {
    const { list, all, names } = setUp();
    const one = all[index] as Connection;
    expect([list.has(one), list.remove(one), list.has(one), list.remove(one)]).toEqual([true, true, false, false]);
    expect([names(), list.size]).toEqual([rest, 2]);
    list.add(one);
    expect([names(), list.size]).toEqual([[...rest, 'abc'[index]], 3]);
  });

  it('keeps no other connection by one that has left, which may live longer', () => {
    const { list, all } = setUp();
    list.remove(all[1]);
    expect([all[1].older, all[1].newer]).toEqual([undefined, undefined]);
    list.remove(all[0]);
    list.remove(all[2]);
    expect([list.size, list.toArray()]).toEqual([0, []]);
    expect(all.flatMap(({ older, newer }) => [older, newer]).every((one) => one === undefined)).toBe(true);
  });
});
