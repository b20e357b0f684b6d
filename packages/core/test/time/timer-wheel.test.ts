import { FakeClock } from '../../src/testing';
import { type Visited, Wheel } from '../../src/time/timer-wheel';

function setUp(grain = 10) {
  const clock = new FakeClock(0);
  const wheel = new Wheel(clock, grain);
  const seen: string[] = [];
  const visited = (name: string, next?: () => number | undefined): Visited => ({
    visit(now) {
      seen.push(`${name}@${now}`);
      return next?.();
    },
  });
  return { clock, wheel, seen, visited };
}

describe('Wheel', () => {
  it('visits when it is due, never early, and up to a grain late', () => {
    const { clock, wheel, seen, visited } = setUp();
    wheel.add(visited('a'), 20);
    wheel.add(visited('b'), 21);
    clock.advance(100);
    expect(seen).toEqual(['a@20', 'b@30']);
    expect(wheel.size).toBe(0);
  });

  it('visits again after what the visit says', () => {
    const { clock, wheel, seen, visited } = setUp();
    const nexts = [20, 0, undefined];
    wheel.add(
      visited('a', () => nexts.shift()),
      10,
    );
    clock.advance(100);
    expect(seen).toEqual(['a@10', 'a@30', 'a@40']);
  });

  it('moves the date of what is added twice, and forgets what is removed', () => {
    const { clock, wheel, seen, visited } = setUp();
    const [a, b] = [visited('a'), visited('b')];
    wheel.add(a, 50);
    wheel.add(a, 20);
    wheel.add(b, 20);
    wheel.remove(b);
    clock.advance(100);
    expect(seen).toEqual(['a@20']);
  });

  it('wakes up earlier for what is added later but due earlier', () => {
    const { clock, wheel, seen, visited } = setUp();
    wheel.add(visited('late'), 100);
    wheel.add(visited('early'), 10);
    clock.advance(200);
    expect(seen).toEqual(['early@10', 'late@100']);
  });

  it('lets a visit remove others that are due in the same grain', () => {
    const { clock, wheel, seen, visited } = setUp();
    const second = visited('second');
    wheel.add(
      visited('first', () => void wheel.remove(second)),
      10,
    );
    wheel.add(second, 10);
    clock.advance(100);
    expect(seen).toEqual(['first@10']);
  });
});
