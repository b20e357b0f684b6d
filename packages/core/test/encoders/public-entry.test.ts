import {
  encodeCometCall,
  encodeCometDocument,
  encodeFrame,
  encodeLine,
  encodePoll,
  type FrameFields,
  type HttpTransport,
  headersOf,
  type PollFields,
} from '../../src/encoders';
import { cometEncoders } from '../../src/encoders/comet';
import { createMessage } from '../../src/log/message';

describe('encodeFrame and encodeLine', () => {
  it.each([
    [{ data: 'a\r\nb' }, '{"data":"a\\r\\nb"}'],
    [{ data: { n: [1, null] }, event: 'tick' }, '{"event":"tick","data":{"n":[1,null]}}'],
    [{ data: null, id: 'e.1' }, '{"id":"e.1","data":null}'],
    [{ data: Buffer.from('hi'), id: '7', event: 'e' }, '{"id":"7","event":"e","data":"aGk=","encoding":"base64"}'],
    [{ data: Uint8Array.of(1).buffer }, '{"data":"AQ==","encoding":"base64"}'],
    [{ data: 1, event: undefined, id: undefined }, '{"data":1}'],
  ])('write %j as %j', (fields, text) => {
    expect(encodeFrame(fields)).toBe(text);
    expect(encodeLine(fields)).toBe(`${text}\n`);
  });

  it('escape the line ends of other readers in lines only', () => {
    expect(encodeFrame({ data: 'a\u2028' })).toBe('{"data":"a\u2028"}');
    expect(encodeLine({ data: 'a\u2028\u2029\u0085' })).toBe('{"data":"a\\u2028\\u2029\\u0085"}\n');
  });

  it.each([
    [undefined, /^frame: expected an object with data, got undefined/],
    ['x', /^frame: expected an object with data/],
    [{ event: 'e' }, /^frame: expected an object with data/],
    [{ data: 1n }, /^data: expected a string, bytes, or a value that JSON can hold/],
    [{ data: undefined }, /^data: expected/],
    [{ data: 1, event: 'a\n' }, /^event: expected a string without CR, LF or NUL/],
    [{ data: 1, id: 7 }, /^id: expected a string without CR, LF or NUL, got the number 7/],
  ])('refuse %p with a TypeError', (fields, words) => {
    for (const encode of [encodeFrame, encodeLine]) {
      expect(() => encode(fields as FrameFields)).toThrow(TypeError);
      expect(() => encode(fields as FrameFields)).toThrow(words);
    }
  });
});

describe('encodePoll', () => {
  const gap = { reason: 'evicted' as const, missed: 2, cursor: 'e.3' };

  it.each<[PollFields, string]>([
    [{ cursor: 'e.1' }, '{"cursor":"e.1","messages":[]}'],
    [
      {
        cursor: 'e.2',
        messages: [
          { id: 'e.1', data: 'x' },
          { data: { n: 1 }, event: 'tick' },
        ],
      },
      '{"cursor":"e.2","messages":[{"id":"e.1","data":"x"},{"event":"tick","data":{"n":1}}]}',
    ],
    [
      { interval: 500, ended: true, gap, from: 'e.0', messages: [], cursor: 'e.3' },
      '{"cursor":"e.3","messages":[],"from":"e.0",' +
        '"gap":{"reason":"evicted","missed":2,"cursor":"e.3"},"ended":true,"interval":500}',
    ],
    [{ cursor: '"', ended: false }, '{"cursor":"\\"","messages":[]}'],
  ])('writes %j as %j', (fields, text) => {
    expect(encodePoll(fields)).toBe(text);
  });

  it.each([
    [{}, /^poll option cursor: expected a string, got undefined/],
    [undefined, /^poll option cursor: expected a string, got undefined/],
    [{ cursor: 1 }, /^poll option cursor: expected a string, got the number 1/],
    [{ cursor: 'a', messages: 'x' }, /^poll option messages: expected an array of messages/],
    [{ cursor: 'a', messages: ['x'] }, /^frame: expected an object with data, got the string "x"/],
    [{ cursor: 'a', interval: -1 }, /^poll option interval: expected an integer from 0 up/],
    [{ cursor: 'a', ended: 1 }, /^poll option ended: expected true or false/],
    [{ cursor: 'a', end: true }, /^poll options: unknown option "end"/],
  ])('refuses %j with a TypeError', (fields, words) => {
    expect(() => encodePoll(fields as PollFields)).toThrow(TypeError);
    expect(() => encodePoll(fields as PollFields)).toThrow(words);
  });
});

describe('a comet document by hand', () => {
  const target = { callback: 'app.onNews', parameter: 'place' };
  const encoder = cometEncoders({ name: 'test' })(target);

  it('begins like one of a channel, and has its calls', () => {
    const opening = encoder.open({ cursor: 'e.1', heartbeat: 1000, retry: 500, padding: 0 });
    const open = { id: 'e.1', event: 'pushwire:open', data: { cursor: 'e.1', heartbeat: 1000, retry: 500 } };
    expect(encodeCometDocument(target) + encodeCometCall(open, { id: 'e.1' })).toBe(opening);
    expect(encodeCometCall({ id: 'e.2', data: '</script>' }, { id: 'e.2' })).toBe(
      encoder.message(createMessage('</script>'), 'e.2'),
    );
  });

  it('has at least 1024 bytes of document before the first call', () => {
    const head = encodeCometDocument();
    expect(head).toMatch(
      /^<!doctype html><meta charset="utf-8"><title>Pushwire<\/title><script>.*<\/script>\n<!-- +-->\n$/,
    );
    expect(head).toContain('parent.pushwire(v)');
    expect(Buffer.byteLength(head)).toBeGreaterThanOrEqual(1024);
    expect(encodeCometDocument({ padding: 5000 }).length).toBeGreaterThanOrEqual(5000);
    expect(encodeCometDocument({ nonce: 'abc+/=', origin: 'https://a.example' })).toMatch(
      /<script nonce="abc\+\/=">.*parent\.postMessage\(v,"https:\/\/a\.example"\)/,
    );
  });

  it.each<[unknown, object | undefined, string]>([
    ['x', undefined, '<script>_("x")</script>\n'],
    [{ a: '</script><!--\u2028' }, {}, '<script>_({"a":"\\u003c/script\\u003e\\u003c!--\\u2028"})</script>\n'],
    [JSON.parse('{"__proto__":1}'), {}, '<script>_(JSON.parse("{\\"__proto__\\":1}"))</script>\n'],
    [null, { id: 'a<' }, '<script>_(null,"a\\u003c")</script>\n'],
    [undefined, { id: '7', reload: 0 }, '<script>_(void 0,"7",0)</script>\n'],
    [1, { reload: 500, nonce: 'ab==' }, '<script nonce="ab==">_(1,0,500)</script>\n'],
  ])('calls with %j and %j as %j', (value, call, text) => {
    expect(encodeCometCall(value, call)).toBe(text);
  });

  it.each([
    [{ callback: 'alert(1)' }, /^comet document option callback: expected a name, or names joined by dots/],
    [{ origin: 'a.example' }, /^comet document option origin: expected an origin such as/],
    [{ parameter: 'a b' }, /^comet document option parameter/],
    [{ nonce: '"><script>' }, /^comet document option nonce: expected a base64 text/],
    [{ padding: -1 }, /^comet document option padding/],
    [{ map: 1 }, /^comet document options: unknown option "map"/],
  ])('refuses the document %j with a TypeError', (document, words) => {
    expect(() => encodeCometDocument(document as object)).toThrow(TypeError);
    expect(() => encodeCometDocument(document as object)).toThrow(words);
  });

  it.each([
    [1n, {}, /^data: expected/],
    [Buffer.from('x'), {}, /^value: expected a value that JSON can hold/],
    [1, { id: 'a\n' }, /^id: expected/],
    [1, { reload: 0.5 }, /^comet call option reload/],
    [1, { nonce: "'" }, /^comet call option nonce/],
  ])('refuses the call of %p with %j', (value, call, words) => {
    expect(() => encodeCometCall(value, call)).toThrow(TypeError);
    expect(() => encodeCometCall(value, call)).toThrow(words);
  });
});

describe('headersOf', () => {
  const stream = {
    'Cache-Control': 'no-cache, no-store, no-transform',
    'Content-Encoding': 'identity',
    'X-Accel-Buffering': 'no',
    'X-Content-Type-Options': 'nosniff',
  };
  const json = { 'Content-Type': 'application/json; charset=utf-8', 'X-Content-Type-Options': 'nosniff' };

  it.each<[HttpTransport, string | undefined, object]>([
    ['sse', undefined, { 'Content-Type': 'text/event-stream; charset=utf-8', ...stream }],
    ['ndjson', undefined, { 'Content-Type': 'application/x-ndjson; charset=utf-8', ...stream }],
    ['comet', undefined, { 'Content-Type': 'text/html; charset=utf-8', ...stream }],
    ['long-poll', undefined, { ...json, 'Cache-Control': 'private, no-store' }],
    ['poll', undefined, { ...json, 'Cache-Control': 'private, no-store' }],
    ['poll', 'e.1', { ...json, 'Cache-Control': 'private, no-cache', ETag: '"e.1"' }],
  ])('gives those of %s with the cursor %j', (transport, cursor, headers) => {
    expect(headersOf(transport, cursor)).toEqual(headers);
  });

  it('gives an object of its own each time', () => {
    headersOf('sse')['Content-Type'] = 'changed';
    expect(headersOf('sse')['Content-Type']).toBe('text/event-stream; charset=utf-8');
  });

  it.each([
    ['websocket', undefined, /^transport: expected .*, got the string "websocket"/],
    ['toString', undefined, /^transport: expected/],
    ['poll', 'a"b', /^cursor: expected a text for an ETag/],
    ['poll', 'a\r\nX: 1', /^cursor: expected/],
  ])('refuses %j with the cursor %j', (transport, cursor, words) => {
    expect(() => headersOf(transport as HttpTransport, cursor)).toThrow(TypeError);
    expect(() => headersOf(transport as HttpTransport, cursor)).toThrow(words);
  });
});
