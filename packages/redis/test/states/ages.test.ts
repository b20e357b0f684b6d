import { StateLog } from '@pushwire/core/backplanes';
import { FakeClock } from '@pushwire/core/testing';
import { Ages } from '../../src/states/ages';

const message = (key: string) => ({ kind: 'json' as const, body: '1', event: undefined, size: 2, key });

function setUp(age: number) {
  const clock = new FakeClock();
  const ages = new Ages(clock);
  const log = new StateLog('e', { deletions: 10, deletionAge: 1000 });
  const expire = jest.fn();
  ages.watch('name', { age, log: () => log, expire });
  return { clock, ages, log, expire };
}

describe('the ages of a followed state', () => {
  it('are over in time, and are looked at no more often than needed', () => {
    const { clock, log, expire, ages } = setUp(10_000);
    log.append(message('a'), clock.now());
    clock.advance(9800);
    expect(expire).not.toHaveBeenCalled();
    log.append(message('b'), clock.now());
    clock.advance(300);
    expect(expire).toHaveBeenCalledTimes(1);
    log.append({ ...message('a'), isDeletion: true }, clock.now());
    clock.advance(9500);
    expect(expire).toHaveBeenCalledTimes(1);
    clock.advance(500);
    const calls = () => expire.mock.calls.length;
    expect(calls()).toBeGreaterThan(1);
    // Redis has not answered, and is asked again from time to time.
    let before = calls();
    clock.advance(10_000);
    expect(calls() - before).toBeGreaterThan(20);
    expect(calls() - before).toBeLessThan(60);
    before = calls();
    ages.close();
    clock.advance(100_000);
    expect(expire).toHaveBeenCalledTimes(before);
  });

  it('never end for a state without one', () => {
    const { clock, log, expire } = setUp(Number.POSITIVE_INFINITY);
    log.append(message('a'), clock.now());
    clock.advance(100_000_000);
    expect(expire).not.toHaveBeenCalled();
  });
});
