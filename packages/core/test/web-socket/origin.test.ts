import { isAllowedOrigin } from '../../src/web-socket/origin';

const request = { user: 'x' };
const allowed = (origin: string | undefined, host?: string, forwardedHost?: string) =>
  isAllowedOrigin({ origin, host, forwardedHost }, request, undefined);

describe('isAllowedOrigin', () => {
  it.each([
    [true, 'a client without an origin', undefined, 'a.example', undefined],
    [true, 'the same host', 'http://a.example', 'a.example', undefined],
    [true, 'the same host and port', 'http://127.0.0.1:3000', '127.0.0.1:3000', undefined],
    [true, 'the same host in other letter case', 'https://A.example', 'a.EXAMPLE', undefined],
    [true, 'the default port of https', 'https://a.example', 'a.example:443', undefined],
    [true, 'the default port of http', 'http://a.example', 'a.example:80', undefined],
    [false, 'the default port of another scheme', 'http://a.example', 'a.example:443', undefined],
    [false, 'another port', 'http://a.example:3001', 'a.example:3000', undefined],
    [false, 'another host', 'https://evil.example', 'a.example', undefined],
    [false, 'a host with the same beginning', 'https://a.example.evil.example', 'a.example', undefined],
    [false, 'a subdomain', 'https://b.a.example', 'a.example', undefined],
    [false, 'a user in the origin', 'https://a.example@evil.example', 'a.example', undefined],
    [false, 'an opaque origin', 'null', 'a.example', undefined],
    [false, 'nonsense', 'a.example', 'a.example', undefined],
    [false, 'an empty origin', '', 'a.example', undefined],
    [false, 'a request without a host', 'https://a.example', undefined, undefined],
    [true, 'the host that a proxy was asked for', 'https://a.example', 'backend:8080', 'a.example'],
    [true, 'the first of several forwarded hosts', 'https://a.example', 'backend:8080', 'a.example, inner'],
    [false, 'a later forwarded host', 'https://inner', 'backend:8080', 'a.example, inner'],
    [false, 'a host that no proxy was asked for', 'https://evil.example', 'backend:8080', 'a.example'],
    [true, 'an IPv6 address', 'http://[::1]:3000', '[::1]:3000', undefined],
  ])('returns %s by default for %s', (expected, _what, origin, host, forwardedHost) => {
    expect(allowed(origin, host, forwardedHost)).toBe(expected);
  });

  it('allows only the origins of a list, and clients without an origin', () => {
    const isAllowed = (origin: string | undefined) =>
      isAllowedOrigin({ origin, host: 'a.example', forwardedHost: undefined }, request, ['https://b.example']);
    expect(['https://b.example', 'https://a.example', 'https://b.example.evil', undefined].map(isAllowed)).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });

  it('calls a function with the origin and the request', () => {
    const asked: unknown[] = [];
    const origins = (origin: string, from: unknown) => {
      asked.push([origin, from]);
      return origin === 'null';
    };
    const hosts = { host: 'a', forwardedHost: undefined };
    expect(isAllowedOrigin({ origin: 'null', ...hosts }, request, origins)).toBe(true);
    expect(isAllowedOrigin({ origin: 'http://a', ...hosts }, request, origins)).toBe(false);
    expect(asked).toEqual([
      ['null', request],
      ['http://a', request],
    ]);
  });
});
