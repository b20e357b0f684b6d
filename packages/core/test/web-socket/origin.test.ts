import { isAllowedOrigin } from '../../src/web-socket/origin';

const request = { user: 'x' };
const allowed = (origin: string | undefined, host?: string, forwardedHost?: string) =>
  isAllowedOrigin({ origin, host, forwardedHost }, request, undefined);

describe('isAllowedOrigin', () => {
  it.each([
    ['no browser', undefined, 'a.example', undefined, true],
    ['the same host', 'http://a.example', 'a.example', undefined, true],
    ['the same host and port', 'http://127.0.0.1:3000', '127.0.0.1:3000', undefined, true],
    ['the same host in other letters', 'https://A.example', 'a.EXAMPLE', undefined, true],
    ['a scheme’s own port', 'https://a.example', 'a.example:443', undefined, true],
    ['a scheme’s own port', 'http://a.example', 'a.example:80', undefined, true],
    ['another scheme’s port', 'http://a.example', 'a.example:443', undefined, false],
    ['another port', 'http://a.example:3001', 'a.example:3000', undefined, false],
    ['another host', 'https://evil.example', 'a.example', undefined, false],
    ['a host that begins the same', 'https://a.example.evil.example', 'a.example', undefined, false],
    ['a host below', 'https://b.a.example', 'a.example', undefined, false],
    ['a user in the origin', 'https://a.example@evil.example', 'a.example', undefined, false],
    ['an opaque origin', 'null', 'a.example', undefined, false],
    ['nonsense', 'a.example', 'a.example', undefined, false],
    ['an empty origin', '', 'a.example', undefined, false],
    ['no host', 'https://a.example', undefined, undefined, false],
    ['the host that a proxy was asked for', 'https://a.example', 'backend:8080', 'a.example', true],
    ['the first of several proxies', 'https://a.example', 'backend:8080', 'a.example, inner', true],
    ['not a later one', 'https://inner', 'backend:8080', 'a.example, inner', false],
    ['not another', 'https://evil.example', 'backend:8080', 'a.example', false],
    ['IPv6', 'http://[::1]:3000', '[::1]:3000', undefined, true],
  ])('by default: %s', (_what, origin, host, forwardedHost, expected) => {
    expect(allowed(origin, host, forwardedHost)).toBe(expected);
  });

  it('takes a list for all there is', () => {
    const given = (origin: string | undefined) =>
      isAllowedOrigin({ origin, host: 'a.example', forwardedHost: undefined }, request, ['https://b.example']);
    expect(['https://b.example', 'https://a.example', 'https://b.example.evil', undefined].map(given)).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });

  it('asks a function, with the request', () => {
    const asked: unknown[] = [];
    const origins = (origin: string, from: unknown) => {
      asked.push([origin, from]);
      return origin === 'null';
    };
    const whereabouts = { host: 'a', forwardedHost: undefined };
    expect(isAllowedOrigin({ origin: 'null', ...whereabouts }, request, origins)).toBe(true);
    expect(isAllowedOrigin({ origin: 'http://a', ...whereabouts }, request, origins)).toBe(false);
    expect(asked).toEqual([
      ['null', request],
      ['http://a', request],
    ]);
  });
});
