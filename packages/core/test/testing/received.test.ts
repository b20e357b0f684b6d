import { cometEncoders } from '../../src/encoders/comet';
import { createMessage } from '../../src/log/message';
import {
  eventsOf,
  eventsOfPoll,
  isComet,
  messagesOf,
  pollBodyOf,
  readComet,
  readerFor,
} from '../../src/testing/received';

// What the test kit makes of the bytes of each transport: events, as an EventSource would get them.

const event = (data: string, id = '', name = 'message') => ({ event: name, data, id });

describe('frames', () => {
  it.each([
    [[{ data: 'text' }], [event('text')]],
    [
      [{ data: { n: 1 } }, { data: null }, { data: 7 }],
      [event('{"n":1}'), event('null'), event('7')],
    ],
    [[{ id: 'e.1', event: 'tick', data: 1 }], [event('1', 'e.1', 'tick')]],
    // An id holds until the next one.
    [
      [{ id: 'e.1', data: 1 }, { data: 2 }, { id: 'e.3', data: 3 }],
      [event('1', 'e.1'), event('2', 'e.1'), event('3', 'e.3')],
    ],
    [[{ data: 'AQL/', encoding: 'base64' }], [event('AQL/')]],
    [
      ['no frame', { other: 1 }],
      [event('no frame'), event('{"other":1}')],
    ],
    [[], []],
  ])('%j', (frames, events) => {
    expect(eventsOf(frames)).toEqual(events);
  });

  it('begin with the last id of those before', () => {
    expect(eventsOf([{ data: 1 }], 'e.7')).toEqual([event('1', 'e.7')]);
  });
});

describe('a stream', () => {
  const ndjson = readerFor('application/x-ndjson; charset=utf-8');
  it.each([
    ['{"data":1}\n{"id":"e.2","data":"b"}\n', [event('1'), event('b', 'e.2')]],
    ['\n\n{"data":1}\n', [event('1')]],
    ['{"data":1}\n{"da', [event('1')]],
    ['', []],
  ])('of ndjson: %j', (text, events) => {
    expect(ndjson?.(text)).toEqual(events);
  });

  it.each(['text/event-stream', 'Text/Event-Stream;charset=utf-8', 'application/x-ndjson', 'text/html'])(
    'has a reader for %s',
    (type) => {
      expect(readerFor(type)).toBeInstanceOf(Function);
    },
  );

  it.each(['application/json', 'text/plain', ''])('has none for %j', (type) => {
    expect(readerFor(type)).toBeUndefined();
  });
});

describe('a comet document', () => {
  it.each([
    ['<script>_({"data":1})</script>\n', [event('1')]],
    ['<script>_({"id":"e.1","event":"tick","data":"x"},"e.1")</script>\n', [event('x', 'e.1', 'tick')]],
    ['<script nonce="n">_({"data":"\\u003cb>"},"e.1")</script>\n', [event('<b>')]],
    ['<script>_(JSON.parse("{\\"data\\":{\\"__proto__\\":\\")\\"}}"),"e.1")</script>\n', [event('{"__proto__":")"}')]],
    ['<script>_("mapped","e.1")</script>\n', [event('mapped', 'e.1')]],
    ['<script>_(7,0,3000)</script>\n', [event('7')]],
    ['<script>_(void 0,"e.1")</script>\n', []],
    ['<script>_({"data":1}', []],
    ['<script>other(1)</script>\n<p>_(1)</p>\n', []],
  ])('%j', (text, events) => {
    expect(readComet(text)).toEqual(events);
  });

  it('is recognised by what its encoder writes first', () => {
    const encoder = cometEncoders({ name: 'c' })({ callback: 'pushwire', parameter: 'cursor' });
    const text = encoder.open({ cursor: 'e.0', heartbeat: 1000, retry: 500, padding: 0 } as never);
    expect(isComet(text)).toBe(true);
    expect(isComet('<!doctype html><title>A page</title>')).toBe(false);
    const message = encoder.message(createMessage({ n: 1 }, 'tick'), 'e.1');
    expect(messagesOf(readComet(text + message))).toEqual([event('{"n":1}', 'e.1', 'tick')]);
  });
});

describe('an answer to a poll', () => {
  it.each([
    ['{"cursor":"e.1","messages":[]}', true],
    ['{"cursor":"e.1"}', false],
    ['{"messages":[]}', false],
    ['[]', false],
    ['null', false],
    ['text', false],
    ['', false],
  ])('%j is one: %j', (text, isOne) => {
    expect(pollBodyOf(text) !== undefined).toBe(isOne);
  });

  it('has its gap first and its end last', () => {
    const gap = { cursor: 'e.4', reason: 'evicted' };
    const body = { cursor: 'e.5', gap, messages: [{ id: 'e.5', data: 'x' }], ended: true };
    expect(eventsOfPoll(body)).toEqual([
      event('{"cursor":"e.4","reason":"evicted"}', 'e.4', 'pushwire:gap'),
      event('x', 'e.5'),
      event('{"cursor":"e.5"}', 'e.5', 'pushwire:end'),
    ]);
    expect(messagesOf(eventsOfPoll(body))).toEqual([event('x', 'e.5')]);
  });
});
