import fc from 'fast-check';
import { cometEncoders, scriptSafe } from '../../src/encoders/comet';
import { type CometTarget, openingScript } from '../../src/encoders/comet-opening';
import { messageFrame } from '../../src/encoders/json-frame';
import { ndjsonEncoder } from '../../src/encoders/ndjson';
import { pollBody } from '../../src/encoders/poll';
import { createMessage } from '../../src/log/message';

const batch = {
  gap: { reason: 'evicted' as const, missed: 3, cursor: 'e.4' },
  messages: [createMessage('x'), createMessage({ n: 1 }, 'tick'), createMessage(Buffer.from('hi'))],
  cursors: ['e.5', 'e.6', 'e.7'],
  positions: [],
  cursor: 'e.7',
  more: false,
  ended: false,
};
const opening = { cursor: 'e.1', heartbeat: 15000, retry: 2900, padding: 0 };

describe('messageFrame', () => {
  it('keeps the kind of published data', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue()), fc.option(fc.string()), (data, id) => {
        const frame = JSON.parse(messageFrame(createMessage(data), id ?? undefined));
        expect(frame).toEqual({ ...(id !== null && { id }), data: JSON.parse(JSON.stringify(data)) });
      }),
    );
  });

  it('marks bytes as base64', () => {
    expect(messageFrame(createMessage(Uint8Array.of(1, 2, 255), 'b'), 'e.1')).toBe(
      '{"id":"e.1","event":"b","data":"AQL/","encoding":"base64"}',
    );
  });
});

describe('ndjsonEncoder', () => {
  it('writes one frame per line', () => {
    expect(ndjsonEncoder.open(opening)).toBe(
      '{"id":"e.1","event":"pushwire:open","data":{"cursor":"e.1","heartbeat":15000,"retry":2900}}\n',
    );
    expect(ndjsonEncoder.batch(batch)).toBe(
      '{"id":"e.4","event":"pushwire:gap","data":{"reason":"evicted","missed":3,"cursor":"e.4"}}\n' +
        '{"id":"e.5","data":"x"}\n' +
        '{"id":"e.6","event":"tick","data":{"n":1}}\n' +
        '{"id":"e.7","data":"aGk=","encoding":"base64"}\n',
    );
    expect(ndjsonEncoder.heartbeat).toBe('\n');
    expect(ndjsonEncoder.end('e.9')).toBe('{"id":"e.9","event":"pushwire:end","data":{"cursor":"e.9"}}\n');
    expect(ndjsonEncoder.retry('draining', 700)).toBe(
      '{"event":"pushwire:retry","data":{"reason":"draining","retry":700}}\n',
    );
    expect(ndjsonEncoder.error()).toBe('{"event":"pushwire:error","data":{"code":"source-failed"}}\n');
  });
});

describe('a line of ndjson', () => {
  /** Splits at all characters at which Python's `splitlines()` does. */
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it splits at
  const lines = (text: string) => text.split(/\r\n|[\n\r\v\f\x1c-\x1e\u0085\u2028\u2029]/).slice(0, -1);

  it('escapes what ends a line for some readers', () => {
    const message = createMessage({ '\u2028': 'a\u0085b' }, 'x\u2029');
    expect(ndjsonEncoder.message(message, '\u2028')).toBe(
      '{"id":"\\u2028","event":"x\\u2029","data":{"\\u2028":"a\\u0085b"}}\n',
    );
  });

  it('is one line for every reader, with the same value, whatever is published', () => {
    const texts = fc.string({
      unit: fc.constantFrom('\u2028', '\u2029', '\u0085', '\v', '\f', '\x1c', '\r\n', '\\', '"', 'a'),
    });
    fc.assert(
      fc.property(fc.oneof(texts, fc.jsonValue(), fc.dictionary(texts, texts)), texts, (data, id) => {
        const seen = lines(ndjsonEncoder.message(createMessage(data), id));
        expect(seen.map((line) => JSON.parse(line))).toEqual([{ id, data: JSON.parse(JSON.stringify(data)) }]);
      }),
    );
  });
});

describe('pollBody', () => {
  it('writes the whole answer', () => {
    expect(pollBody(batch)).toBe(
      '{"cursor":"e.7","messages":[{"id":"e.5","data":"x"},{"id":"e.6","event":"tick","data":{"n":1}},' +
        '{"id":"e.7","data":"aGk=","encoding":"base64"}],"gap":{"reason":"evicted","missed":3,"cursor":"e.4"}}',
    );
  });

  it('writes an empty answer with the end, the interval, or another cursor', () => {
    const { gap, ...rest } = batch;
    const empty = { ...rest, messages: [], cursors: [], ended: true };
    expect(pollBody(empty, { interval: 3000 })).toBe('{"cursor":"e.7","messages":[],"ended":true,"interval":3000}');
    expect(pollBody({ ...empty, ended: false }, { cursor: 'e.7!k3' })).toBe('{"cursor":"e.7!k3","messages":[]}');
    expect(gap).toBeDefined();
  });
});

describe('cometEncoders', () => {
  const target: CometTarget = { callback: 'pushwire', parameter: 'cursor' };
  const encoder = cometEncoders({ name: 'c' })(target);

  it('opens with the charset, the script, 1 KiB of padding, and the cursor', () => {
    const text = encoder.open(opening);
    expect(text).toMatch(/^<!doctype html><meta charset="utf-8"><title>Pushwire<\/title><script>\(function\(w\)/);
    expect(text).toMatch(/-->\n<script>_\({"id":"e\.1","event":"pushwire:open","data":{[^<]*}},"e\.1"\)<\/script>\n$/);
    expect(text.indexOf('-->')).toBeGreaterThanOrEqual(1024);
  });

  it('writes a call for each frame, with its cursor', () => {
    expect(encoder.batch(batch)).toBe(
      '<script>_({"id":"e.4","event":"pushwire:gap","data":{"reason":"evicted","missed":3,"cursor":"e.4"}},"e.4")</script>\n' +
        '<script>_({"id":"e.5","data":"x"},"e.5")</script>\n' +
        '<script>_({"id":"e.6","event":"tick","data":{"n":1}},"e.6")</script>\n' +
        '<script>_({"id":"e.7","data":"aGk=","encoding":"base64"},"e.7")</script>\n',
    );
    expect(encoder.heartbeat).toBe('<script>_({"event":"pushwire:heartbeat","data":{}})</script>\n');
    expect(encoder.retry('spent', 0)).toBe(
      '<script>_({"event":"pushwire:retry","data":{"reason":"spent","retry":0}},0,0)</script>\n',
    );
  });

  it('puts the nonce on every script', () => {
    const { open, batch: encode, heartbeat, retry, end } = cometEncoders({ name: 'c', nonce: 'abc' })(target);
    const text = open(opening) + encode(batch) + heartbeat + retry('spent', 0) + end('e.9');
    expect(text.match(/<script/g)?.length).toBe(text.match(/<script nonce="abc">/g)?.length);
  });

  it.each([
    [new Map([['a', 1]]), /^map: expected .* got an object \(Map\)/],
    [{ at: new Set() }, /^map, property "at": expected/],
    [new Error('x'), /^map: expected/],
    [Number.NaN, /^map: expected .* got the number NaN/],
    [() => 1, /^map: expected .* got a function/],
  ])('refuses a mapped value that JSON would leave empty (case %#)', (value, words) => {
    const mapping = cometEncoders({ name: 'c', map: ({ event }) => (event === undefined ? value : undefined) })(target);
    expect(() => mapping.batch(batch)).toThrow(TypeError);
    expect(() => mapping.batch(batch)).toThrow(words);
  });

  it("passes the app's mapped value to the parent, and for undefined only stores the cursor", () => {
    const map = ({ event, data }: { event?: string; data: unknown }) => (event === undefined ? data : undefined);
    const mapping = cometEncoders({ name: 'c', map })(target);
    expect(mapping.batch({ ...batch, messages: batch.messages.slice(0, 2) })).toBe(
      '<script>_(void 0,"e.4")</script>\n<script>_("x","e.5")</script>\n<script>_(void 0,"e.6")</script>\n',
    );
    expect(mapping.heartbeat).toBe('<script>_(void 0)</script>\n');
  });

  it('calls a name that begins with a digit', () => {
    expect(openingScript({ ...target, callback: '1st' })).toContain('parent["1st"](v)');
  });

  it('makes the same bytes for all targets, but for the opening', () => {
    const encoderOf = cometEncoders({ name: 'c', nonce: 'abc' });
    const other = encoderOf({ callback: 'pushwire_2', origin: 'https://www.example.com', parameter: 'since' });
    const bytesOf = ({ open: _open, ...encoder }: typeof other) => [
      encoder.name,
      encoder.heartbeat,
      encoder.batch(batch),
      encoder.end('e.9'),
      encoder.retry('spent', 0),
      encoder.error(),
    ];
    expect(bytesOf(other)).toEqual(bytesOf(encoderOf(target)));
  });

  it('writes plain ES5', () => {
    for (const origin of [undefined, 'https://www.example.com']) {
      const text = openingScript({ ...target, isRequested: true, ...(origin && { origin }) });
      expect(text).not.toMatch(/=>|`|\b(let|const|class|async)\b/);
    }
  });

  it('lets no payload leave its script element, begin a comment, or change on the way', () => {
    const hostile = fc.string({
      unit: fc.constantFrom(
        '</script>',
        '<!--',
        '<script>',
        '-->',
        ']]>',
        '\u2028',
        '\u2029',
        '"',
        "'",
        '\\',
        '\0',
        '\uD800',
        'a',
      ),
    });
    fc.assert(
      fc.property(hostile, (data) => {
        const text = encoder.message(createMessage(data, 'e<v>'), 'e.1');
        expect(text).toMatch(/^<script>_\([^<>\u2028\u2029]*\)<\/script>\n$/);
        const [, json] = /^<script>_\((.*),"e\.1"\)<\/script>\n$/s.exec(text) ?? [];
        expect(JSON.parse(json ?? '')).toEqual({ id: 'e.1', event: 'e<v>', data });
      }),
    );
    expect(scriptSafe('"<\u2028>"')).toBe('"\\u003c\\u2028\\u003e"');
  });
});
