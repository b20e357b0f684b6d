import type { Log } from '../../src/log/log';
import { LogTally } from '../../src/log/log-tally';
import type { Message } from '../../src/log/message';
import { StateLog } from '../../src/log/state-log';

const limits = { deletions: 3, deletionAge: 100 };

const value = (key: string, body: string): Message => ({
  kind: 'json',
  body,
  event: undefined,
  size: body.length,
  key,
});
const deletion = (key: string): Message => ({ ...value(key, 'null'), isDeletion: true });

const readFrom = (log: Log, offset: number) =>
  log.read({ epoch: 'e', offset }).entries.map(({ offset: at, message }) => `${at} ${message.key}=${message.body}`);

function filled(tally?: LogTally) {
  const log = new StateLog('e', limits, undefined, tally);
  for (const [key, body] of ['a1', 'b1', 'a2', 'c1', 'b2']) log.append(value(key as string, body as string), 0);
  return log;
}

describe('the log of a state', () => {
  it('keeps the newest message of each key, in the order of the changes', () => {
    const log = filled();
    expect(readFrom(log, 0)).toEqual(['3 a=2', '4 c=1', '5 b=2']);
    expect(log).toMatchObject({ head: 5, floor: 0, keys: 3, count: 3, bytes: 3 });
  });

  it('is read on from any offset, also from one whose message is replaced', () => {
    const log = filled();
    expect([1, 2, 3, 4, 5].map((offset) => readFrom(log, offset).length)).toEqual([3, 3, 2, 1, 0]);
  });

  it('has a deletion as the newest message of its key, until there is a value again', () => {
    const log = filled();
    log.append(deletion('c'), 0);
    expect(readFrom(log, 4)).toEqual(['5 b=2', '6 c=null']);
    expect([log.keys, log.count, log.newest('c')?.message.isDeletion]).toEqual([2, 3, true]);
    log.append(value('c', '2'), 0);
    expect(readFrom(log, 5)).toEqual(['7 c=2']);
    expect([log.keys, log.count]).toEqual([3, 3]);
    log.evict(1000);
    expect([log.keys, log.floor]).toEqual([3, 0]);
  });

  it('evicts deletions that are too many or too old, and has a gap before them', () => {
    const log = filled();
    for (const [i, key] of ['x', 'a', 'y', 'z'].entries()) log.append(deletion(key), i * 10);
    log.evict(50);
    expect([log.floor, log.count, log.expires]).toEqual([6, 5, 110]);
    expect(log.resume({ epoch: 'e', offset: 5 })).toEqual({ offset: 0, gap: 'evicted' });
    expect(log.resume({ epoch: 'e', offset: 6 })).toEqual({ offset: 6 });
    log.evict(120);
    expect([log.floor, log.count, log.expires]).toEqual([8, 3, 130]);
    log.evict(130);
    expect([log.floor, log.count, log.expires, log.keys]).toEqual([9, 2, undefined, 2]);
  });

  it('knows which messages are the newest of their keys', () => {
    const log = filled();
    const { message } = log.append(value('a', '3'), 0);
    expect(log.newest('a')?.message).toBe(message);
    expect([log.newest('never'), log.oldest?.offset]).toEqual([undefined, 4]);
  });

  it('gives all values in parts of a bounded size', () => {
    const log = new StateLog('e', limits);
    expect(log.parts).toMatchObject({ head: 0, parts: [], keys: [] });
    const body = 'x'.repeat(30_000);
    for (let i = 0; i < 5; i++) log.append(value(`k${i}`, body), 0);
    log.append(deletion('k4'), 0);
    const { head, parts, keys } = log.parts;
    expect([head, keys]).toEqual([6, ['k0', 'k1', 'k2', 'k3']]);
    expect(parts.map((part) => part.map(({ key }) => key))).toEqual([
      ['k0', 'k1'],
      ['k2', 'k3'],
    ]);
  });

  describe('gives the same parts', () => {
    const ofKeys = (count: number) => {
      const log = new StateLog('e', { ...limits, deletions: 1 });
      for (let i = 0; i < count; i++) log.append(value(`k${i}`, 'x'.repeat(10)), 0);
      return { log, parts: log.parts };
    };

    it('until more than an eighth of the keys have changed', () => {
      const { log, parts } = ofKeys(16);
      log.append(value('k1', '1'), 0);
      log.append(deletion('k2'), 0);
      expect([log.parts === parts, log.partsAt(16) === parts, log.partsAt(18)]).toEqual([true, true, undefined]);
      log.append(value('k1', '2'), 0);
      expect([log.partsAt(16), log.parts.head, log.parts.keys.length]).toEqual([undefined, 19, 15]);
    });

    it('until more than an eighth of the bytes have changed', () => {
      const { log, parts } = ofKeys(16);
      log.append(value('k1', 'x'.repeat(20)), 0);
      expect(log.parts).toBe(parts);
      log.append(value('k2', '1'), 0);
      expect(log.parts).not.toBe(parts);
    });

    it('until a deletion is forgotten that they do not have', () => {
      const { log, parts } = ofKeys(40);
      log.append(deletion('k1'), 0);
      log.evict(0);
      expect(log.parts).toBe(parts);
      log.append(deletion('k2'), 0);
      log.evict(0);
      expect([log.floor, log.parts.head]).toEqual([41, 42]);
    });
  });

  it('is dropped whole', () => {
    const tally = new LogTally();
    const log = filled(tally);
    log.append(deletion('b'), 0);
    expect([tally.bytes > 0, log.isDrained]).toEqual([true, false]);
    while (log.dropOldest());
    expect([tally.bytes, log.isDrained, log.count, log.bytes, readFrom(log, 0)]).toEqual([0, true, 0, 0, []]);
  });

  it('is a copy that begins at a floor, and leaves out messages', () => {
    const log = new StateLog('e', limits, undefined, undefined, 6);
    expect([log.head, log.floor]).toEqual([0, 6]);
    for (const [offset, key] of Object.entries({ 3: 'a', 7: 'b', 8: 'c' })) {
      log.skipTo(Number(offset) - 1);
      log.append(value(key, '1'), 0);
    }
    log.skipTo(2);
    expect(readFrom(log, 0)).toEqual(['3 a=1', '7 b=1', '8 c=1']);
    log.skipTo(12);
    expect([log.head, log.floor, log.count, readFrom(log, 7)]).toEqual([12, 6, 3, ['8 c=1']]);
    expect(log.resume({ epoch: 'e', offset: 5 })).toEqual({ offset: 0, gap: 'evicted' });
    expect(log.resume({ epoch: 'e', offset: 12 })).toEqual({ offset: 12 });
    expect(log.append(value('a', '2'), 0).offset).toBe(13);
    expect(readFrom(log, 12)).toEqual(['13 a=2']);
  });

  it('needs no more slots than twice its messages', () => {
    const log = new StateLog('e', limits);
    for (let i = 0; i < 10_000; i++) log.append(value(`k${i % 10}`, `${i}`), 0);
    expect(readFrom(log, 0).map((text) => text.split('=')[1])).toEqual(
      Array.from({ length: 10 }, (_, i) => `${9990 + i}`),
    );
    expect(log.next(9_995)?.offset).toBe(9_996);
  });

  it('leaves a reader that reads on now and then with the same map, whatever happens', () => {
    let seed = 1;
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return seed % below;
    };
    for (let round = 0; round < 300; round++) {
      const log = new StateLog('e', limits);
      const truth = new Map<string, string>();
      const readers = [0, 1, 2].map(() => ({ map: new Map<string, string>(), offset: 0, snapshots: 0 }));
      let now = 0;
      for (let step = 0; step < 60; step++) {
        const key = `k${random(8)}`;
        const act = random(10);
        if (act < 6) {
          log.append(value(key, `${step}`), now);
          truth.set(key, `${step}`);
        } else if (act < 8 && truth.delete(key)) log.append(deletion(key), now);
        else now += random(60);
        if (random(2)) log.evict(now);
        for (const reader of readers) {
          if (random(6)) continue;
          let { gap, entries } = log.read({ epoch: 'e', offset: reader.offset });
          if (gap) {
            reader.snapshots++;
            const { head, parts } = log.parts;
            reader.map = new Map(parts.flat().map(({ key, body }) => [key as string, body as string]));
            ({ gap, entries } = log.read({ epoch: 'e', offset: head }));
            expect(gap).toBeUndefined();
          }
          for (const { message } of entries) {
            if (message.isDeletion) reader.map.delete(message.key as string);
            else reader.map.set(message.key as string, message.body as string);
          }
          reader.offset = log.head;
          expect([...reader.map].sort()).toEqual([...truth].sort());
        }
      }
    }
  });
});
