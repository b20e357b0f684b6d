import { NumberReader, numbered } from '../kit/numbered';

const gap = (missed: number) => `event: pushwire:gap\ndata: {"reason":"evicted","missed":${missed},"cursor":"e.9"}\n\n`;
const stream = (...parts: (number | string)[]) =>
  Buffer.from(parts.map((part) => (typeof part === 'string' ? part : `data: ${numbered(part, 600)}\n\n`)).join(''));

function read(bytes: Buffer, pieces: number): NumberReader {
  const reader = new NumberReader(0);
  for (let at = 0; at < bytes.length; at += pieces) reader.take(bytes.subarray(at, at + pieces));
  return reader;
}

describe('the reader of numbers', () => {
  it.each([1, 7, 100, 601, 5000])('reads numbers and gaps from pieces of %i bytes', (pieces) => {
    const { last, gaps, missed, read: count } = read(stream(1, 2, gap(3), 6, '<7\n', 7), pieces);
    expect({ last, gaps, missed, count }).toEqual({ last: 7, gaps: 1, missed: 3, count: 4 });
  });

  it.each([
    ['a hole', [1, 3], '3 came after 1 and a gap of 0'],
    ['a duplicate', [1, 1], '1 came after 1 and a gap of 0'],
    ['a swap', [2, 1], '2 came after 0 and a gap of 0'],
    ['a gap that says too few', [1, gap(1), 4], '4 came after 1 and a gap of 1'],
    ['a gap that says too many', [1, gap(3), 4], '4 came after 1 and a gap of 3'],
    ['a gap where nothing is missing', [1, gap(1), 2], '2 came after 1 and a gap of 1'],
  ])('objects to %s', (_name, parts, message) => {
    for (const pieces of [1, 50, 5000]) expect(() => read(stream(...parts), pieces)).toThrow(message);
  });
});
