import fc from 'fast-check';
import { encodeFrame, FrameReader } from '../../src/protocol/frames';

const values = fc.array(
  fc.oneof(
    fc.string(),
    fc.constant(undefined),
    fc.constant(Number.POSITIVE_INFINITY),
    fc.uint8Array({ maxLength: 300 }),
    fc.record({ a: fc.string({ unit: 'binary' }), b: fc.constant(undefined), c: fc.array(fc.double()) }),
  ),
  { maxLength: 8 },
);

/** Cuts bytes into pieces of these lengths, again and again. */
function cut(bytes: Buffer, lengths: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const length = lengths[n % lengths.length] as number;
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return pieces;
}

describe('frames', () => {
  it('carry any values, however their bytes are cut', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 });
    const carried = fc.property(values, lengths, (sent, sizes) => {
      const reader = new FrameReader();
      const pieces = cut(Buffer.concat(sent.map(encodeFrame)), sizes);
      const got = pieces.flatMap((piece) => reader.read(piece));
      // Other classes of this context are equal in what they hold.
      expect(JSON.stringify(got, shown)).toBe(JSON.stringify(sent, shown));
    });
    fc.assert(carried);
  });

  it('are made once for a value that several get', () => {
    const frame = encodeFrame({ a: 1 });
    expect(new FrameReader().read(Buffer.concat([frame, frame]))).toEqual([{ a: 1 }, { a: 1 }]);
  });

  it('of no sensible length are refused', () => {
    const reader = new FrameReader();
    expect(() => reader.read(Buffer.from('GET / HTTP/1.1\r\n\r\n'))).toThrow('is not one of Pushwire');
  });
});

function shown(_key: string, value: unknown): unknown {
  if (value === undefined) return 'undefined';
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : `${value}`;
  return ArrayBuffer.isView(value)
    ? `bytes ${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}`
    : value;
}
