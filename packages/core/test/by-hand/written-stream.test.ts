import { streamTransports } from '../../src/by-hand/open-stream-options';
import { StreamOpener } from '../../src/by-hand/stream-opener';
import { WrittenStream } from '../../src/by-hand/written-stream';
import { StreamWriter } from '../../src/delivery/stream-writer';
import { ndjsonEncoder } from '../../src/encoders/ndjson';
import { sseEncoder } from '../../src/encoders/sse';
import { LazySignal } from '../../src/http/lazy-signal';
import { engineFor } from '../../src/hub/engine-for';
import { createHub } from '../../src/hub/hub';
import { message } from '../../src/log/outgoing-message';
import { FakeClock, FakeSink } from '../../src/testing';
import { settings } from '../kit/client';

const anything = (value: unknown) => value as never;

function setUp(encoder = sseEncoder) {
  const clock = new FakeClock();
  const hub = createHub({ clock, limits: { messageBytes: 1000 } });
  const sink = new FakeSink();
  const stream = new WrittenStream(encoder.transport, undefined, new LazySignal(), 10_000);
  const writer = new StreamWriter(engineFor([], hub), encoder, sink, settings, stream);
  writer.start();
  stream.opened(writer);
  sink.writes.length = 0;
  return { clock, sink, stream, writer };
}

const misuses: [string, (stream: WrittenStream) => unknown, RegExp][] = [
  ['an id with a line break', (s) => s.send('x', { id: 'a\nb' }), /^id: expected a string without CR, LF or NUL/],
  ['an id with NUL', (s) => s.send('x', { id: 'a\0' }), /^id: expected a string without CR, LF or NUL/],
  ['an id that is no string', (s) => s.send('x', { id: anything(7) }), /^id: expected a string/],
  ['an id that a header changes', (s) => s.send('x', { id: ' a' }), /^id: expected .* spaces at its ends/],
  ['the id end', (s) => s.send('x', { id: 'end' }), /^id: expected another id than the reserved end/],
  ['an id of 5000 characters', (s) => s.send('x', { id: 'x'.repeat(5000) }), /^id: expected .* at most 4096 bytes/],
  ['an event with CR', (s) => s.send('x', { event: 'a\rb' }), /^event: expected a string without CR/],
  ['an event with a reserved name', (s) => s.send('x', { event: 'pushwire:end' }), /^event: expected/],
  ['the event error', (s) => s.send('x', { event: 'error' }), /^event: expected .* does not fire itself/],
  ['an empty event', (s) => s.send('x', { event: '' }), /^event: expected a name that is not empty/],
  ['a retry that is no integer', (s) => s.send('x', { retry: 1.5 }), /^retry: expected an integer/],
  ['a negative retry', (s) => s.send('x', { retry: -1 }), /^retry: expected an integer/],
  ['a field that there is not', (s) => s.send('x', anything({ evnt: 'a' })), /unknown option "evnt"/],
  ['fields beside message()', (s) => s.send(message('x'), { id: '1' }), /^send fields: expected none beside message/],
  ['a cycle', (s) => s.send(cycle()), /^data: expected .* JSON can hold/],
  ['undefined', (s) => s.send(undefined), /^data: expected .* got undefined/],
  ['a BigInt', (s) => s.send(1n), /^data: expected/],
  ['a comment that is no string', (s) => s.comment(anything(7)), /^comment: expected a string, got the number 7/],
  ['a retry of its own that is no integer', (s) => s.retry(0.5), /^retry: expected an integer/],
  ['a retry that is no number', (s) => s.retry(anything('5')), /^retry: expected an integer/],
];

function cycle(): object {
  const value: Record<string, unknown> = {};
  value.self = value;
  return value;
}

describe('a stream by hand', () => {
  it.each(misuses)('refuses %s with a TypeError, and goes on', (_what, misuse, words) => {
    const { clock, sink, stream } = setUp();
    expect(() => misuse(stream)).toThrow(TypeError);
    expect(() => misuse(stream)).toThrow(words);
    stream.send('fine');
    clock.turn();
    expect(sink.writes).toEqual(['data: fine\n\n']);
  });

  it.each(misuses)('refuses %s also when its client has left', (_what, misuse, words) => {
    const { sink, stream } = setUp();
    sink.leave();
    expect(() => misuse(stream)).toThrow(words);
  });

  it('refuses a message that is larger than the hub allows', () => {
    const { stream } = setUp();
    expect(() => stream.send('x'.repeat(1001))).toThrow(expect.objectContaining({ code: 'message-too-large' }));
    expect(stream.reason).toBeUndefined();
  });

  it('sends strings, values, bytes, and messages of message()', () => {
    const { clock, sink, stream } = setUp(ndjsonEncoder);
    stream.send('text');
    stream.send({ a: [1, null] }, { event: 'value', id: '1' });
    stream.send(new Uint8Array([1, 2]));
    stream.send(message('m', { event: 'e', id: '2' }));
    clock.turn();
    expect(
      sink.text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { data: 'text' },
      { id: '1', event: 'value', data: { a: [1, null] } },
      { data: 'AQI=', encoding: 'base64' },
      { id: '2', event: 'e', data: 'm' },
    ]);
  });

  it('does not see what the app changes after send()', () => {
    const { clock, sink, stream } = setUp();
    const [value, bytes] = [{ n: 1 }, Buffer.from('a')];
    stream.send(value);
    stream.send(bytes);
    value.n = 2;
    bytes[0] = 0;
    clock.turn();
    expect(sink.text).toBe('data: {"n":1}\n\ndata: YQ==\n\n');
  });

  it.each<[string, (stream: WrittenStream) => unknown]>([
    ['send', (s) => s.send('x')],
    ['comment', (s) => s.comment('x')],
    ['retry', (s) => s.retry(1000)],
  ])('refuses %s() after end() with a TypeError', (method, act) => {
    const { sink, stream } = setUp();
    stream.end();
    expect(() => act(stream)).toThrow(
      new TypeError(`${method}: expected a stream that has not ended, but end() was called`),
    );
    stream.end();
    stream.flush();
    expect(sink.text.match(/pushwire:end/g)).toHaveLength(1);
  });

  it('does nothing after close(), which names another reason', async () => {
    const { sink, stream } = setUp();
    stream.close('unavailable');
    expect([stream.send('x'), stream.comment('x'), stream.retry(1)]).toEqual([false, false, false]);
    await stream.ready();
    stream.end();
    expect([stream.reason, await stream.closed]).toEqual(['unavailable', 'unavailable']);
    expect(sink.text).toMatch(/event: pushwire:retry\ndata: {"reason":"unavailable"/);
  });

  it('aborts its signal when it closes', () => {
    const { stream } = setUp();
    const { signal } = stream;
    expect(signal.aborted).toBe(false);
    stream.end();
    expect(signal.aborted).toBe(true);
  });

  it.each([
    ['was refused', () => refused('full')],
    ['has closed before anybody asked for it', () => closedStream()],
  ])('calls the listeners of its signal in the next turn if it %s', async (_why, make) => {
    const stream = make();
    const heard = jest.fn();
    expect([stream.reason !== undefined, stream.signal.aborted]).toEqual([true, false]);
    stream.signal.addEventListener('abort', heard);
    await new Promise((resolve) => setImmediate(resolve));
    expect([heard.mock.calls.length, stream.signal.aborted]).toEqual([1, true]);
  });

  it('keeps the first reason for which it was refused', async () => {
    const refused = new WrittenStream('post', '7', new LazySignal(), 100);
    refused.refused('draining');
    refused.refused('left');
    expect([refused.reason, await refused.closed, refused.transport]).toEqual(['draining', 'draining', 'websocket']);
    expect([refused.lastEventId, refused.channels]).toEqual(['7', []]);
    await refused.ready();
    refused.flush();
    refused.close();
    expect([refused.send('x'), refused.comment('x'), refused.retry(1)]).toEqual([false, false, false]);
  });

  it('passes on what the map option of comet throws', () => {
    const { stream, clock, sink } = setUp({
      ...sseEncoder,
      message: () => {
        throw new RangeError('no map');
      },
    });
    expect(() => stream.send('x')).toThrow(new RangeError('no map'));
    stream.comment('goes on');
    clock.turn();
    expect(sink.text).toBe(':goes on\n');
  });
});

function refused(reason: 'full'): WrittenStream {
  const closing = new LazySignal();
  const stream = new WrittenStream('sse', undefined, closing, 100);
  stream.refused(reason);
  closing.abort();
  return stream;
}

function closedStream(): WrittenStream {
  const { stream } = setUp();
  stream.end();
  return stream;
}

describe('the options of openStream()', () => {
  it.each([
    [{ transport: 'poll' }, /openStream option transport: expected "sse" or "ndjson" or "comet" or "websocket"/],
    [{ maxPending: 0 }, /openStream option maxPending: expected an integer from 1 up/],
    [{ maxPending: Number.POSITIVE_INFINITY }, /openStream option maxPending: expected an integer/],
    [{ from: 'oldest' }, /openStream options: unknown option "from"/],
    [{ initial: () => [] }, /openStream options: unknown option "initial"/],
    [{ batchDelay: 5 }, /openStream options: unknown option "batchDelay"/],
    [{ longPoll: {} }, /openStream options: unknown option "longPoll"/],
    [{ comet: { maxBytes: 5 } }, /openStream option comet: expected an object without maxBytes, which needs a source/],
    [
      { webSocket: { initial: () => [] } },
      /option webSocket: expected an object without initial, which needs a source/,
    ],
    [{ comet: 5 }, /openStream option comet: expected an object of options, got the number 5/],
    [{ comet: { callback: 'a b' } }, /comet option callback/],
    [{ webSocket: { onMessage: 5 } }, /webSocket option onMessage: expected a function, got the number 5/],
    [{ hub: {} }, /openStream option hub: expected a hub/],
    [null, /openStream options: expected an object, got null/],
  ])('refuse %j', (options, words) => {
    expect(() => new StreamOpener(anything(options), {})).toThrow(TypeError);
    expect(() => new StreamOpener(anything(options), {})).toThrow(words);
  });

  it('name a WebSocket only where there is a library for it', () => {
    const exchange = anything({});
    const opener = new StreamOpener({ transport: 'websocket' }, {});
    expect(() => opener.transportOf(exchange)).toThrow(/framework.WebSocketServer: expected the WebSocketServer class/);
    expect(streamTransports).toContain('websocket');
  });
});
