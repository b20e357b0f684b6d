import { chunkOf } from '../../src/response/chunked-encoding';

describe('a chunk', () => {
  it('has its length in front of it, and is the same for the same bytes', () => {
    const [one, other] = [Buffer.from('x'.repeat(18)), Buffer.from('x'.repeat(18))];
    const chunk = chunkOf(one);
    expect(Buffer.from(chunk).toString()).toBe(`12\r\n${'x'.repeat(18)}\r\n`);
    // Newcomers are at different parts of one snapshot.
    expect(chunkOf(other)).not.toBe(chunk);
    expect(chunkOf(one)).toBe(chunk);
  });
});
