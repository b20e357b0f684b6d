import {
  createHub,
  type LongPollOptions,
  type OpenPoll,
  type OpenPollOptions,
  type PollOptions,
  serveLongPoll,
  servePoll,
} from '@pushwire/core';
import { adapters, type Openers, type Running } from './kit/adapters';
import { until } from './kit/until';

// Polls of pages that were written for other servers: without a cursor, in a format of their own.

// Old pages ask over HTTP/1.1.
const tested = adapters.filter(({ http2 }) => !http2);

describe.each(tested)('a poll of an old page with $name', ({ start }) => {
  let app: Running;
  const hub = createHub();
  let count = 0;
  let board = hub.channel('board');

  beforeAll(async () => {
    app = await start();
  });
  beforeEach(() => {
    board = hub.channel(`board ${++count}`);
  });
  afterAll(async () => {
    await hub.close();
    await app.close();
  });

  const longPoll = (options: LongPollOptions<unknown>) =>
    app.url + app.serve({ source: board, push: { longPoll: options } });
  const ask = async (url: string, query = '') => {
    const response = await fetch(`${url}?transport=long-poll${query}`);
    return [response.status, await response.text(), response.headers.get('content-type')];
  };
  const held = () => until('it is held', () => hub.stats().connections === 1);

  it('is held without a cursor, and answered with text', async () => {
    const envelope: LongPollOptions['envelope'] = ({ messages }) => messages.map(({ data }) => data).join('\n');
    const url = longPoll({ first: 'wait', contentType: 'text/plain; charset=utf-8', envelope });
    const asking = ask(url);
    await held();
    await Promise.all([board.publish('é'), board.publish('b')]);
    expect(await asking).toEqual([200, 'é\nb', 'text/plain; charset=utf-8']);
  });

  it.each([204, 502])('is answered with %d and no body when the wait is over', async (emptyStatus) => {
    const url = longPoll({ first: 'wait', wait: 20, emptyStatus });
    expect((await ask(url)).slice(0, 2)).toEqual([emptyStatus, '']);
    const id = await board.publish('x');
    expect((await ask(url, `&cursor=${id}`)).slice(0, 2)).toEqual([emptyStatus, '']);
    expect((await ask(url, '&cursor=0'))[1]).toMatch(/"data":"x"/);
  });

  it('gets a gap and the end with their bodies', async () => {
    const url = longPoll({ wait: 20, emptyStatus: 204 });
    expect((await ask(url, '&cursor=foreign.7'))[1]).toMatch(/"gap":/);
    await board.publish('last');
    await board.end();
    expect((await ask(url, '&cursor=0'))[1]).toMatch(/"ended":true/);
  });

  it('is answered by hand with text, or with a status alone', async () => {
    const polls: OpenPoll[] = [];
    const options: OpenPollOptions<unknown> = {
      hub,
      contentType: 'text/plain; charset=utf-8',
      emptyStatus: 204,
      envelope: ({ messages }) => messages.map(({ data }) => data).join(),
    };
    const byHand = async ({ openPoll }: Openers) => void polls.push(await openPoll(options));
    const url = app.url + app.serve({ byHand });
    const answers = [ask(url), ask(url), ask(url)];
    await until('they are held', () => polls.length === 3);
    polls[0]?.answer(['a', 'é']);
    polls[1]?.answer();
    polls[2]?.end();
    expect((await Promise.all(answers)).sort()).toEqual([
      [200, '', 'text/plain; charset=utf-8'],
      [200, 'a,é', 'text/plain; charset=utf-8'],
      [204, '', null],
    ]);
    expect((await ask(url, '&wait=0')).slice(0, 2)).toEqual([204, '']);
  });

  it.each([
    [new Map([['a', 1]]), /^envelope: expected .* got an object \(Map\)/],
    [{ messages: new Set() }, /^envelope, property "messages": expected/],
    [undefined, /^envelope: expected .* got undefined/],
  ])('gets 500 for an envelope that JSON would leave empty (case %#)', async (value, words) => {
    app.errors.length = 0;
    await board.publish('x');
    expect((await ask(longPoll({ envelope: () => value }), '&cursor=0'))[0]).toBe(500);
    expect((app.errors[0] as Error).message).toMatch(words);
    const thrown: unknown[] = [];
    const byHand = async ({ openPoll }: Openers) => {
      const poll = await openPoll({ hub, envelope: () => value });
      try {
        poll.answer('x');
      } catch (error) {
        thrown.push(error);
      }
      poll.close('failed');
    };
    expect((await ask(app.url + app.serve({ byHand })))[0]).toBe(500);
    expect((thrown[0] as Error).message).toMatch(words);
  });

  it('gets JSON of another type, and a text as JSON without one', async () => {
    await board.publish('x');
    const typed = longPoll({ contentType: 'text/html', envelope: ({ messages }) => messages.length });
    expect(await ask(typed, '&cursor=0')).toEqual([200, '1', 'text/html']);
    const untyped = longPoll({ envelope: () => 'x' });
    expect(await ask(untyped, '&cursor=0')).toEqual([200, '"x"', 'application/json; charset=utf-8']);
  });
});

describe('polls refuse', () => {
  const board = createHub().channel('board');
  it.each<[LongPollOptions & PollOptions, RegExp]>([
    [{ emptyStatus: 100 }, /option emptyStatus: expected an integer from 200 to 599, got the number 100/],
    [{ emptyStatus: 204.5 }, /option emptyStatus/],
    [{ contentType: 'text' }, /option contentType: expected a media type such as text\/plain; charset=utf-8, got/],
    [{ contentType: 'text/plain\r\nX: y' }, /option contentType/],
  ])('%j', (options, words) => {
    expect(() => serveLongPoll(board, options)).toThrow(TypeError);
    expect(() => serveLongPoll(board, options)).toThrow(words);
    expect(() => servePoll(board, options)).toThrow(words);
  });

  it('a status for empty answers that caches share', () => {
    const words = 'longPoll options: expected emptyStatus or cache, got both: a cache needs the cursor in the body';
    expect(() => serveLongPoll(board, { emptyStatus: 204, cache: true })).toThrow(new TypeError(words));
  });
});
