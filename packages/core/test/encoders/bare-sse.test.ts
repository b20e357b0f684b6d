import { type BareFormat, bareFormatOf, bareSseEncoder } from '../../src/encoders/bare-sse';
import { createMessage } from '../../src/log/message';

describe('bareSseEncoder', () => {
  const encoder = bareSseEncoder({});

  it('has no bytes for the events of the protocol, and a comment line as heartbeat', () => {
    expect(encoder.open({ cursor: 'e.1', heartbeat: 1000, retry: 500, padding: 0 })).toBe('');
    expect([encoder.snapshot('e.1'), encoder.end('e.1'), encoder.retry('draining', 700), encoder.error()]).toEqual(
      Array(4).fill(''),
    );
    expect(encoder.heartbeat).toBe(':\n');
    expect(encoder.contentType).toBe('text/event-stream');
  });

  it('has the padding that the app or the client asks for', () => {
    expect(encoder.open({ heartbeat: 1000, retry: 500, padding: 3 })).toBe(':   \n');
  });

  it('writes the messages of a log without their cursors, and no gap', () => {
    const batch = {
      gap: { reason: 'evicted' as const, missed: 3, cursor: 'e.4' },
      messages: [createMessage('x\r\ny'), createMessage({ n: 1 }, 'tick'), createMessage(Buffer.from('hi'))],
      cursors: ['e.5', 'e.6', undefined],
      positions: [],
      cursor: 'e.7',
      more: false,
      ended: false,
    };
    expect(encoder.batch(batch)).toBe('data: x\ndata: y\n\nevent: tick\ndata: {"n":1}\n\ndata: aGk=\n\n');
  });

  it.each<[BareFormat, string]>([
    [{}, 'event: e\nid: 1\nretry: 9\ndata: a\ndata:  b\n\n'],
    [{ order: ['data', 'id', 'event', 'retry'] }, 'data: a\ndata:  b\nid: 1\nevent: e\nretry: 9\n\n'],
    [{ space: false }, 'event:e\nid:1\nretry:9\ndata:a\ndata:  b\n\n'],
  ])('writes the fields of a message in the spelling %j', (format, text) => {
    const made = bareSseEncoder(format);
    expect(made.message(createMessage('a\n b', 'e'), '1', 9)).toBe(text);
    expect(made.message(createMessage('x'))).toBe(format.space === false ? 'data:x\n\n' : 'data: x\n\n');
  });

  it('writes comments and reconnection times alone, without a blank line', () => {
    expect(encoder.comment?.(' hi')).toBe(': hi\n');
    expect(encoder.reconnection?.(5000)).toBe('retry: 5000\n');
    expect(bareSseEncoder({ space: false }).reconnection?.(5000)).toBe('retry:5000\n');
  });

  it('has another name for each spelling, since connections with one name share their bytes', () => {
    const order = ['data', 'event', 'id', 'retry'] as const;
    const formats = [{}, { space: false }, { order }, { order, space: false }];
    expect(new Set(formats.map((format) => bareSseEncoder(format).name)).size).toBe(4);
  });
});

describe('bareFormatOf', () => {
  it.each([[undefined], [false]])('gives none for %j', (bare) => {
    expect(bareFormatOf(bare)).toBeUndefined();
  });

  it.each([
    [1, /^bare: expected true, false, or a format, got the number 1/],
    [null, /^bare: expected true, false, or a format, got null/],
    [
      { order: ['data'] },
      /^bare option order: expected an array with each of event, id, retry, data once, got an array/,
    ],
    [{ order: ['data', 'data', 'id', 'event'] }, /^bare option order/],
    [{ order: 'data' }, /^bare option order/],
    [{ space: 0 }, /^bare option space: expected true or false, got the number 0/],
    [{ spaces: true }, /^bare options: unknown option "spaces"; known options: order, space/],
  ])('refuses %j with a TypeError', (bare, words) => {
    expect(() => bareFormatOf(bare)).toThrow(TypeError);
    expect(() => bareFormatOf(bare)).toThrow(words);
  });
});
