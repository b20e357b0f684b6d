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

describe('CatchUpCache', () => {
  const setUp = () => {
    const cache = new CatchUpCache();
    const encode = jest.fn((size: number) => 'x'.repeat(size));
    const bytesOf = (format: string, batch: Batch, size = 10) =>
      cache.getOrEncode(format, [], from, batch, () => encode(size));
    return { encode, bytesOf };
  };

  it('encodes a batch once for all connections that read it in the same format', () => {
    const { encode, bytesOf } = setUp();
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

  it('keeps the 16 batches that were used last', () => {
    const { encode, bytesOf } = setUp();
    bytesOf('sse', batchTo(2));
    for (let offset = 3; offset < 18; offset++) bytesOf('sse', batchTo(offset));
    bytesOf('sse', batchTo(2));
    bytesOf('sse', batchTo(18));
    bytesOf('sse', batchTo(2));
    expect(encode).toHaveBeenCalledTimes(17);
    bytesOf('sse', batchTo(3));
    expect(encode).toHaveBeenCalledTimes(18);
  });

  it('keeps up to 2 MiB', () => {
    const { encode, bytesOf } = setUp();
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

  it('gives many sinks the same bytes when their connections catch up together', async () => {
    const hub = createHub();
    const written: Uint8Array[] = [];
    const clients = [await connect(hub, ['news']), await connect(hub, ['news'])];
    for (const { sink } of clients) {
      sink.stalled = true;
      const write = sink.write.bind(sink);
      sink.write = (bytes) => {
        written.push(bytes);
        write(bytes);
      };
    }
    for (let n = 0; n < 20; n++) {
      await hub.channel('news').publish('x'.repeat(2000));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const [a, b] = clients;
    written.length = 0;
    a?.sink.drain();
    b?.sink.drain();
    expect(written).toHaveLength(2);
    expect(written[0]).toBe(written[1]);
    expect([a?.data().length, b?.data().length]).toEqual([20, 20]);
  });
});
