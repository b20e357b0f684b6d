import { Log } from '../../src/log/log';
import { createMessage } from '../../src/log/message';

const unlimited = { count: Infinity, bytes: Infinity, age: Infinity };
const message = (text = 'x') => createMessage(text);

function filled(limits: Partial<typeof unlimited>, texts: string[], now = 0): Log {
  const log = new Log('e', { ...unlimited, ...limits });
  for (const text of texts) log.append(message(text), now);
  log.evict(now);
  return log;
}

const offsets = (log: Log) => log.read({ epoch: 'e', offset: log.floor }).entries.map(({ offset }) => offset);

describe('Log', () => {
  it('counts offsets 1, 2, 3 …', () => {
    const log = new Log('e', unlimited);
    expect([log.append(message(), 0).offset, log.append(message(), 0).offset]).toEqual([1, 2]);
    expect(log.head).toBe(2);
  });

  it('keeps the newest messages up to its count', () => {
    expect(offsets(filled({ count: 3 }, ['1', '2', '3', '4', '5']))).toEqual([3, 4, 5]);
  });

  it('keeps the newest messages up to its bytes', () => {
    expect(offsets(filled({ bytes: 5 }, ['aaa', 'bb', 'cc', 'd']))).toEqual([2, 3, 4]);
  });

  it('keeps the newest messages up to its age', () => {
    const log = new Log('e', { ...unlimited, age: 100 });
    log.append(message(), 0);
    log.append(message(), 60);
    log.evict(99);
    expect(offsets(log)).toEqual([1, 2]);
    log.evict(100);
    expect(offsets(log)).toEqual([2]);
    log.evict(160);
    expect(offsets(log)).toEqual([]);
  });

  it('gives no message an earlier time than the one before it', () => {
    const log = new Log('e', unlimited);
    expect([50, 20, 60].map((time) => log.append(message(), time).time)).toEqual([50, 50, 60]);
  });

  it.each([{ count: 0 }, { bytes: 0 }, { age: 0 }])('keeps nothing with %j, not even an empty message', (limits) => {
    const log = filled(limits, ['', 'x', '']);
    expect(log).toMatchObject({ count: 0, head: 3, floor: 3, bytes: 0 });
  });

  it('drops a message that is larger than its limit', () => {
    expect(offsets(filled({ bytes: 2 }, ['aaa']))).toEqual([]);
  });

  describe('read', () => {
    const log = filled({ count: 3 }, ['1', '2', '3', '4', '5']);

    it.each([
      [
        { epoch: 'e', offset: 5 },
        { offset: 5, entries: [] },
      ],
      [
        { epoch: 'e', offset: 4 },
        { offset: 4, entries: [5] },
      ],
      [
        { epoch: 'e', offset: 2 },
        { offset: 2, entries: [3, 4, 5] },
      ],
      [
        { epoch: 'e', offset: 1 },
        { offset: 2, gap: 'evicted', entries: [3, 4, 5] },
      ],
      [
        { epoch: 'e', offset: 0 },
        { offset: 2, gap: 'evicted', entries: [3, 4, 5] },
      ],
      [
        { epoch: 'e', offset: 6 },
        { offset: 2, gap: 'ahead', entries: [3, 4, 5] },
      ],
      [
        { epoch: 'f', offset: 4 },
        { offset: 2, gap: 'epoch', entries: [3, 4, 5] },
      ],
      [
        { epoch: '-', offset: 4 },
        { offset: 2, gap: 'foreign', entries: [3, 4, 5] },
      ],
    ])('from %j gives %j', (position, expected) => {
      const read = log.read(position);
      expect({ ...read, entries: read.entries.map(({ offset }) => offset) }).toEqual(expected);
    });
  });

  it('keeps every message in its place while the ring grows and wraps', () => {
    const log = new Log('e', { ...unlimited, count: 100 });
    const misplaced: number[] = [];
    for (let n = 1; n <= 1000; n++) {
      log.append(message(String(n)), 0);
      if (n % 7 === 0) log.evict(0);
      for (let offset = log.floor + 1; offset <= log.head; offset++) {
        if (log.at(offset).message.body !== String(offset)) misplaced.push(offset);
      }
    }
    expect(misplaced).toEqual([]);
  });

  it('frees the bytes of evicted messages', () => {
    const log = filled({ count: 2 }, ['aa', 'b', 'c']);
    expect(log.bytes).toBe(2);
    expect(log.expires).toBe(Infinity);
  });
});
