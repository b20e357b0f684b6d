import { type OpenPollOptions, openPollChecks } from '../../src/by-hand/open-poll-options';
import { WrittenPoll } from '../../src/by-hand/written-poll';
import { checkOptions } from '../../src/checks/check-options';
import { PollWriter } from '../../src/delivery/poll-writer';
import { LazySignal } from '../../src/http/lazy-signal';
import { engineFor } from '../../src/hub/engine-for';
import { createHub } from '../../src/hub/hub';
import { message } from '../../src/log/outgoing-message';
import { FakeClock, FakeSink } from '../../src/testing';
import type { PollAnswer } from '../../src/transports/poll-options';

/** Resolves when a listener is called that is added now. */
const fires = (signal: AbortSignal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(true)));

const anything = (value: unknown) => value as never;

interface SetUp {
  readonly cursor?: string;
  readonly interval?: number;
  readonly envelope?: (answer: PollAnswer) => unknown;
  readonly contentType?: string;
  readonly emptyStatus?: number;
}

function setUp({ cursor, interval, ...options }: SetUp = {}) {
  const clock = new FakeClock();
  const logged = jest.fn();
  const logger = { debug() {}, info() {}, warn: logged, error: logged };
  const hub = createHub({ clock, limits: { messageBytes: 1000 }, logger });
  const sink = new FakeSink();
  const poll = new WrittenPoll('long-poll', cursor, 1000, new LazySignal(), options, interval);
  const writer = new PollWriter(engineFor([], hub), sink, sink, poll, poll);
  writer.hold(1000);
  poll.opened(writer);
  const body = () => JSON.parse(sink.answered?.body ?? 'null');
  return { clock, hub, sink, poll, body, logged };
}

type Answer = Parameters<WrittenPoll<unknown>['answer']>[0];

describe('the answer of a poll by hand', () => {
  it.each<[string, Answer, string | undefined, object]>([
    ['nothing', undefined, undefined, { cursor: 'start', messages: [] }],
    ['nothing, for a client with a cursor', [], '7', { cursor: '7', messages: [], from: '7' }],
    ['a text', 'a', undefined, { cursor: 'start', messages: [{ data: 'a' }] }],
    ['bytes', new Uint8Array([1]), undefined, { cursor: 'start', messages: [{ data: 'AQ==', encoding: 'base64' }] }],
    ['null as data', { data: null }, undefined, { cursor: 'start', messages: [{ data: null }] }],
    ['an array as data', { data: [1] }, undefined, { cursor: 'start', messages: [{ data: [1] }] }],
    [
      'a message with an id and a name',
      { data: 1, id: '8', event: 'e' },
      '7',
      { cursor: '8', messages: [{ id: '8', event: 'e', data: 1 }], from: '7' },
    ],
    [
      'several, of which the last has no id',
      [message('m', { id: '8' }), 'a'],
      '7',
      { cursor: '8', messages: [{ id: '8', data: 'm' }, { data: 'a' }], from: '7' },
    ],
  ])('is %s', (_what, messages, cursor, expected) => {
    const { poll, body, sink } = setUp(cursor === undefined ? {} : { cursor });
    expect(poll.answer(messages)).toBe(true);
    expect([sink.answered?.status, body()]).toEqual([200, expected]);
  });

  it('repeats the cursor of a client that has no place, which the app does not see', () => {
    const { poll, body } = setUp({ cursor: 'start' });
    expect(poll.lastEventId).toBeUndefined();
    poll.answer('a');
    expect(body()).toEqual({ cursor: 'start', messages: [{ data: 'a' }], from: 'start' });
  });

  it('has the cursor that the app names, and the interval of the route', () => {
    const { poll, body } = setUp({ cursor: '7', interval: 500 });
    poll.answer({ data: 'a', id: '8' }, '12');
    expect(body()).toEqual({ cursor: '12', messages: [{ id: '8', data: 'a' }], from: '7', interval: 500 });
  });

  it.each<[string, unknown, RegExp]>([
    ['a number', 5, /^answer message: expected a string, bytes, or an object with data, got the number 5/],
    ['null', null, /^answer message: expected/],
    ['an object without data', { id: '1' }, /^answer message: expected/],
    ['a promise', Promise.reject(new Error('dropped')), /^answer message: expected/],
    ['an array with a hole', ['a', undefined], /^answer message: expected .* got undefined/],
    ['an id with CR', { data: 1, id: 'a\r' }, /^id: expected/],
    ['the id end', { data: 1, id: 'end' }, /^id: expected another id/],
    ['the id start', { data: 1, id: 'start' }, /^id: expected another id/],
    ['an event with NUL', { data: 1, event: 'a\0' }, /^event: expected/],
    ['a retry', { data: 1, retry: 5 }, /^message retry: expected none, since the option interval tells a client/],
    ['data that JSON cannot hold', { data: 1n }, /^data: expected/],
  ])('cannot be %s, and can still be given', (_what, given, words) => {
    const { poll, sink, body } = setUp();
    expect(() => poll.answer(anything(given))).toThrow(TypeError);
    expect(() => poll.end(anything(given))).toThrow(words);
    expect(sink.answered).toBeUndefined();
    expect(poll.answer('fine')).toBe(true);
    expect(body().messages).toEqual([{ data: 'fine' }]);
  });

  it('cannot have a cursor that a client cannot send, or too large a message', () => {
    const { poll } = setUp();
    expect(() => poll.answer('a', 'b\n')).toThrow(/^id: expected/);
    expect(() => poll.answer('a', 'end')).toThrow(/^id: expected/);
    expect(() => poll.answer('x'.repeat(1001))).toThrow(expect.objectContaining({ code: 'message-too-large' }));
    expect(poll.reason).toBeUndefined();
  });

  it.each<[string, (poll: WrittenPoll<unknown>) => unknown]>([
    ['answer', (poll) => poll.answer('b')],
    ['end', (poll) => poll.end()],
  ])('is given once: a second one by %s() is a TypeError', (method, act) => {
    const { poll, body } = setUp();
    poll.answer('a');
    expect(() => act(poll)).toThrow(
      new TypeError(`${method}: expected one answer to a poll, but it has been answered`),
    );
    expect(body().messages).toEqual([{ data: 'a' }]);
    poll.close('failed');
    expect(() => poll.close(anything('tired'))).toThrow(/^close reason: expected one of/);
    expect(poll.reason).toBe('answered');
  });

  it('is empty when the wait is over', async () => {
    const { poll, clock, body, hub } = setUp({ cursor: '7' });
    const { signal } = poll;
    clock.advance(900);
    expect([poll.reason, signal.aborted, hub.stats().open['long-poll']]).toEqual([undefined, false, 1]);
    clock.advance(200);
    expect(body()).toEqual({ cursor: '7', messages: [], from: '7' });
    expect([await poll.closed, signal.aborted, hub.stats().closed]).toEqual(['answered', true, { answered: 1 }]);
    expect(poll.answer('late')).toBe(false);
  });

  it.each([
    ['draining', 200],
    ['answered', 200],
    ['failed', 500],
  ] as const)('of a poll that closes with %s has the status %i', async (reason, status) => {
    const { poll, sink } = setUp();
    poll.close(reason);
    expect([sink.answered?.status, poll.reason, await poll.closed]).toEqual([status, reason, reason]);
  });

  it('is what envelope makes of it, and a failure of envelope is told to the app', () => {
    const { poll, body } = setUp({ envelope: ({ messages }) => ({ news: messages.length }) });
    poll.answer(['a', 'b']);
    expect(body()).toEqual({ news: 2 });
    const failing = setUp({
      envelope: () => {
        throw new RangeError('no envelope');
      },
    });
    expect(() => failing.poll.answer('a')).toThrow(new RangeError('no envelope'));
    expect(failing.sink.answered).toBeUndefined();
    failing.clock.advance(1100);
    expect([failing.sink.answered?.status, failing.poll.reason]).toEqual([500, 'failed']);
    expect(failing.logged).toHaveBeenCalled();
    const late = setUp({ envelope: async () => ({}) });
    expect(() => late.poll.answer('a')).toThrow(/^envelope: expected a function that is not async/);
  });

  it('is a text of the media type that the app names, and has a status of its own if it is empty', () => {
    const envelope = ({ messages }: PollAnswer) => messages.map(({ data }) => data).join('\n');
    const old = { envelope, contentType: 'text/plain', emptyStatus: 204 };
    const full = setUp(old);
    full.poll.answer(['a', 'b']);
    expect(full.sink.answered).toMatchObject({ status: 200, body: 'a\nb', headers: { 'Content-Type': 'text/plain' } });
    const late = setUp(old);
    late.clock.advance(1100);
    expect([late.sink.answered?.status, late.sink.answered?.body, late.poll.reason]).toEqual([204, '', 'answered']);
    const ended = setUp({ emptyStatus: 204 });
    ended.poll.end();
    expect([ended.sink.answered?.status, ended.body()]).toEqual([200, { cursor: 'end', messages: [], ended: true }]);
    expect(() => setUp({ envelope: () => undefined }).poll.answer()).toThrow(TypeError);
  });

  it('counts as messages and bytes of its hub', () => {
    const { poll, hub, sink } = setUp();
    poll.answer(['a', 'b']);
    expect(hub.stats()).toMatchObject({ connections: 0, delivered: 2, bytes: sink.answered?.body.length });
  });

  it('has what was sent to its connection in the same turn, without ids', () => {
    const { hub, body, clock } = setUp({ cursor: '7' });
    const [connection] = hub.connections();
    expect([connection?.transport, connection?.send('one'), connection?.send({ n: 2 })]).toEqual([
      'long-poll',
      true,
      true,
    ]);
    clock.turn();
    expect(body()).toEqual({ cursor: '7', messages: [{ data: 'one' }, { data: { n: 2 } }], from: '7' });
    expect(connection?.send('late')).toBe(false);
    const both = setUp();
    [...both.hub.connections()][0]?.send('sent');
    expect(both.poll.answer({ data: 'answered', id: '1' })).toBe(true);
    both.clock.turn();
    expect(both.body()).toEqual({ cursor: '1', messages: [{ data: 'sent' }, { id: '1', data: 'answered' }] });
  });

  it('is not given to a client that has left, and the app is told', () => {
    const { poll, sink } = setUp();
    const { signal } = poll;
    sink.leave();
    expect([poll.reason, signal.aborted, poll.answer('a'), sink.answered]).toEqual(['left', true, false, undefined]);
    expect(() => poll.answer('b')).toThrow(TypeError);
  });
});

it('a poll that the hub refused is closed from the beginning', async () => {
  const closing = new LazySignal();
  closing.abort();
  const poll = new WrittenPoll('poll', undefined, 0, closing, {}, 3000);
  poll.refused('full');
  poll.refused('left');
  poll.close();
  expect([poll.reason, await poll.closed, await fires(poll.signal), poll.answer('a')]).toEqual([
    'full',
    'full',
    true,
    false,
  ]);
  expect(() => poll.answer(anything(5))).toThrow(TypeError);
});

it.each([
  [{ transport: 'sse' }, /openPoll option transport: expected "long-poll" or "poll"/],
  [{ wait: 0 }, /openPoll option wait: expected an integer number of milliseconds from 1/],
  [{ answerTimeout: -1 }, /openPoll option answerTimeout: expected/],
  [{ envelope: {} }, /openPoll option envelope: expected a function/],
  [{ onOpen: () => {} }, /openPoll options: unknown option "onOpen"/],
  [{ from: 'oldest' }, /openPoll options: unknown option "from"/],
])('openPoll() refuses the options %j', (options, words) => {
  expect(() => checkOptions<OpenPollOptions<unknown>>('openPoll', options as object, openPollChecks)).toThrow(words);
});
