import { createParser } from 'eventsource-parser';
import fc from 'fast-check';
import { parseEventStream, type StreamEvent } from '../../src/wire/event-stream';

/** Parses a stream that arrives in these pieces. */
function parse(pieces: readonly string[], maxLength = 10_000): StreamEvent[] {
  const events: StreamEvent[] = [];
  const onText = parseEventStream((event) => events.push(event), maxLength);
  for (const piece of pieces) onText(piece);
  return events;
}

// The blocks of PROTOCOL.md, section 4.2: one line of data each, after the block's other fields.
const vectors: readonly [name: string, stream: string, events: readonly StreamEvent[]][] = [
  ['data', 'data: {"n":1}\n\n', [{ data: '{"n":1}', id: undefined }]],
  ['an id, which stays', 'id: e.1\ndata: 1\n\ndata: 2\n\n', [1, 2].map((n) => ({ data: `${n}`, id: 'e.1' }))],
  ['retry and comments', ': hello\nretry: 500\nid: e.1\ndata: 1\n\n:\n\n', [{ data: '1', id: 'e.1' }]],
  ['no space after the colon', 'id:e.1\ndata:1\n\n', [{ data: '1', id: 'e.1' }]],
  ['one more space', 'data:  1\n\n', [{ data: ' 1', id: undefined }]],
  ['lines that end with CRLF', 'id: e.1\r\ndata: 1\r\n\r\n', [{ data: '1', id: 'e.1' }]],
  ['colons and CR in the data', 'data: {"a":"b: c"}\n\n', [{ data: '{"a":"b: c"}', id: undefined }]],
  ['fields of other names', 'datum: 1\nid2: 2\ndata\n\n', []],
  ['a line that is cut off', 'id: e.1\ndata: 1\n\ndata: 2', [{ data: '1', id: 'e.1' }]],
];

describe('parseEventStream', () => {
  it.each(vectors)('reads %s, wherever the text is split', (_, stream, events) => {
    for (let at = 0; at <= stream.length; at++) expect(parse([stream.slice(0, at), stream.slice(at)])).toEqual(events);
    expect(parse([...stream])).toEqual(events);
  });

  it('agrees with eventsource-parser on any stream of such blocks, wherever it is split', () => {
    const text = fc.constantFrom('x', '€', '🙂', ':', ' ', '{"a": "b"}', '\uFEFF', '\u2028');
    const data = fc.array(text, { minLength: 1, maxLength: 4 }).map((parts) => `data: ${parts.join('')}\n\n`);
    const before = fc.constantFrom('', 'id: e.1\n', 'retry: 700\nid: e.2\n', ':\n\n', ': padding\n\nid: e.3\n');
    const stream = fc.array(fc.tuple(before, data), { maxLength: 20 }).map((blocks) => blocks.flat().join(''));
    let seen = 0;
    fc.assert(
      fc.property(stream, fc.array(fc.nat({ max: 120 }), { maxLength: 5 }), (whole, cuts) => {
        const theirs: StreamEvent[] = [];
        let id: string | undefined;
        const parser = createParser({
          onEvent: (event) => theirs.push({ data: event.data, id: (id = event.id ?? id) }),
        });
        parser.feed(whole);
        const places = [0, ...cuts.sort((a, b) => a - b), whole.length];
        const ours = parse(places.slice(1).map((to, i) => whole.slice(places[i], to)));
        expect(ours).toEqual(theirs);
        seen += ours.length;
      }),
      { numRuns: 1000 },
    );
    expect(seen).toBeGreaterThan(200);
  });

  it('accepts a line up to the maximum length, and buffers no longer one', () => {
    const of = (length: number) => [`data:${'x'.repeat(length - 5)}`, '\n\n'];
    expect(parse(of(11), 11)).toEqual([{ data: 'x'.repeat(6), id: undefined }]);
    expect(() => parse(of(12), 11)).toThrow(expect.objectContaining({ code: 'too-large' }));
  });
});
