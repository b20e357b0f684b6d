import { cursorAfter } from '../src/protocol/collapse-cursor';
import { decodeCommand, encodeCommand } from '../src/protocol/command';
import { isContentType, isJson, isText, sameType } from '../src/protocol/content-type';
import { controlEvent, dataEvent } from '../src/protocol/events';
import { arrayOf, messagesOf } from '../src/protocol/json-messages';
import { expiryOf, isTimestamp, parseTtl, sameLifetime, touchInterval } from '../src/protocol/lifetime';
import { formatOffset, parsePlace } from '../src/protocol/offset';
import { judgeStep } from '../src/protocol/producer';

describe('offsets', () => {
  it('sort as texts, and come back as positions', () => {
    const positions = [0, 1, 9, 10, 99, 100, Number.MAX_SAFE_INTEGER].map((offset) => ({ epoch: 'a_b-c', offset }));
    const texts = positions.map(formatOffset);
    expect([...texts].sort()).toEqual(texts);
    expect(texts.map(parsePlace)).toEqual(positions);
  });

  it.each([
    ['-1', 'beginning'],
    ['now', 'now'],
    ['', undefined],
    ['e_1', undefined],
    ['e_0000000000000001 ', undefined],
    ['e,f_0000000000000001', undefined],
    ['e_9999999999999999', undefined],
  ])('%j is %j', (text, place) => expect(parsePlace(text)).toEqual(place));
});

describe('content types', () => {
  it('are compared without case and parameters', () => {
    expect(sameType('Text/Plain', 'text/plain; charset=utf-8')).toBe(true);
    expect(sameType('text/plain', 'text/html')).toBe(false);
    expect([
      isJson('application/JSON;a=b'),
      isText('text/csv'),
      isText('application/json'),
      isText('image/png'),
    ]).toEqual([true, true, true, false]);
  });

  it.each(['text', 'a b/c', 'text/plain\nX: y', `text/${'x'.repeat(300)}`])('%j is none', (text) =>
    expect(isContentType(text)).toBe(false),
  );
});

describe('lifetimes', () => {
  it.each<[string, number | undefined]>([
    ['0', 0],
    ['3600', 3600],
    ...['', '01', '+1', '1.0', '1e3', '-1', '99999999999', ' 1'].map(
      (text) => [text, undefined] as [string, undefined],
    ),
  ])('the TTL %j is %j', (text, ttl) => expect(parseTtl(text)).toBe(ttl));

  it.each([
    ['2026-01-01T00:00:00Z', true],
    ['2026-01-01T00:00:00.5+02:00', true],
    ['2026-01-01', false],
    ['2026-13-01T00:00:00Z', false],
    ['tomorrow', false],
  ])('%j is a timestamp: %j', (text, is) => expect(isTimestamp(text)).toBe(is));

  it('end after the TTL and the time in which a read is not noted, at a time, or never', () => {
    expect(expiryOf({ ttl: 8 }, 1000)).toBe(1000 + 8000 + 1000);
    expect(touchInterval(1_000_000)).toBe(60_000);
    expect(expiryOf({ expiresAt: '1970-01-01T00:00:05Z' }, 1000)).toBe(5000);
    expect(expiryOf({}, 1000)).toBe(Number.POSITIVE_INFINITY);
  });

  it('are the same where they name the same time', () => {
    const [one, other] = ['2026-01-01T01:00:00+01:00', '2026-01-01T00:00:00Z'];
    expect(sameLifetime({ expiresAt: one }, { expiresAt: other })).toBe(true);
    expect(sameLifetime({ ttl: 5 }, {})).toBe(false);
  });
});

describe('the messages of a JSON body', () => {
  it.each([
    ['{"a":1}', '{"a":1}'],
    [' [ {"a":1.0}, 12345678901234567890 ] ', '{"a":1.0}, 12345678901234567890'],
    ['[[1,2],[3]]', '[1,2],[3]'],
    ['[]', ''],
    ['"[x]"', '"[x]"'],
    ['{"a":', undefined],
    ['', undefined],
  ])('of %j are %j', (body, messages) => expect(messagesOf(Buffer.from(body))).toBe(messages));

  it('are no messages where the bytes are no UTF-8', () => {
    expect(messagesOf(Buffer.from([0x22, 0xff, 0x22]))).toBeUndefined();
  });

  it('are joined to one array', () => expect(arrayOf(['1,2', '{}'])).toBe('[1,2,{}]'));
});

describe('the step of a producer', () => {
  const known = { epoch: 2, seq: 5 };
  it.each([
    [undefined, 0, 0, { kind: 'accepted' }],
    [undefined, 7, 3, { kind: 'gap', expected: 0, received: 3 }],
    [known, 2, 6, { kind: 'accepted' }],
    [known, 2, 5, { kind: 'duplicate', newest: known }],
    [known, 2, 0, { kind: 'duplicate', newest: known }],
    [known, 2, 8, { kind: 'gap', expected: 6, received: 8 }],
    [known, 1, 6, { kind: 'stale', epoch: 2 }],
    [known, 3, 0, { kind: 'accepted' }],
    [known, 3, 1, { kind: 'late-start' }],
  ])('after %j, epoch %i and seq %i are judged %j', (state, epoch, seq, verdict) =>
    expect(judgeStep({ id: 'p', epoch, seq }, state)).toEqual(verdict),
  );
});

describe('cursors of live reads', () => {
  const time = Date.UTC(2024, 9, 9) + 20_000 * 100;
  it.each([
    [undefined, '100'],
    ['99', '100'],
    ['100', '101'],
    ['200', '201'],
    ['no number', '100'],
  ])('after %j comes %j', (given, next) => expect(cursorAfter(given, time, 0)).toBe(next));

  it('jump by up to an hour', () => expect(cursorAfter('100', time, 0.999_999)).toBe('280'));
});

it('events keep every line of the data in the data', () => {
  expect(dataEvent('a\r\n\r\nevent: control\rdata: {}\n')).toBe(
    'event: data\ndata:a\ndata:\ndata:event: control\ndata:data: {}\ndata:\n\n',
  );
  expect(controlEvent({ streamNextOffset: 'e_1', upToDate: true })).toBe(
    'event: control\ndata:{"streamNextOffset":"e_1","upToDate":true}\n\n',
  );
});

it('commands come back from their messages, and other messages are none', () => {
  const command = { kind: 'append', at: 5, life: 'e_1', producer: { id: 'a b', epoch: 0, seq: 1 } } as const;
  const message = encodeCommand(command, 'text');
  expect(decodeCommand(message)).toEqual(command);
  expect(message).toMatchObject({ kind: 'text', body: 'text' });
  expect(decodeCommand({ kind: 'text', body: 'x', event: 'append-only {}', size: 1 })).toBeUndefined();
});
