import { checkTopics, topicsOf } from '../../src/http/topics';

const malformed = expect.objectContaining({ code: 'bad-request', status: 400 });
const many = Array.from({ length: 101 }, (_, n) => `t${n}`);

it.each([
  ['', []],
  ['topics=', []],
  ['topics=a', ['a']],
  ['topics=a,b', ['a', 'b']],
  ['topics=a%2Cb', ['a', 'b']],
  ['topics=b,a,b', ['b', 'a']],
  [`topics=${encodeURIComponent('a%2Cb,gr%C3%BC%C3%9F')}`, ['a,b', 'grüß']],
  [`topics=${many.slice(1)}`, many.slice(1)],
])('the topics of ?%s are %p', (query, topics) => {
  expect(topicsOf(new URLSearchParams(query))).toEqual(topics);
});

it.each([
  ['an escape that is cut off', 'a%2'],
  ['bytes that are no UTF-8', '%FF'],
  ['too many', many.join(',')],
  ['too much', 'x'.repeat(4097)],
])('topics with %s are refused', (_, topics) => {
  expect(() => topicsOf(new URLSearchParams({ topics }))).toThrow(malformed);
});

it.each([[undefined], ['a'], [{ 0: 'a' }], [[1]], [['a', null]], [many], [['x'.repeat(4096)]]])(
  '%p are no topics in a frame',
  (topics) => {
    expect(() => checkTopics(topics)).toThrow(malformed);
  },
);
