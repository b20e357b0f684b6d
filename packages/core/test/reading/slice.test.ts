import { formatPosition } from '../../src/log/cursor';
import { Log } from '../../src/log/log';
import { messageOverhead } from '../../src/log/log-tally';
import { createMessage } from '../../src/log/message';
import { itemOf, readSlice } from '../../src/reading/slice';

const everything = { count: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY, age: Number.POSITIVE_INFINITY };

/** A log of the messages 1 to 6, of which it keeps 4 to 6. */
function setUp({ lossy = false } = {}) {
  const log = new Log('e', { ...everything, count: 3, lossy }, 0, (epoch) => epoch === 'before');
  for (let n = 1; n <= 6; n++) log.append(createMessage(`${n}`), 0);
  log.evict(0);
  return log;
}

const positionOf = (text: string) => {
  const [epoch = '', offset] = text.split('.');
  return { epoch, offset: Number(offset) };
};

const size = 1 + messageOverhead;

describe('a slice of a log', () => {
  it.each([
    ['e.3', Infinity, undefined, '456', 'e.6'],
    ['e.3', 3 * size, undefined, '456', 'e.6'],
    ['e.3', 2 * size + 1, undefined, '456', 'e.6'],
    ['e.3', 2 * size, undefined, '45', 'e.5'],
    ['e.3', 1, undefined, '4', 'e.4'],
    ['e.5', Infinity, undefined, '6', 'e.6'],
    ['e.6', Infinity, undefined, '', 'e.6'],
    ['e.2', Infinity, { reason: 'evicted', missed: 1, cursor: 'e.3' }, '456', 'e.6'],
    ['e.0', 1, { reason: 'evicted', missed: 3, cursor: 'e.3' }, '4', 'e.4'],
    ['before.0', 1, { reason: 'evicted', missed: 3, cursor: 'e.3' }, '4', 'e.4'],
    ['before.1', 1, { reason: 'epoch', cursor: 'e.3' }, '4', 'e.4'],
    ['other.5', 1, { reason: 'epoch', cursor: 'e.3' }, '4', 'e.4'],
    ['-.0', 1, { reason: 'foreign', cursor: 'e.3' }, '4', 'e.4'],
    ['e.7', 1, { reason: 'ahead', cursor: 'e.3' }, '4', 'e.4'],
  ])('after %s, of %d bytes', (from, bytes, gap, messages, end) => {
    const slice = readSlice(setUp(), positionOf(from), bytes);
    expect(slice.gap?.gap).toEqual(gap);
    expect(slice.entries.map(({ message }) => message.body).join('')).toBe(messages);
    expect(formatPosition(slice.end)).toBe(end);
  });

  it.each([
    ['e.0', '456', 'e.6'],
    ['other.5', '456', 'e.6'],
    ['e.6', '', 'e.6'],
  ])('of a lossy log has no gap after %s', (from, messages, end) => {
    const slice = readSlice(setUp({ lossy: true }), positionOf(from), Infinity);
    expect(slice.gap).toBeUndefined();
    expect(slice.entries.map(({ message }) => message.body).join('')).toBe(messages);
    expect(formatPosition(slice.end)).toBe(end);
  });

  it('gives its gap as the first item, and then its messages', () => {
    const slice = readSlice(setUp(), positionOf('e.1'), Infinity);
    expect([0, 1, 2, 3, 4].map((index) => itemOf(slice, index))).toEqual([
      expect.objectContaining({ id: 'e.3', gap: { reason: 'evicted', missed: 2, cursor: 'e.3' } }),
      { id: 'e.4', data: '4', event: undefined },
      { id: 'e.5', data: '5', event: undefined },
      { id: 'e.6', data: '6', event: undefined },
      undefined,
    ]);
  });
});
