import { systemClock } from '../../src/environment/clock';

describe('the clock of the system', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it.each([2 ** 31, 3e9, 2_592_000_000, Number.POSITIVE_INFINITY])(
    'waits as long as a timer can for %d ms, instead of not at all',
    (ms) => {
      const act = jest.fn();
      systemClock.after(ms, act);
      jest.advanceTimersByTime(2 ** 31 - 2);
      expect(act).not.toHaveBeenCalled();
      jest.advanceTimersByTime(1);
      expect(act).toHaveBeenCalledTimes(1);
    },
  );

  it('stops', () => {
    const act = jest.fn();
    systemClock.after(10, act)();
    jest.advanceTimersByTime(20);
    expect(act).not.toHaveBeenCalled();
  });
});
