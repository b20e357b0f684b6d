import { createParser } from 'eventsource-parser';
import fc from 'fast-check';
import { parseEventStream, type StreamEvent } from '../../src/wire/event-stream';

const encoder = new TextEncoder();

/** Parses a stream that arrives in these pieces. */
function parse(pieces: readonly Uint8Array[], maxLength = 10_000): StreamEvent[] {
  const events: StreamEvent[] = [];
  const onBytes = parseEventStream((event) => events.push(event), maxLength);
  for (const piece of pieces) onBytes(piece);
  return events;
}

const parseText = (text: string) => parse([encoder.encode(text)]);
const message = (data: string, event = 'message', id?: string) => ({ data, event, id });

// The cases of web-platform-tests' eventsource/format-*.any.js that concern parsing. Those that
// observe the reconnection time do not.
const vectors: readonly [name: string, stream: string, events: readonly StreamEvent[]][] = [
  ['format-bom', '\uFEFFdata:1\n\n\uFEFFdata:2\n\ndata:3\n\n', [message('1'), message('3')]],
  ['format-bom-2', '\uFEFF\uFEFFdata:1\n\ndata:2\n\ndata:3\n\n', [message('2'), message('3')]],
  [
    'format-comments',
    `data:1\r:\0\n:\r\ndata:2\n:${'x'.repeat(2048)}\rdata:3\n:data:fail\r:${'x'.repeat(2048)}\ndata:4\n\n`,
    [message('1\n2\n3\n4')],
  ],
  ['format-data-before-final-empty-line', 'retry:1000\ndata:test1\n\nid:test\ndata:test2', [message('test1')]],
  ['format-field-data', 'data:\n\ndata\ndata\n\ndata:test\n\n', [message(''), message('\n'), message('test')]],
  ['format-field-event', 'event:test\ndata:x\n\ndata:x\n\n', [message('x', 'test'), message('x')]],
  ['format-field-event-empty', 'event: \ndata:data\n\n', [message('data')]],
  ['format-field-id', 'id: 1\ndata:x\n\n', [message('x', 'message', '1')]],
  [
    'format-field-id-2',
    'id: …\ndata:x\n\ndata:y\n\ndata:hello\n\nid\ndata:z\n\n',
    [
      message('x', 'message', '…'),
      message('y', 'message', '…'),
      message('hello', 'message', '…'),
      message('z', 'message', ''),
    ],
  ],
  ['format-field-id-3', 'id:1\ndata:x\n\nid\ndata:y\n\n', [message('x', 'message', '1'), message('y', 'message', '')]],
  ['format-field-id-null', 'id:\0\0\ndata:x\n\n', [message('x')]],
  [
    'format-field-parsing',
    'data:\0\ndata:  2\rData:1\ndata\0:2\ndata:1\r\0data:4\nda-ta:3\rdata_5\ndata:3\rdata:\r\n data:32\ndata:4\n\n',
    [message('\0\n 2\n1\n3\n\n4')],
  ],
  [
    'format-field-unknown',
    'data:test\n data\ndata\nfoobar:xxx\njustsometext\n:thisisacommentyay\n\n',
    [message('test\n')],
  ],
  ['format-leading-space', 'data:\ttest\rdata: \ndata:test\n\n', [message('\ttest\n\ntest')]],
  ['format-newlines', 'data:test\r\ndata\ndata:test\r\n\r', [message('test\n\ntest')]],
  ['format-null-character', 'data:\0\n\n\n\n', [message('\0')]],
  ['format-utf-8', 'data:ok…\n\n', [message('ok…')]],
];

describe('parseEventStream', () => {
  it.each(vectors)('passes the case of web-platform-tests: %s', (_, stream, events) => {
    expect(parseText(stream)).toEqual(events);
  });

  it.each(vectors)('gives the same events wherever the bytes are split: %s', (_, stream, events) => {
    const bytes = encoder.encode(stream);
    for (let at = 0; at <= bytes.length; at++) {
      expect(parse([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(events);
    }
    expect(parse([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(events);
  });

  it('agrees with eventsource-parser on any stream, wherever it is split', () => {
    const field = fc.constantFrom('data', 'event', 'id', 'retry', 'dat', '', ' data', 'data\u2028');
    const colon = fc.constantFrom(':', ': ', ':  ', '');
    const value = fc.constantFrom('', 'x', '€', '🙂', '1', ':', '\0', '\uFEFF', 'a b ');
    const lineEnd = fc.constantFrom('\n', '\r', '\r\n', '\n\n', '\r\n\r\n', '\r\r');
    const line = fc.tuple(field, colon, value, lineEnd).map((parts) => parts.join(''));
    const stream = fc.array(line, { maxLength: 20 }).map((lines) => lines.join(''));
    let seen = 0;
    fc.assert(
      fc.property(stream, fc.array(fc.nat({ max: 120 }), { maxLength: 5 }), (text, cuts) => {
        const theirs: { data: string; event: string }[] = [];
        const parser = createParser({
          onEvent: ({ data, event = 'message' }) => theirs.push({ data, event: event || 'message' }),
        });
        parser.feed(text);
        const bytes = encoder.encode(text);
        const places = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const pieces = places.slice(1).map((to, i) => bytes.subarray(places[i], to));
        const ours = parse(pieces).map(({ data, event }) => ({ data, event }));
        // Theirs waits for the byte after a CR at the very end.
        expect(ours.slice(0, theirs.length)).toEqual(theirs);
        expect(ours.length - theirs.length).toBeLessThanOrEqual(text.endsWith('\r') ? 1 : 0);
        seen += ours.length;
      }),
      { numRuns: 1000 },
    );
    expect(seen).toBeGreaterThan(200);
  });

  it('accepts an event up to the maximum length, and no larger one', () => {
    const of = (length: number) => [encoder.encode(`data:${'x'.repeat(length)}\n\n`)];
    expect(parse(of(10), 11)).toEqual([message('x'.repeat(10))]);
    expect(() => parse([encoder.encode(`data:${'x'.repeat(20)}`)], 11)).toThrow(
      expect.objectContaining({ code: 'too-large' }),
    );
    expect(() => parse([encoder.encode('data:12345678\n'.repeat(9))], 11)).toThrow(
      expect.objectContaining({ code: 'too-large' }),
    );
  });
});
