import { isAllowedOrigin } from '../../src/web-socket/origin';

const request = { user: 'x' };
const unknown = { fetchSite: undefined, server: () => undefined, forwardedHost: undefined };
const allowed = (origin: string | undefined, server?: string, forwardedHost?: string) =>
  isAllowedOrigin({ ...unknown, origin, server: () => server, forwardedHost }, request, undefined);

describe('isAllowedOrigin', () => {
  it.each([
    [true, 'a client without an origin', undefined, 'http://a.example', undefined],
    [true, 'the same host', 'http://a.example', 'http://a.example', undefined],
    [true, 'the same host and port', 'http://127.0.0.1:3000', 'http://127.0.0.1:3000', undefined],
    [true, 'the same host in other letter case', 'https://A.example', 'https://a.EXAMPLE', undefined],
    [true, 'the default port of https', 'https://a.example', 'https://a.example:443', undefined],
    [true, 'the default port of http', 'http://a.example', 'http://a.example:80', undefined],
    [false, 'the default port of another scheme', 'http://a.example', 'http://a.example:443', undefined],
    [false, 'another port', 'http://a.example:3001', 'http://a.example:3000', undefined],
    [false, 'another host', 'https://evil.example', 'https://a.example', undefined],
    [false, 'a host with the same beginning', 'https://a.example.evil.example', 'https://a.example', undefined],
    [false, 'a subdomain', 'https://b.a.example', 'https://a.example', undefined],
    [false, 'a user in the origin', 'https://a.example@evil.example', 'https://a.example', undefined],
    [false, 'an opaque origin', 'null', 'http://a.example', undefined],
    [false, 'nonsense', 'a.example', 'http://a.example', undefined],
    [false, 'an empty origin', '', 'http://a.example', undefined],
    [false, 'a request without a host', 'https://a.example', undefined, undefined],
    [true, 'the host that a proxy was asked for', 'https://a.example', 'https://backend:8080', 'a.example'],
    [true, 'the first of several forwarded hosts', 'https://a.example', 'https://backend:8080', 'a.example, inner'],
    [false, 'a later forwarded host', 'https://inner', 'https://backend:8080', 'a.example, inner'],
    [false, 'a host that no proxy was asked for', 'https://evil.example', 'https://backend:8080', 'a.example'],
    [false, 'a page by http of a server by https', 'http://a.example', 'https://a.example', undefined],
    [false, 'a page by http, also behind a proxy', 'http://a.example', 'https://backend', 'a.example'],
    [true, 'a page by https where TLS may end at a proxy', 'https://a.example', 'http://a.example', undefined],
    [false, 'an origin of another kind', 'file://a.example', 'http://a.example', undefined],
    [true, 'an IPv6 address', 'http://[::1]:3000', 'http://[::1]:3000', undefined],
  ])('returns %s by default for %s', (expected, _what, origin, host, forwardedHost) => {
    expect(allowed(origin, host, forwardedHost)).toBe(expected);
  });

  it('allows only the origins of a list, and clients without an origin', () => {
    const isAllowed = (origin: string | undefined) =>
      isAllowedOrigin({ ...unknown, origin, server: () => 'https://a.example' }, request, ['https://b.example']);
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
    expect(isAllowedOrigin({ ...unknown, origin: 'null' }, request, origins)).toBe(true);
    expect(isAllowedOrigin({ ...unknown, origin: 'http://a' }, request, origins)).toBe(false);
    expect(asked).toEqual([
      ['null', request],
      ['http://a', request],
    ]);
  });

  it.each([
    [true, 'same-origin', 'https://a.example'],
    [true, 'same-origin', 'https://behind-a-proxy.example'],
    [true, 'none', 'https://a.example'],
    [true, 'same-origin', undefined],
    [true, 'none', undefined],
    [false, 'cross-site', 'https://a.example'],
    [false, 'same-site', 'https://a.example'],
    [false, 'new-word', 'https://a.example'],
    [false, 'cross-site', undefined],
    [false, 'same-site', undefined],
  ])('returns %s by default for Sec-Fetch-Site: %s and the origin %s', (expected, fetchSite, origin) => {
    const from = { ...unknown, origin, fetchSite, server: () => 'https://a.example' };
    expect(isAllowedOrigin(from, request, undefined)).toBe(expected);
  });

  it('lets the app allow pages of other sites, but not without their origin', () => {
    const from = { ...unknown, fetchSite: 'cross-site', server: () => 'https://a.example' };
    for (const origins of [['https://b.example'], () => true]) {
      expect(isAllowedOrigin({ ...from, origin: 'https://b.example' }, request, origins)).toBe(true);
      expect(isAllowedOrigin({ ...from, origin: undefined }, request, origins)).toBe(false);
    }
  });

  it('refuses an origin that is no URL if the function throws for it, and throws for any other', () => {
    const origins = (origin: string) => {
      if (new URL(origin).hostname === 'a.example') throw new Error('of the app');
      return true;
    };
    const ask = (origin: string) => isAllowedOrigin({ ...unknown, origin }, request, origins);
    expect(['null', '', 'b.example', 'https://b.example'].map(ask)).toEqual([false, false, false, true]);
    expect(() => ask('https://a.example')).toThrow('of the app');
  });

  it('throws a TypeError if the function returns a promise, which would allow every page', () => {
    const ask = () => isAllowedOrigin({ ...unknown, origin: 'https://a' }, request, (async () => false) as never);
    expect(ask).toThrow(new TypeError('origins: expected true or false, got an object (Promise)'));
  });
});
