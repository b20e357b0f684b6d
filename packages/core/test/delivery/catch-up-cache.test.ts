import { CatchUpCache } from '../../src/delivery/catch-up-cache';
import { createHub } from '../../src/hub/hub';
import type { Batch } from '../../src/log/batch';
import { connect } from '../kit/client';

const from = [{ epoch: 'e', offset: 1 }];
const batchTo = (offset: number, more: Partial<Batch> = {}): Batch => ({
  messages: [{ kind: 'text', body: 'x', event: undefined, size: 1 } as never],
  cursors: [`e.${offset}`],
  positions: [{ epoch: 'e', offset }],
  cursor: `e.${offset}`,
  more: false,
  ended: false,
  ...more,
});

describe('slices for those who catch up', () => {
  const slices = () => {
    const shared = new CatchUpCache();
    const encode = jest.fn((size: number) => 'x'.repeat(size));
    const bytesOf = (format: string, batch: Batch, size = 10) =>
      shared.bytesOf(format, [], from, batch, () => encode(size));
    return { encode, bytesOf };
  };

  it('are encoded once for all who read the same in the same format', () => {
    const { encode, bytesOf } = slices();
    expect(bytesOf('sse', batchTo(2))).toBe(bytesOf('sse', batchTo(2)));
    expect(encode).toHaveBeenCalledTimes(1);
    const gap = { reason: 'evicted', cursor: 'e.1' } as const;
    for (const [format, batch] of [
      ['ndjson', batchTo(2)],
      ['sse', batchTo(3)],
      ['sse', batchTo(2, { gap })],
    ] as const) {
      bytesOf(format, batch);
    }
    expect(encode).toHaveBeenCalledTimes(4);
  });

  it('are kept while they are in use, and few of them', () => {
    const { encode, bytesOf } = slices();
    bytesOf('sse', batchTo(2));
    for (let offset = 3; offset < 18; offset++) bytesOf('sse', batchTo(offset));
    bytesOf('sse', batchTo(2));
    bytesOf('sse', batchTo(18));
    bytesOf('sse', batchTo(2));
    expect(encode).toHaveBeenCalledTimes(17);
    bytesOf('sse', batchTo(3));
    expect(encode).toHaveBeenCalledTimes(18);
  });

  it('are kept up to 2 MiB', () => {
    const { encode, bytesOf } = slices();
    const megabyte = 1024 * 1024;
    for (const offset of [2, 3, 2, 4]) bytesOf('sse', batchTo(offset), megabyte);
    expect(encode).toHaveBeenCalledTimes(3);
    bytesOf('sse', batchTo(2), megabyte);
    expect(encode).toHaveBeenCalledTimes(3);
    bytesOf('sse', batchTo(3), megabyte);
    expect(encode).toHaveBeenCalledTimes(4);
    bytesOf('sse', batchTo(5), 3 * megabyte);
    bytesOf('sse', batchTo(5), 3 * megabyte);
    expect(encode).toHaveBeenCalledTimes(6);
  });

  it('are the same bytes in many sinks when a crowd reads on', async () => {
    const hub = createHub();
    const sunk: Uint8Array[] = [];
    const clients = [await connect(hub, ['news']), await connect(hub, ['news'])];
    for (const { sink } of clients) {
      sink.stalled = true;
      const write = sink.write.bind(sink);
      sink.write = (bytes) => {
        sunk.push(bytes);
        write(bytes);
      };
    }
    for (let n = 0; n < 20; n++) {
      await hub.channel('news').publish('x'.repeat(2000));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const [a, b] = clients;
    sunk.length = 0;
    a?.sink.drain();
    b?.sink.drain();
    expect(sunk).toHaveLength(2);
    expect(sunk[0]).toBe(sunk[1]);
    expect([a?.data().length, b?.data().length]).toEqual([20, 20]);
  });
});
