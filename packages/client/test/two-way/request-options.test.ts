import { patienceOf } from '../../src/two-way/options';

describe('options of a request', () => {
  it('have the timeout of the connection by default', () => {
    const { signal } = new AbortController();
    expect(patienceOf({}, 5)).toEqual({ timeout: 5, signal: undefined });
    expect(patienceOf({ timeout: 7, signal }, 5)).toEqual({ timeout: 7, signal });
  });

  it.each([
    ['an unknown name', { timout: 5 }, 'request options: expected timeout or signal, got timout'],
    ['no time', { timeout: 0 }, 'connectTwoWay option timeout: expected a number above 0, got 0'],
  ])('are refused with %s', (_case, options, sentence) => {
    expect(() => patienceOf(options as object, 5)).toThrow(new TypeError(sentence));
  });
});
