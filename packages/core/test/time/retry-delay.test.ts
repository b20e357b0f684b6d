import { spreadRetry } from '../../src/time/retry-delay';

describe('spreadRetry', () => {
  it.each([
    [4000, 0, 3000],
    [4000, 0.5, 4000],
    [4000, 1, 5000],
    [0, 0.5, 500],
    [500, 0, 500],
    [2 ** 31 - 1, 1, 2 ** 31 - 1],
  ])('spreads %d ms with %d to %d ms, within what clients and timers can wait', (retry, random, expected) => {
    expect(spreadRetry(retry, random)).toBe(expected);
  });
});
