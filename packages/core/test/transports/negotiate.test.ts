import { withNonce } from '../../src/transports/content-security-policy';
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
    ["script-src 'self'; img-src *", "img-src *; script-src 'self' 'nonce-n'"],
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
