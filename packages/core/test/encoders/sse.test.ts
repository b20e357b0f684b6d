import { createParser } from 'eventsource-parser';
import fc from 'fast-check';
import { sseEncoder } from '../../src/encoders/sse';
import { createMessage } from '../../src/log/message';
import { parseEventStream } from '../../src/testing';

const lineEnds = /\r\n|\r|\n/g;

describe('sseEncoder', () => {
  it('opens with the reconnection time, the cursor as id, and the heartbeat', () => {
    expect(sseEncoder.open({ cursor: 'e.1', heartbeat: 15000, retry: 2900, padding: 0 })).toBe(
      'retry: 2900\nevent: pushwire:open\nid: e.1\ndata: {"cursor":"e.1","heartbeat":15000,"retry":2900}\n\n',
    );
  });

  it('opens without an id where there is no log, and with padding where a client asks for it', () => {
    expect(sseEncoder.open({ heartbeat: 1000, retry: 500, padding: 3 })).toBe(
      ':   \nretry: 500\nevent: pushwire:open\ndata: {"heartbeat":1000,"retry":500}\n\n',
    );
  });

  it('writes a gap before the messages, with the cursor where reading continues', () => {
    const batch = {
      gap: { reason: 'evicted' as const, missed: 3, cursor: 'e.4' },
      messages: [createMessage('x'), createMessage({ n: 1 }, 'tick'), createMessage(Buffer.from('hi'))],
      cursors: ['e.5', 'e.6', 'e.7'],
      positions: [],
      cursor: 'e.7',
      more: false,
      ended: false,
    };
    expect(sseEncoder.batch(batch)).toBe(
      'event: pushwire:gap\nid: e.4\ndata: {"reason":"evicted","missed":3,"cursor":"e.4"}\n\n' +
        'id: e.5\ndata: x\n\n' +
        'event: tick\nid: e.6\ndata: {"n":1}\n\n' +
        'id: e.7\ndata: aGk=\n\n',
    );
  });

  it('writes the other events of the protocol', () => {
    expect(sseEncoder.heartbeat).toBe(':\n');
    expect(sseEncoder.end('e.9')).toBe('event: pushwire:end\nid: e.9\ndata: {"cursor":"e.9"}\n\n');
    expect(sseEncoder.error()).toBe('event: pushwire:error\ndata: {"code":"source-failed"}\n\n');
    expect(sseEncoder.retry('draining', 700)).toBe(
      'retry: 700\nevent: pushwire:retry\ndata: {"reason":"draining","retry":700}\n\n',
    );
  });
});

describe('a parsed stream', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('a', ' ', ':', '\r', '\n', '\r\n', '\0', '\uFEFF', '\u2028', '€', '🙂') }),
  );
  const event = fc
    .string({ unit: fc.constantFrom('a', ' ', ':', 'é', '\u2028'), minLength: 1, maxLength: 8 })
    .filter((name) => !name.startsWith('pushwire:'));
  const published = fc.record({ data: fc.oneof(text, fc.jsonValue()), event: fc.option(event, { nil: undefined }) });

  function encode(messages: { data: unknown; event: string | undefined }[]): string {
    return messages.map(({ data, event }, i) => sseEncoder.message(createMessage(data, event), `e.${i + 1}`)).join('');
  }

  function expectedOf(messages: { data: unknown; event: string | undefined }[]) {
    return messages.map(({ data, event }, i) => ({
      data: typeof data === 'string' ? data.replace(lineEnds, '\n') : JSON.stringify(data),
      event: event ?? 'message',
      id: `e.${i + 1}`,
    }));
  }

  /** Feeds a parser with the pieces between the cuts, as a socket would. */
  function readWithParser(stream: Buffer, cuts: number[]) {
    const seen: { data: string; event: string; id: string | undefined }[] = [];
    const parser = createParser({
      onEvent: ({ data, event = 'message', id }) => seen.push({ data, event, id }),
    });
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    const edges = [0, ...cuts.filter((cut) => cut < stream.length).sort((a, b) => a - b), stream.length];
    for (let i = 1; i < edges.length; i++) {
      parser.feed(decoder.decode(stream.subarray(edges[i - 1], edges[i]), { stream: true }));
    }
    return seen;
  }

  it('equals the published messages, wherever it is cut (eventsource-parser)', () => {
    fc.assert(
      fc.property(fc.array(published, { maxLength: 5 }), fc.array(fc.nat(400)), (messages, cuts) => {
        const stream = Buffer.from(encode(messages));
        const utf8 = (seen: { data: string }[]) =>
          seen.map((received) => ({ ...received, data: Buffer.from(received.data).toString() }));
        expect(readWithParser(stream, cuts)).toEqual(utf8(expectedOf(messages)));
      }),
      { numRuns: 500 },
    );
  });

  it('equals them with a cut at every single byte (eventsource-parser)', () => {
    const messages = [
      { data: 'a\r\nb\rc\nd', event: 'é€🙂' },
      { data: { deep: ['x\r\n', null] }, event: undefined },
      { data: '', event: 'empty' },
      { data: '\uFEFF \u2028', event: undefined },
    ];
    const stream = Buffer.from(encode(messages));
    for (let cut = 0; cut <= stream.length; cut++) {
      expect(readWithParser(stream, [cut])).toEqual(expectedOf(messages));
    }
    const everywhere = Array.from(stream, (_byte, i) => i);
    expect(readWithParser(stream, everywhere)).toEqual(expectedOf(messages));
  });

  it('equals them for the parser of @pushwire/core/testing', () => {
    fc.assert(
      fc.property(fc.array(published, { maxLength: 5 }), (messages) => {
        expect(parseEventStream(encode(messages))).toEqual(expectedOf(messages));
      }),
    );
  });
});
