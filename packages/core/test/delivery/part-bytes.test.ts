import { PartBytes } from '../../src/delivery/part-bytes';
import type { Message } from '../../src/log/message';
import { FakeClock } from '../../src/testing';

const setUp = () => {
  const clock = new FakeClock();
  const cache = new PartBytes(clock);
  const encode = jest.fn((size: number) => 'x'.repeat(size));
  const get = (part: readonly Message[], format = 'sse', size = 10) =>
    cache.getOrEncode(part, format, () => encode(size));
  return { clock, cache, encode, get };
};
const mega = 1024 * 1024;

describe('the bytes of parts', () => {
  it('are made once for each list of messages and each format', () => {
    const { encode, get } = setUp();
    const [one, other]: [Message[], Message[]] = [[], []];
    expect(get(one)).toBe(get(one));
    expect([get(one, 'ndjson') === get(one), get(other) === get(one)]).toEqual([false, false]);
    expect(encode).toHaveBeenCalledTimes(3);
  });

  it('are kept for 10 s after their last use', () => {
    const { clock, cache, encode, get } = setUp();
    const [one, other]: [Message[], Message[]] = [[], []];
    get(one);
    get(other);
    clock.advance(9000);
    get(other);
    clock.advance(1000);
    expect(cache.bytes).toBe(10);
    get(other);
    expect(encode).toHaveBeenCalledTimes(2);
    clock.advance(20_000);
    expect(cache.bytes).toBe(0);
    get(one);
    clock.advance(20_000);
    expect(cache.bytes).toBe(0);
  });

  it('are 32 MiB at most', () => {
    const { cache, encode, get } = setUp();
    const parts = Array.from({ length: 40 }, (): Message[] => []);
    for (const part of parts) get(part, 'sse', mega);
    expect(cache.bytes).toBe(32 * mega);
    get(parts.at(-32) as Message[]);
    expect(encode).toHaveBeenCalledTimes(40);
    get(parts[0] as Message[]);
    expect(encode).toHaveBeenCalledTimes(41);
  });
});
