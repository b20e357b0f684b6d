import { EventEmitter, on } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { cursorOf, paddingOf, queryOf } from '../../src/http/query';
import { createHub } from '../../src/hub/hub';
import { servePush } from '../../src/transports/push';
import { serveSse } from '../../src/transports/sse';

const hub = createHub();
const anything = (value: unknown) => value as never;

describe('createHub', () => {
  it.each([
    [{ hartbeat: 1 }, /createHub options: unknown option "hartbeat"; known options: log, state, presence, heartbeat/],
    [{ heartbeat: '15s' }, /createHub option heartbeat: expected an integer number of milliseconds .* got the string/],
    [{ heartbeat: 5 }, /heartbeat: expected .* from 100 to/],
    [{ retry: 100 }, /retry: .* from 500/],
    [{ log: { count: -1 } }, /log option count: expected an integer from 0 up, or Infinity, got the number -1/],
    [{ log: { size: 1 } }, /log options: unknown option "size"/],
    [{ log: 5 }, /log options: expected an object, got the number 5/],
    [{ backplane: {} }, /backplane: expected a function/],
    [{ clock: {} }, /clock: expected an object with now, soon, after/],
    [null, /createHub options: expected an object, got null/],
    [[], /createHub options: expected an object, got an array/],
  ])('refuses %j', (options, words) => {
    expect(() => createHub(anything(options))).toThrow(TypeError);
    expect(() => createHub(anything(options))).toThrow(words);
  });

  it('checks the limits that a function for the log returns', async () => {
    const odd = createHub({ log: () => anything({ count: 'many' }) });
    await expect(odd.channel('x').publish('y')).rejects.toThrow(/log option count/);
  });

  it('gives each channel the limits that the function for the log returns', async () => {
    const mixed = createHub({ log: (name) => (name === 'ticks' ? { count: 0 } : {}) });
    await mixed.channel('ticks').publish('x');
    expect(await mixed.channel('ticks').publish('x')).toMatch(/\.2$/);
  });
});

it.each([
  [{ poll: 5 }, 'push option poll: expected an object of options, got the number 5'],
  [{ comet: true }, 'push option comet: expected an object of options, got true'],
  [{ longPoll: { cache: true }, authorize: () => true }, 'longPoll options: expected authorize or cache, got both'],
  [{ reauthorize: 10 }, /push option reauthorize: expected an integer number of milliseconds from 1000 .* or Infinity/],
])('push() refuses %j', (options, words) => {
  expect(() => servePush(hub.channel('x'), anything(options))).toThrow(TypeError);
  expect(() => servePush(hub.channel('x'), anything(options))).toThrow(words);
});

it('a route with more channels than a connection may follow is misuse', () => {
  const small = createHub({ limits: { channels: 2 } });
  const channels = ['a', 'b', 'c'].map((name) => small.channel(name));
  const words = 'source: One connection can follow at most 2 channels, not 3. See limits.channels.';
  expect(() => serveSse(channels)).toThrow(new TypeError(words));
});

describe('hub.channel', () => {
  it.each([[''], ['a\nb'], ['a\0b'], ['x'.repeat(256)], [7], [undefined]])('refuses the name %j', (name) => {
    expect(() => hub.channel(anything(name))).toThrow(TypeError);
    expect(() => hub.channel(anything(name))).toThrow(/^channel name: expected a string of 1 to 255/);
  });
});

describe('channel.publish', () => {
  it.each([
    [[undefined], /^data: expected/],
    [['x', { evnt: 'y' }], /publish options: unknown option "evnt"; known options: event/],
    [['x', 'event'], /publish options: expected an object, got the string "event"/],
    [['x', { event: 'a\r\nb' }], /^event: expected/],
  ])('throws at once for %j', (args, words) => {
    const publish = () => hub.channel('x').publish(...(args as [unknown]));
    expect(publish).toThrow(TypeError);
    expect(publish).toThrow(words);
  });
});

describe('serveSse', () => {
  const news = hub.channel('news');
  const other = createHub().channel('news');

  it.each([
    [[5], /^source: expected a channel, an array of channels .* got the number 5/],
    [[undefined], /^source/],
    [[(function* () {})()], /^source: expected a function that makes one for each client, .* only once, got/],
    [[(async function* () {})()], /^source: expected a function that makes one for each client/],
    [[Readable.from([])], /^source: expected a function that makes one for each client, .* \(Readable\)/],
    [[new ReadableStream()], /^source: expected a function that makes one for each client/],
    [[on(new EventEmitter(), 'tick')], /^source: expected a function that makes one for each client/],
    [[[]], /^source: expected at least one channel/],
    [[[news, 'news']], /^source: .* got the string "news"/],
    [[[news, createHub().channel('olds')]], /expected channels of one hub/],
    [[news, { heart: 1 }], /sse options: unknown option "heart"/],
    [[news, { retry: 0 }], /sse option retry: .* from 500/],
    [[news, { padding: 1e9 }], /sse option padding: expected an integer from 0 to 65536/],
    [[news, { onError: 'log' }], /sse option onError: expected a function/],
    [[news, { hub: {} }], /sse option hub: expected a hub/],
    [[news, { firstMessageTimeout: -1 }], /sse option firstMessageTimeout/],
  ])('refuses misuse (case %#)', (args, words) => {
    const make = () => serveSse(...(args as [never]));
    expect(make).toThrow(TypeError);
    expect(make).toThrow(words);
    expect(other).toBeDefined();
  });
});

describe('the server', () => {
  const request = (url: string, headers = {}) => ({ url, headers }) as IncomingMessage;
  const cursorIn = (url: string, headers = {}) => cursorOf(request(url, headers), queryOf(request(url)));

  it.each([
    ['/x', {}, undefined],
    ['/x?cursor=e.1', {}, 'e.1'],
    ['/x?lastEventId=e.2', {}, 'e.2'],
    ['/x?evs_last_event_id=e.3', {}, 'e.3'],
    ['/x?cursor=e.1', { 'last-event-id': 'e.9' }, 'e.9'],
    ['/x?cursor=e.1', { 'last-event-id': '' }, 'e.1'],
    ['/x?cursor=&lastEventId=e.2', {}, 'e.2'],
    ['/x?cursor=e.1&lastEventId=e.2', {}, 'e.2'],
    ['/x?cursor=e.1&cursor=e.1', {}, 'e.1'],
    ['/x?cursor=e.1&cursor=e.2', {}, 'e.1,e.2'],
    ['/x', { 'last-event-id': 'Ã©' }, 'é'],
    ['/x', { 'last-event-id': 'é' }, 'é'],
  ])('reads the cursor of %s with %j', (url, headers, cursor) => {
    expect(cursorIn(url, headers)).toBe(cursor);
  });

  it('refuses a cursor of more than 4096 characters', () => {
    expect(cursorIn(`/x?cursor=${'x'.repeat(4096)}`)).toHaveLength(4096);
    expect(() => cursorIn(`/x?cursor=${'x'.repeat(4097)}`)).toThrow(/longer than 4096/);
    expect(() => cursorIn('/x', { 'last-event-id': 'x'.repeat(4097) })).toThrow(/longer than 4096/);
  });

  it.each([
    ['/x', 0],
    ['/x?padding=0', 0],
    ['/x?padding=false', 0],
    ['/x?padding=true', 2048],
    ['/x?padding=1', 2048],
    ['/x?padding=999999999', 2048],
    ['/x?evs_preamble', 2048],
  ])('adds the padding that %s asks for', (url, padding) => {
    expect(paddingOf(queryOf(request(url)))).toBe(padding);
  });
});
