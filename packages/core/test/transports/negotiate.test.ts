import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { FakeClock } from '../../src/testing';
import { allowOwnScripts, SharedNonce, withNonce } from '../../src/transports/content-security-policy';
import { negotiate } from '../../src/transports/negotiate';

describe('negotiate', () => {
  it.each([
    [undefined, 'sse'],
    ['', undefined],
    ['*/*', 'sse'],
    ['text/event-stream', 'sse'],
    ['TEXT/Event-Stream', 'sse'],
    ['application/json', 'long-poll'],
    ['application/x-ndjson', 'ndjson'],
    ['text/html', 'comet'],
    ['text/*', 'sse'],
    ['application/*', 'ndjson'],
    ['application/json, text/plain, */*', 'long-poll'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'comet'],
    ['text/event-stream;q=0.5, application/json;q=0.9', 'long-poll'],
    ['text/event-stream;q=0, */*', 'ndjson'],
    ['text/event-stream;q=0', undefined],
    ['text/event-stream;q=2', undefined],
    ['text/event-stream;q=0.1234', undefined],
    ['image/*', undefined],
    ['*/json', undefined],
  ])('maps %s to %s', (accept, transport) => {
    expect(negotiate(accept)).toBe(transport);
  });

  it('ignores the end of a very long header', () => {
    expect(negotiate(`${'a/b,'.repeat(100_000)}text/html`)).toBeUndefined();
  });
});

describe('withNonce', () => {
  it.each([
    ["script-src 'self'; img-src *", "script-src 'self' 'nonce-n'; img-src *"],
    ["script-src 'self'; script-src *", "script-src 'self' 'nonce-n'; script-src *"],
    ["default-src 'self'; default-src *", "default-src 'self'; default-src *; script-src 'self' 'nonce-n'"],
    ["default-src 'self'", "default-src 'self'; script-src 'self' 'nonce-n'"],
    ["default-src 'none'", "default-src 'none'; script-src 'nonce-n'"],
    ["script-src 'self'; script-src-elem 'none'", "script-src 'self'; script-src-elem 'nonce-n'"],
    ["SCRIPT-SRC 'none';", "script-src 'nonce-n'"],
    ['img-src *', 'img-src *'],
    ['script-src a, script-src b', "script-src a 'nonce-n', script-src b 'nonce-n'"],
  ])('adds a nonce to %s', (policy, expected) => {
    expect(withNonce(policy, 'n')).toBe(expected);
  });
});

describe('allowOwnScripts', () => {
  const responseWith = (headers: Record<string, string>) => {
    const response = new ServerResponse(new IncomingMessage(new Socket()));
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    return response;
  };

  it('adds one nonce to the policy that is enforced and to the one that only reports', () => {
    const response = responseWith({
      'Content-Security-Policy': "default-src 'self'",
      'Content-Security-Policy-Report-Only': "script-src 'none'",
    });
    const nonce = allowOwnScripts(response, new SharedNonce(new FakeClock()));
    expect(nonce).toHaveLength(24);
    expect(response.getHeader('Content-Security-Policy')).toEqual([
      `default-src 'self'; script-src 'self' 'nonce-${nonce}'`,
    ]);
    expect(response.getHeader('Content-Security-Policy-Report-Only')).toEqual([`script-src 'nonce-${nonce}'`]);
  });

  it('needs no nonce where there is no policy', () => {
    expect(allowOwnScripts(responseWith({}), new SharedNonce(new FakeClock()))).toBeUndefined();
  });

  it('shares a nonce among the responses of a minute', () => {
    const clock = new FakeClock();
    const nonces = new SharedNonce(clock);
    const first = nonces.value;
    clock.advance(59_000);
    expect(nonces.value).toBe(first);
    clock.advance(1000);
    expect(nonces.value).not.toBe(first);
  });
});
