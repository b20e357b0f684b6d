import { memoryBackplane } from '@pushwire/core';
import type { StateStore } from '@pushwire/core/backplanes';
import { FakeClock } from '@pushwire/core/testing';
import { CallLimits } from '../../src/broker/call-limits';
import { Holds } from '../../src/broker/holds';
import { stateLimits, valueMessage } from '../kit/broker-logs';

const log = 'pushwire:presence:room';
const limits = { ...stateLimits, keys: 10 };

function setUp() {
  const clock = new FakeClock();
  const calls = new CallLimits();
  const failed = jest.fn();
  const { states } = memoryBackplane()({
    clock,
    limits: { logs: 10, logBytes: Infinity, runs: 10 },
    limitsOf: () => calls.ofLog(),
    stateLimitsOf: () => calls.ofState(),
    connectionsTo: () => 0,
    report() {},
  }) as { states: StateStore };
  const holds = new Holds({ clock, limits: calls, states, failed });
  const hold = (
    holder: string,
    joins: readonly string[],
    { leaves = [] as string[], lease = 1000, isCount = false, updates = {}, connection = holder as unknown } = {},
  ) => {
    const said = joins.map((id) => valueMessage(id, id));
    const changed = Object.entries(updates).map(([id, data]) => valueMessage(id, String(data)));
    return holds.hold(
      log,
      {
        holder,
        lease,
        isCount,
        leaves,
        updates: changed,
        joins: said.map((message) => ({ message, joined: message, says: 'joined' })),
      },
      limits,
      connection,
    );
  };
  const shown = () =>
    (states.read(log) as { entries: readonly { message: { key?: string; body: unknown } }[] }).entries
      .map(({ message }) => (Number.isNaN(Number(message.body)) ? message.key : `${message.key}=${message.body}`))
      .join();
  return { clock, holds, hold, shown, states, failed };
}

describe('the holds of processes', () => {
  it('end by a timer when nobody looks, and take only members that no other process has', () => {
    const { clock, hold, shown } = setUp();
    hold('one', ['a', 'b']);
    hold('two', ['b'], { lease: 5000 });
    clock.advance(900);
    expect(shown()).toBe('a,b');
    clock.advance(400);
    expect(shown()).toBe('b');
    expect(hold('one', [])).toMatchObject({ isNew: true });
    expect(hold('two', [])).toMatchObject({ isNew: false });
  });

  it('end where only the number of members is told', () => {
    const { clock, hold, shown, holds } = setUp();
    hold('one', ['a', 'b', 'c'], { isCount: true });
    hold('two', ['c', 'd'], { isCount: true, lease: 3000 });
    expect([shown(), holds.count(log)]).toEqual(['count=4', 4]);
    clock.advance(1300);
    expect([shown(), holds.count(log)]).toEqual(['count=2', 2]);
    clock.advance(3000);
    expect([shown(), holds.count(log)]).toEqual(['', 0]);
  });

  it('leave nothing behind, and no timer', () => {
    const { clock, hold, shown } = setUp();
    const after = jest.spyOn(clock, 'after');
    hold('one', ['a']);
    clock.advance(3000);
    expect(shown()).toBe('');
    after.mockClear();
    clock.advance(60_000);
    expect(after).not.toHaveBeenCalled();
  });

  it('do not end for a pause of this process, in which nobody could be heard', () => {
    const { clock, hold, shown, holds } = setUp();
    hold('one', ['a']);
    hold('two', ['b'], { lease: 60_000 });
    const now = clock.now() + 4000;
    // No timer was called meanwhile.
    Object.defineProperty(clock, 'now', { value: () => now });
    expect([holds.count(log), shown()]).toEqual([2, 'a,b']);
    expect(hold('one', [], { lease: 1000 })).toMatchObject({ isNew: false });
  });

  it('tell news again to a process that may not have had the reply', () => {
    const { hold } = setUp();
    hold('one', ['a']);
    hold('two', ['b'], { updates: { a: 'new' } });
    const bodies = (connection: unknown) => hold('one', [], { connection }).news.map(({ body }) => body);
    expect([bodies('one'), bodies('next'), bodies('next')]).toEqual([['"new"'], ['"new"'], []]);
    hold('two', [], { updates: { a: 'newer' } });
    expect(hold('one', [], { leaves: ['a'] }).news).toEqual([]);
  });

  it('report what fails in a timer, and try again', () => {
    const { clock, hold, shown, states, failed } = setUp();
    hold('one', ['a']);
    const write = jest.spyOn(states, 'write').mockImplementation(() => {
      throw new Error('no room');
    });
    clock.advance(1300);
    expect([failed.mock.calls.length > 0, shown()]).toEqual([true, 'a']);
    write.mockRestore();
    hold('two', ['b']);
    expect(shown()).toBe('b');
  });
});
