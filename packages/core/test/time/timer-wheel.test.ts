import { FakeClock } from '../../src/testing';
import { type Timed, TimerWheel } from '../../src/time/timer-wheel';

function setUp(grain = 10) {
  const clock = new FakeClock(0);
  const timers = new TimerWheel(clock, grain);
  const seen: string[] = [];
  const timed = (name: string, next?: () => number | undefined): Timed => ({
    tick(now) {
      seen.push(`${name}@${now}`);
      return next?.();
    },
  });
  return { clock, timers, seen, timed };
}

describe('TimerWheel', () => {
  it('ticks when a delay is over, never early, and at most a grain late', () => {
    const { clock, timers, seen, timed } = setUp();
    timers.add(timed('a'), 20);
    timers.add(timed('b'), 21);
    clock.advance(100);
    expect(seen).toEqual(['a@20', 'b@30']);
    expect(timers.size).toBe(0);
  });

  it('ticks again after the delay that a tick returns', () => {
    const { clock, timers, seen, timed } = setUp();
    const delays = [20, 0, undefined];
    timers.add(
      timed('a', () => delays.shift()),
      10,
    );
    clock.advance(100);
    expect(seen).toEqual(['a@10', 'a@30', 'a@40']);
  });

  it('replaces the delay of an object that is added twice, and forgets one that is removed', () => {
    const { clock, timers, seen, timed } = setUp();
    const [a, b] = [timed('a'), timed('b')];
    timers.add(a, 50);
    timers.add(a, 20);
    timers.add(b, 20);
    timers.remove(b);
    clock.advance(100);
    expect(seen).toEqual(['a@20']);
  });

  it('takes an object from the wheel in which it waited', () => {
    const { clock, timers, seen, timed } = setUp();
    const other = new TimerWheel(clock, 10);
    const a = timed('a');
    timers.add(a, 20);
    other.add(a, 40);
    expect([timers.size, other.size]).toEqual([0, 1]);
    clock.advance(100);
    expect([seen, a.slot]).toEqual([['a@40'], undefined]);
  });

  it('wakes up earlier for an object that is added later but due earlier', () => {
    const { clock, timers, seen, timed } = setUp();
    timers.add(timed('late'), 100);
    timers.add(timed('early'), 10);
    clock.advance(200);
    expect(seen).toEqual(['early@10', 'late@100']);
  });

  it('waits for a delay that no timer of Node can wait', () => {
    const { clock, timers, seen, timed } = setUp();
    const after = jest.spyOn(clock, 'after');
    const longest = 2 ** 31 - 1;
    timers.add(timed('rounded up'), longest);
    timers.add(timed('twice as long'), 2 * longest);
    clock.advance(3 * longest);
    expect(seen).toEqual(['rounded up@2147483650', 'twice as long@4294967300']);
    expect(after.mock.calls.every(([ms]) => ms <= longest)).toBe(true);
  });

  it('lets a tick remove other objects that are due in the same grain', () => {
    const { clock, timers, seen, timed } = setUp();
    const second = timed('second');
    timers.add(
      timed('first', () => void timers.remove(second)),
      10,
    );
    timers.add(second, 10);
    clock.advance(100);
    expect(seen).toEqual(['first@10']);
  });
});
