import { gunzipSync } from 'node:zlib';
import { bareSse } from '../../src/dialects/bare-sse';
import { dialectEncoder } from '../../src/dialects/dialect-encoder';
import type { Encoder } from '../../src/encoders/encoder';
import { SharedDeflate } from '../../src/encoders/shared-deflate';
import { sseEncoder } from '../../src/encoders/sse';
import { engineFor } from '../../src/hub/engine-for';
import { createHub, type Hub } from '../../src/hub/hub';
import { parseCursor } from '../../src/log/cursor';
import { GzipSink } from '../../src/response/gzip-sink';
import { Snapshot } from '../../src/subscribing/snapshot';
import { type Beginning, subscribe } from '../../src/subscribing/subscribe';
import { FakeClock, FakeSink, parseEventStream } from '../../src/testing';
import { settings } from '../kit/client';
import { Gunzip } from '../kit/gunzip';

const turn = () => new Promise((resolve) => setImmediate(resolve));
const long = (n: number) => `message ${n} ${'of some length '.repeat(8)}`;

/** A sink that keeps the bytes as they are, and reads them as a client would. */
class BytesSink extends FakeSink {
  readonly written: Uint8Array[] = [];
  readonly #gunzip = new Gunzip();
  encoding: string | undefined;
  read = '';

  override begin(...head: [contentType: string, fastPath?: boolean, foreign?: undefined, encoding?: string]): void {
    super.begin(head[0], head[1], head[2]);
    this.encoding = head[3];
  }

  override write(bytes: Uint8Array): void {
    super.write(bytes);
    this.written.push(bytes);
    if (this.encoding) this.read += this.#gunzip.take(bytes).toString();
  }
}

interface Way {
  readonly isGzip?: boolean;
  readonly window?: number;
  readonly encoder?: Encoder;
  readonly beginning?: Beginning;
}

async function connect(hub: Hub, cursor?: string, { isGzip = true, window = 600, encoder, beginning }: Way = {}) {
  const sink = new BytesSink();
  const channels = [hub.channel('news')];
  const outer = isGzip ? new GzipSink(sink, { level: -1, window }) : sink;
  const place = parseCursor(cursor);
  const by = encoder ?? sseEncoder;
  const connection = await subscribe(engineFor(channels, hub), channels, by, place, settings, outer, beginning);
  if (typeof connection === 'string') throw new Error(connection);
  const data = () => parseEventStream(sink.read).flatMap(({ event, data }) => (event === 'message' ? [data] : []));
  const lastWrite = () => sink.written.at(-1) as Uint8Array;
  return { sink, connection, data, lastWrite, whole: () => gunzipSync(Buffer.concat(sink.written)).toString() };
}

describe('a group with compression', () => {
  it('writes the same bytes to all of its members, a fraction of what they say', async () => {
    const hub = createHub();
    const clients = [await connect(hub), await connect(hub)] as const;
    for (let n = 0; n < 4; n++) await hub.channel('news').publish(long(n));
    await turn();
    for (let n = 4; n < 8; n++) {
      await hub.channel('news').publish(long(n));
      await turn();
      expect(clients[0].lastWrite()).toBe(clients[1].lastWrite());
      expect(clients[0].lastWrite().byteLength).toBeLessThan(long(n).length / 3);
    }
    for (const { sink, data } of clients) {
      expect(sink.encoding).toBe('gzip');
      expect(data()).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map(long));
    }
  });

  it('is another group than that of clients that take no compression', async () => {
    const hub = createHub();
    const packed = await connect(hub);
    const plain = await connect(hub, undefined, { isGzip: false });
    await hub.channel('news').publish('hello');
    await turn();
    expect(packed.data()).toEqual(['hello']);
    expect(plain.sink.encoding).toBeUndefined();
    expect(plain.sink.text).toContain('data: hello\n\n');
  });

  it('gives who comes later what it lacks, and the shared bytes once it has the window', async () => {
    const hub = createHub();
    const early = [await connect(hub), await connect(hub)] as const;
    for (let n = 0; n < 5; n++) {
      await hub.channel('news').publish(long(n));
      await turn();
    }
    const late = await connect(hub, '0');
    expect(late.data()).toEqual([0, 1, 2, 3, 4].map(long));
    const shares: boolean[] = [];
    for (let n = 5; n < 12; n++) {
      await hub.channel('news').publish(long(n));
      await turn();
      expect(early[0].lastWrite()).toBe(early[1].lastWrite());
      shares.push(late.lastWrite() === early[0].lastWrite());
    }
    // The window of 600 bytes has four and a half of these messages.
    expect(shares).toEqual([false, false, false, false, true, true, true]);
    expect(late.data()).toEqual(early[0].data());
  });

  it('shares what several clients read of the log, deflated from the second one on', async () => {
    const hub = createHub();
    for (let n = 0; n < 30; n++) await hub.channel('news').publish(long(n));
    const clients = [await connect(hub, '0'), await connect(hub, '0'), await connect(hub, '0')] as const;
    const [first, second, third] = clients.map(({ lastWrite }) => lastWrite());
    expect(third).toBe(second);
    expect((second as Uint8Array).byteLength).toBeLessThan((first as Uint8Array).byteLength / 3);
    for (const { data, sink } of clients) {
      expect(data()).toEqual(Array.from({ length: 30 }, (_, n) => long(n)));
      expect(sink.written).toHaveLength(2);
    }
    await hub.close();
    for (const { sink, whole } of clients) expect(whole()).toBe(sink.read);
  });

  it('writes nothing where there is nothing, since an empty chunk would end the body', () => {
    const sink = new BytesSink();
    const gzip = new GzipSink(sink, { level: -1, window: 600 });
    gzip.begin('text/event-stream');
    gzip.flushHead();
    gzip.flushHead();
    gzip.writeParts(['', new Uint8Array()]);
    expect(sink.written).toHaveLength(1);
  });

  it('lets a client lag, read on from the log, and come back to the shared bytes', async () => {
    const hub = createHub();
    const clients = [await connect(hub), await connect(hub), await connect(hub)] as const;
    const [slow, ...others] = clients;
    await hub.channel('news').publish(long(0));
    await turn();
    slow.sink.stalled = true;
    for (let n = 1; n < 40; n++) {
      await hub.channel('news').publish(`${n} ${Math.sin(n)} ${long(n)}`);
      await turn();
    }
    const sent = slow.data().length;
    expect(sent).toBeLessThan(39);
    slow.sink.drain();
    await turn();
    expect(slow.data()).toEqual(others[0]?.data());
    for (let n = 40; n < 50; n++) {
      await hub.channel('news').publish(long(n));
      await turn();
    }
    expect(slow.data()).toEqual(others[0]?.data());
    expect(slow.lastWrite()).toBe(others[0]?.lastWrite());
  });

  it('sends heartbeats that clients see, and goes on after them', async () => {
    const clock = new FakeClock();
    const hub = createHub({ clock });
    const clients = [await connect(hub), await connect(hub)] as const;
    for (let n = 0; n < 3; n++) {
      await hub.channel('news').publish(long(n));
      clock.advance(0);
      const before = clients.map(({ sink }) => sink.read.length);
      clock.advance(20_000);
      clients.forEach(({ sink }, i) => {
        expect(sink.read.slice(before[i])).toMatch(/^(:\n)+$/);
      });
    }
    await hub.channel('news').publish(long(3));
    clock.advance(0);
    // All begin anew together, so none of them gets it uncompressed.
    expect(clients[0].lastWrite()).toBe(clients[1].lastWrite());
    expect(clients[0].lastWrite().byteLength).toBeLessThan(long(3).length);
    for (const { data } of clients) expect(data()).toEqual([0, 1, 2, 3].map(long));
  });

  it('ends with the CRC and the size of what each client has had', async () => {
    const hub = createHub();
    const clients = [await connect(hub)];
    for (let n = 0; n < 20; n++) {
      if (n % 4 === 0) clients.push(await connect(hub, n % 8 === 0 ? '0' : undefined));
      await hub.channel('news').publish(long(n));
      await turn();
      if (n % 7 === 0)
        clients[n % clients.length]?.connection.sendAlone({ kind: 'text', body: 'you', size: 3 } as never);
    }
    await hub.close();
    for (const { sink, whole } of clients) {
      expect(sink.ended).toBe(true);
      expect(whole()).toBe(sink.read);
      expect(sink.read).toContain('pushwire:retry');
    }
  });

  it('is another group for each window', async () => {
    const hub = createHub();
    const [none, some] = [await connect(hub, undefined, { window: 0 }), await connect(hub)];
    for (let n = 0; n < 4; n++) {
      await hub.channel('news').publish(long(n));
      await turn();
    }
    expect(none.lastWrite().byteLength).toBeGreaterThan(2 * some.lastWrite().byteLength);
    expect(none.data()).toEqual(some.data());
  });

  it('stays in step where a batch has nothing for anybody', async () => {
    const batch: Encoder['batch'] = (one) => (one.messages[0]?.body === 'skip' ? '' : sseEncoder.batch(one));
    const hub = createHub();
    const client = await connect(hub, undefined, { encoder: { ...sseEncoder, name: 'sparse', batch } });
    for (const text of [long(0), 'skip', long(1)]) {
      await hub.channel('news').publish(text);
      await turn();
    }
    expect(client.data()).toEqual([long(0), long(1)]);
    expect(client.lastWrite().byteLength).toBeLessThan(long(1).length / 3);
  });

  it.each<[string, Way]>([
    ['foreign ones', { encoder: dialectEncoder(bareSse(), 'bare', (call) => call()) }],
    [
      'those on a route with snapshots',
      {
        beginning: {
          snapshots: {
            run: (act) => act(),
            ask: () => new Snapshot([], 1000),
            maxInRow: 3,
            timeout: 1000,
            onError: () => {},
          },
        },
      },
    ],
  ])('shares its bytes among %s as well', async (_who, way) => {
    const hub = createHub();
    const clients = [await connect(hub, undefined, way), await connect(hub, undefined, way)] as const;
    for (let n = 0; n < 4; n++) {
      await hub.channel('news').publish(long(n));
      await turn();
    }
    expect(clients[0].lastWrite()).toBe(clients[1].lastWrite());
    expect(clients[0].lastWrite().byteLength).toBeLessThan(long(3).length / 3);
    expect(clients[0].data()).toEqual([0, 1, 2, 3].map(long));
  });

  it('keeps nothing for the next batch once its last client has left', () => {
    const [sink, shared] = [new BytesSink(), new SharedDeflate({ level: -1, window: 600 })];
    const gzip = new GzipSink(sink, shared.compression);
    gzip.listener = { onDrain() {}, onClose() {} };
    gzip.begin('text/event-stream');
    const handOut = shared.next(Buffer.from('data: 1\n\n'));
    gzip.write(handOut.bytes, handOut);
    expect(handOut.after.recent.byteLength).toBe(9);
    sink.leave();
    expect(handOut.after.recent.byteLength).toBe(0);
  });

  it('leaves out the end where a client must see that it is missing', async () => {
    const sink = new BytesSink();
    const gzip = new GzipSink(sink, { level: -1, window: 600 });
    gzip.begin('text/event-stream');
    gzip.write(Buffer.from('data: 1\n\n'));
    gzip.cut('draining');
    expect(sink.wasCut).toBe(true);
    expect(() => gunzipSync(Buffer.concat(sink.written))).toThrow('unexpected end of file');
  });

  it('writes the head of gzip alone where a stream has no first bytes', () => {
    const sink = new BytesSink();
    const gzip = new GzipSink(sink, { level: -1, window: 600 });
    gzip.begin('text/event-stream');
    gzip.flushHead();
    expect(Buffer.concat(sink.written).toString('hex')).toBe('1f8b08000000000000ff');
  });

  it('leaves the response its listener until the connection has begun', () => {
    const sink = new BytesSink();
    const early = { onDrain() {}, onClose() {} };
    sink.listener = early;
    const gzip = new GzipSink(sink, { level: -1, window: 600 });
    expect(sink.listener).toBe(early);
    gzip.listener = { onDrain() {}, onClose() {} };
    expect(sink.listener).toBe(gzip);
    gzip.listener = undefined;
    expect(sink.listener).toBeUndefined();
  });

  it('goes on by the sink that takes over', () => {
    const [first, second] = [new BytesSink(), new BytesSink()];
    const gzip = new GzipSink(first, { level: -1, window: 600 });
    const events: string[] = [];
    gzip.listener = { onDrain: () => events.push('drain'), onClose: (reason) => events.push(`close ${reason}`) };
    gzip.begin('text/event-stream');
    gzip.write(Buffer.from('a'));
    second.begin('');
    gzip.moveTo(second);
    gzip.write(Buffer.from('b'));
    expect(Buffer.concat(second.written).toString('hex')).toBe('000100feff62');
    second.listener?.onDrain();
    second.listener?.onClose('left');
    expect(events).toEqual(['drain', 'close left']);
  });

  it('has nothing of a hand-out for a member that a message leaves out', async () => {
    const hub = createHub();
    const clients = [await connect(hub), await connect(hub), await connect(hub)] as const;
    const [own] = hub.connections();
    const channel = hub.channel('news');
    for (let n = 0; n < 12; n++) {
      await channel.publish(long(n), n % 3 === 2 ? { except: (own as { id: string }).id } : {});
      await turn();
    }
    const all = Array.from({ length: 12 }, (_, n) => long(n));
    const missing = all.filter((_text, n) => n % 3 !== 2);
    expect(clients.map(({ data }) => data())).toEqual([missing, all, all]);
  });
});
