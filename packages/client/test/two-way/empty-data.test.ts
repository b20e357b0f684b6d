import { clientFrame } from '../../src/two-way/client-frame';

describe('data that JSON would leave empty', () => {
  it.each([
    ['a promise', Promise.resolve(1)],
    ['a Map', new Map([['a', 1]])],
    ['a Set', new Set([1])],
    ['an error', new Error('lost')],
  ])('is refused: %s', (_what, data) => {
    expect(() => clientFrame(data, 0)).toThrow(/^send: expected data whose content JSON keeps, got /);
  });

  it.each([
    ['an empty object', {}, '{"data":{}}'],
    ['one without a prototype', Object.create(null), '{"data":{}}'],
    ['one that says so itself', { toJSON: () => ({}) }, '{"data":{}}'],
    ['fields', { a: 1 }, '{"data":{"a":1}}'],
  ])('unless it is meant: %s', (_what, data, frame) => {
    expect(clientFrame(data)).toBe(frame);
  });
});
