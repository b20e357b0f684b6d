import { crc32, gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { shiftCrc } from '../../src/encoders/crc-shift';
import { deflatedBlocks, storedBlocks, storedSizeOf } from '../../src/encoders/deflate-blocks';
import { deflatedPart, storedPart } from '../../src/encoders/gzip-part';
import { GzipStream } from '../../src/encoders/gzip-stream';
import { type Compression, HandOut, Mark, SharedDeflate } from '../../src/encoders/shared-deflate';
import { Gunzip } from '../kit/gunzip';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const gzipHead = '1f8b08000000000000ff';

/** About 170 bytes of JSON in an event, which has a price and a time of its own. */
function event(n: number): Buffer {
  const tick = { id: n, symbol: 'PSHW', bid: 1000 + n / 4, ask: 1000.25 + n / 4, venue: 'XNAS', currency: 'USD' };
  const data = { ...tick, condition: 'regular', time: 1_764_000_000_000 + n * 137, note: 'the quick brown foxes' };
  return Buffer.from(`id: Ab3dEf_9.${n}\ndata: ${JSON.stringify(data)}\n\n`);
}

describe('stored blocks', () => {
  it.each([
    ['nothing', '', ''],
    ['one byte', 'a', '000100feff61'],
    ['several', 'data: 1\n\n', `000900f6ff${hex(Buffer.from('data: 1\n\n'))}`],
  ])('have %s as it is', (_name, text, bytes) => {
    expect(hex(storedBlocks(Buffer.from(text)))).toBe(bytes);
  });

  it.each([65_535, 65_536, 131_070, 200_000])('have %i bytes in as few blocks as they can', (size) => {
    const blocks = storedBlocks(Buffer.alloc(size, 1));
    expect(blocks.byteLength).toBe(storedSizeOf(size));
    expect(blocks.byteLength - size).toBe(5 * Math.ceil(size / 65_535));
    const end = Buffer.from([3, 0]);
    expect(new Gunzip().take(Buffer.concat([Buffer.from(gzipHead, 'hex'), blocks, end]))).toEqual(
      Buffer.alloc(size, 1),
    );
  });
});

describe('deflated blocks', () => {
  it('end with a whole byte, by an empty stored block', () => {
    expect(hex(deflatedBlocks(Buffer.from('aaaaaaaaaa'), -1).subarray(-4))).toBe('0000ffff');
  });

  it('may refer to what came before', () => {
    const [first, second] = [event(1), event(2)];
    const alone = deflatedBlocks(second, -1).byteLength;
    expect(deflatedBlocks(second, -1, first).byteLength).toBeLessThan(alone / 3);
  });
});

describe('shiftCrc', () => {
  it('gives the CRC of two parts together', () => {
    const parts = fc.tuple(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 3000 }));
    fc.assert(
      fc.property(parts, ([a, b]) => {
        const together = shiftCrc(crc32(a), b.byteLength) ^ crc32(b);
        expect(together >>> 0).toBe(crc32(Buffer.concat([a, b])));
      }),
    );
  });

  it('takes lengths over 4 GiB', () => {
    const crc = crc32('x');
    // The polynomial is primitive: its powers repeat after so many bits.
    expect(shiftCrc(crc, 2 ** 32 - 1) >>> 0).toBe(crc);
    expect(shiftCrc(crc, 2 ** 32) >>> 0).toBe(shiftCrc(crc, 1) >>> 0);
    const half = shiftCrc(crc, 2 ** 33);
    expect(shiftCrc(half, 2 ** 33) >>> 0).toBe(shiftCrc(crc, 2 ** 34) >>> 0);
    expect(shiftCrc(half, 7) >>> 0).toBe(shiftCrc(crc, 2 ** 33 + 7) >>> 0);
  });
});

describe('a gzip stream', () => {
  const trailerOf = (text: string) => {
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(crc32(text), 0);
    trailer.writeUInt32LE(Buffer.byteLength(text), 4);
    return hex(trailer);
  };

  it('has its head in front of its first bytes, and the CRC and the size at its end', () => {
    const stream = new GzipStream();
    expect(hex(stream.alone(Buffer.from('a')))).toBe(`${gzipHead}000100feff61`);
    expect(hex(stream.alone(Buffer.from('bc')))).toBe('000200fdff6263');
    expect(hex(stream.end())).toBe(`0300${trailerOf('abc')}`);
  });

  it('can send its head alone', () => {
    const stream = new GzipStream();
    expect(hex(stream.begin())).toBe(gzipHead);
    expect(hex(stream.alone(Buffer.from('a')))).toBe('000100feff61');
  });

  it('may be empty', () => {
    const bytes = new GzipStream().end();
    expect(hex(bytes)).toBe(`${gzipHead}03000000000000000000`);
    expect(gunzipSync(bytes)).toHaveLength(0);
  });

  it('may begin with a hand-out', () => {
    const stream = new GzipStream();
    const handOut = new SharedDeflate({ level: -1, window: 100 }).next(event(1));
    expect(hex(stream.take(handOut))).toBe(gzipHead + hex(handOut.deflated));
    expect(gunzipSync(Buffer.concat([new GzipStream().take(handOut), stream.end()]))).toEqual(event(1));
  });
});

describe('parts for several clients at times of their own', () => {
  it('are deflated without what came before, where that makes them smaller', () => {
    expect(hex(storedPart(Buffer.from('q7')).blocks)).toBe('000200fdff7137');
    expect(hex(deflatedPart(Buffer.from('q7'), -1).blocks)).toBe('000200fdff7137');
    expect(hex(deflatedPart(event(1), -1).blocks)).toBe(hex(deflatedBlocks(event(1), -1)));
  });

  it('count in the trailer of each client', () => {
    const part = deflatedPart(event(1), -1);
    const streams = [new GzipStream(), new GzipStream()] as const;
    const bytes = [streams[1].alone(Buffer.from(':\n')), streams[1].part(part), streams[1].end()];
    expect(bytes[1]).toBe(part.blocks);
    expect(gunzipSync(Buffer.concat(bytes)).toString()).toBe(`:\n${event(1)}`);
    expect(gunzipSync(Buffer.concat([streams[0].part(part), streams[0].end()])).toString()).toBe(`${event(1)}`);
  });
});

describe('hand-outs', () => {
  const compression: Compression = { level: -1, window: 1000 };

  it('are the same object of bytes for all who have had the window', () => {
    const shared = new SharedDeflate(compression);
    const streams = [new GzipStream(), new GzipStream()];
    for (let n = 0; n < 20; n++) {
      const handOut = shared.next(event(n));
      const taken = streams.map((stream) => stream.take(handOut));
      if (n > 0) expect(taken).toEqual([handOut.deflated, handOut.deflated]);
      if (n > 0) expect(taken[0]).toBe(taken[1]);
    }
  });

  it('have no more of the stream before them than the window', () => {
    const shared = new SharedDeflate(compression);
    const stream = new GzipStream();
    for (let n = 0; n < 20; n++) {
      const { after } = take(shared, stream, event(n));
      expect(after.recent.byteLength).toBe(Math.min(after.size, 1000));
      expect(after.from).toBe(Math.max(0, after.size - event(n).byteLength - 1000));
    }
  });

  it('come stored to who joins, until it has had the window', () => {
    const shared = new SharedDeflate(compression);
    const first = [new GzipStream(), new GzipStream(), new GzipStream()];
    for (let n = 0; n < 10; n++) takeAll(shared, first, event(n));
    const late = new GzipStream();
    late.alone(Buffer.from(':\n'));
    let had = 0;
    for (let n = 10; n < 30; n++) {
      const handOut = shared.next(event(n));
      for (const stream of first) stream.take(handOut);
      expect(late.take(handOut)).toBe(had < 1000 ? handOut.stored : handOut.deflated);
      had += event(n).byteLength;
    }
  });

  it('come stored after bytes of a client alone, until it has had the window again', () => {
    const shared = new SharedDeflate({ level: -1, window: 2 * event(0).byteLength });
    const streams = [new GzipStream(), new GzipStream(), new GzipStream()];
    const [alone] = streams as [GzipStream];
    for (let n = 0; n < 3; n++) takeAll(shared, streams, event(n));
    alone.alone(Buffer.from(':\n'));
    for (const n of [3, 4, 5, 6]) {
      const handOut = shared.next(event(n));
      const [taken] = streams.map((stream) => stream.take(handOut));
      expect(taken).toBe(n < 5 ? handOut.stored : handOut.deflated);
    }
  });

  it('begin anew where more clients lack the window than have it', () => {
    const shared = new SharedDeflate(compression);
    const early = new GzipStream();
    for (let n = 0; n < 5; n++) take(shared, early, event(n));
    const others = [new GzipStream(), new GzipStream()];
    const before = takeAll(shared, [early, ...others], event(5));
    expect(before.after.from).toBe(0);
    const next = takeAll(shared, [early, ...others], event(6));
    expect(next.after.from).toBe(before.after.size);
    expect(hex(next.deflated)).toBe(hex(deflatedBlocks(event(6), -1)));
  });

  it('come stored to who lacks a single byte of the window', () => {
    const shared = new SharedDeflate(compression);
    const early = [new GzipStream(), new GzipStream()];
    takeAll(shared, early, Buffer.from('x'));
    const late = new GzipStream();
    const handOut = takeAll(shared, early, event(1));
    expect(late.take(handOut)).not.toBe(handOut.deflated);
    expect(hex(new GzipStream().take(handOut))).toBe(gzipHead + hex(handOut.stored));
  });

  it('go on where as many clients have the window as lack it, and count who has left', () => {
    const shared = new SharedDeflate(compression);
    const [early, late, other] = [new GzipStream(), new GzipStream(), new GzipStream()];
    take(shared, early, event(0));
    takeAll(shared, [early, late, other], event(1));
    other.settle();
    expect(takeAll(shared, [early, late], event(2)).after.from).toBe(0);
  });

  it('have sizes over 4 GiB, of which the trailer has the last 32 bits', () => {
    const before = new Mark(0, 0, 0, new Uint8Array());
    const stream = new GzipStream();
    stream.take(new HandOut(event(1), before, new Mark(2 ** 32 + 5, 7, 0, new Uint8Array())));
    expect(hex(stream.end().subarray(-8))).toBe('0700000005000000');
  });

  it('begin anew, and keep nothing in memory, where every client has had a heartbeat or has left', () => {
    const shared = new SharedDeflate(compression);
    const streams = [new GzipStream(), new GzipStream()] as const;
    const { after } = takeAll(shared, streams, event(0));
    streams[0].alone(Buffer.from(':\n'));
    expect(after.recent).toEqual(new Uint8Array(event(0)));
    streams[1].settle();
    expect(after.recent.byteLength).toBe(0);
    expect(hex(take(shared, streams[0], event(1)).deflated)).toBe(hex(deflatedBlocks(event(1), -1)));
  });

  it('are stored for all where deflate makes them larger', () => {
    const shared = new SharedDeflate(compression);
    const stream = new GzipStream();
    const noise = Buffer.from('q7', 'latin1');
    const handOut = take(shared, stream, noise);
    expect(handOut.deflated).toBe(handOut.stored);
    expect(hex(handOut.stored)).toBe('000200fdff7137');
    expect(shared.next(event(1)).before.recent).toEqual(new Uint8Array(0));
  });

  it('need no window at all with a window of 0', () => {
    const shared = new SharedDeflate({ level: -1, window: 0 });
    for (let n = 0; n < 3; n++) expect(hex(shared.next(event(n)).deflated)).toBe(hex(deflatedBlocks(event(n), -1)));
  });

  it('take a quarter of the bytes or less, for JSON of 170 bytes and a window of 32 messages', () => {
    const count = 1000;
    const shared = new SharedDeflate({ level: -1, window: 32 * event(500).byteLength });
    const stream = new GzipStream();
    let [plain, sent] = [0, 0];
    for (let n = 0; n < count; n++) {
      sent += stream.take(shared.next(event(n))).byteLength;
      plain += event(n).byteLength;
    }
    expect(sent / plain).toBeLessThan(0.25);
  });

  it('are read as they come by whoever joins, lags or leaves at any of them', () => {
    fc.assert(
      fc.property(
        fc.record({
          level: fc.constantFrom(-1, 0, 1, 9),
          window: fc.constantFrom(0, 1, 50, 300, 1000, 32_768),
          steps: fc.array(aStep, { minLength: 1, maxLength: 60 }),
        }),
        ({ steps, ...settings }) => expectReadable(new SharedDeflate(settings), steps),
      ),
      { numRuns: 300 },
    );
  });

  it('are read as they come by who joins at each place in turn, at the edge of each window', () => {
    for (let place = 0; place < 24; place++) {
      const shared = new SharedDeflate({ level: 9, window: 4 * 65 });
      const readers = [new Reader(), new Reader(), new Reader()];
      for (let n = 0; n < 24; n++) {
        if (n === place) readers.push(new Reader());
        const handOut = shared.next(Buffer.from(`data: ${'abcdefghij'.repeat(5)}${String(n).padStart(7, '0')}\n\n`));
        for (const reader of readers) reader.take(handOut);
      }
      for (const reader of readers) reader.end();
    }
  });
});

function take(shared: SharedDeflate, stream: GzipStream, bytes: Uint8Array): HandOut {
  return takeAll(shared, [stream], bytes);
}

function takeAll(shared: SharedDeflate, streams: readonly GzipStream[], bytes: Uint8Array): HandOut {
  const handOut = shared.next(bytes);
  for (const stream of streams) stream.take(handOut);
  return handOut;
}

/** A client that reads a stream as it comes, and knows what it should have read. */
class Reader {
  readonly #stream = new GzipStream();
  readonly #gunzip = new Gunzip();
  readonly #received: Uint8Array[] = [];
  readonly #plain: Uint8Array[] = [];

  take(handOut: HandOut): void {
    this.#receive(this.#stream.take(handOut), handOut.bytes);
  }

  alone(bytes: Uint8Array): void {
    this.#receive(this.#stream.alone(bytes), bytes);
  }

  part(bytes: Uint8Array): void {
    this.#receive(this.#stream.part(storedPart(bytes)), bytes);
    this.#receive(this.#stream.part(deflatedPart(bytes, 9)), bytes);
  }

  #receive(encoded: Uint8Array, plain: Uint8Array): void {
    this.#received.push(encoded);
    this.#plain.push(plain);
    expect(this.#gunzip.take(encoded).equals(plain)).toBe(true);
  }

  /** Reads the whole again, with its CRC and its size. */
  end(): void {
    this.#received.push(this.#stream.end());
    expect(gunzipSync(Buffer.concat(this.#received)).equals(Buffer.concat(this.#plain))).toBe(true);
  }
}

type Step =
  | { readonly kind: 'publish'; readonly text: string; readonly skipped: number }
  | { readonly kind: 'join'; readonly opening: string }
  | { readonly kind: 'alone'; readonly client: number }
  | { readonly kind: 'part'; readonly client: number; readonly text: string }
  | { readonly kind: 'end'; readonly client: number };

const aText = fc.oneof(
  fc.integer({ min: 0, max: 99 }).map((n) => event(n).toString()),
  fc.string({ maxLength: 40 }),
  fc.integer({ min: 1, max: 3 }).map((n) =>
    event(n)
      .toString()
      .repeat(n * 300),
  ),
);
const aClient = fc.nat({ max: 9 });
const aStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('publish' as const), text: aText, skipped: fc.nat({ max: 30 }) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('join' as const), opening: fc.string({ maxLength: 20 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('alone' as const), client: aClient }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('part' as const), client: aClient, text: aText }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('end' as const), client: aClient }) },
);

function expectReadable(shared: SharedDeflate, steps: readonly Step[]): void {
  let readers: Reader[] = [];
  for (const step of steps) {
    if (step.kind === 'publish') {
      const bytes = Buffer.from(step.text);
      if (bytes.byteLength === 0) continue;
      const handOut = shared.next(bytes);
      // One of them may lag, and get nothing from the group.
      readers.forEach((reader, n) => {
        if (n !== step.skipped) reader.take(handOut);
      });
    } else if (step.kind === 'join') {
      const reader = new Reader();
      if (step.opening !== '') reader.alone(Buffer.from(step.opening));
      readers.push(reader);
    } else if (step.kind === 'alone') readers[step.client]?.alone(Buffer.from(':\n'));
    else if (step.kind === 'part') readers[step.client]?.part(Buffer.from(step.text));
    else {
      readers[step.client]?.end();
      readers = readers.filter((_reader, n) => n !== step.client);
    }
  }
  for (const reader of readers) reader.end();
}
