import { shortKey } from '../../src/clients/short-key';

describe('shortKey', () => {
  it.each(['', '198.51.100.7', '2001:db8:0:1::/64', 'x'.repeat(64)])('keeps %j as it is', (key) => {
    expect(shortKey(key)).toBe(key);
  });

  it('makes a hash of a long key, which still tells clients apart', () => {
    const token = 'x'.repeat(8000);
    expect(shortKey(token)).toMatch(/^[\w-]{43}$/);
    expect(shortKey(token)).toBe(shortKey('x'.repeat(8000)));
    expect(shortKey(`${token}1`)).not.toBe(shortKey(`${token}2`));
  });
});
