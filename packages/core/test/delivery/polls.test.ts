import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Group } from '../../src/delivery/group';
import { HeldPoll } from '../../src/delivery/held-poll';
import type { AnswerSink } from '../../src/delivery/sink';
import { cometEncoders } from '../../src/encoders/comet';
import { ndjsonEncoder } from '../../src/encoders/ndjson';
import { pollBody } from '../../src/encoders/poll';
import { engineFor } from '../../src/hub/engine-for';
import { createHub, type Hub } from '../../src/hub/hub';
import type { HubOptions } from '../../src/hub/options';
import type { Batch } from '../../src/log/batch';
import { subscribe } from '../../src/subscribing/subscribe';
import { FakeClock, FakeSink } from '../../src/testing';
import { serveComet } from '../../src/transports/comet';
import { serveLongPoll, servePoll } from '../../src/transports/poll';
import { servePush } from '../../src/transports/push';

function setUp(options: HubOptions = {}, batchDelay = 10) {
  const clock = new FakeClock();
  const hub = createHub({ clock, ...options });
  const format = {
    name: 'poll',
    transport: 'long-poll' as const,
    batch: (batch: Batch) => pollBody(batch),
    batchDelay,
  };
  const responder = {
    answer: (sink: AnswerSink, batch: Batch) => sink.answer(200, {}, Buffer.from(pollBody(batch))),
    answerShared: (sink: AnswerSink, bytes: Uint8Array) => sink.answer(200, {}, bytes),
  };
  const hold = (wait = 25_000) => {
    const group = engineFor([], hub).groups.join(format, ['news'], 'now') as Group;
    const sink = new FakeSink();
    const poll = new HeldPoll(engineFor([], hub), group, sink, responder);
    poll.hold(wait);
    const data = () => {
      const { messages } = JSON.parse(sink.answered?.body ?? '{"messages":null}');
      return messages?.map((message: { data: unknown }) => message.data);
    };
    return { poll, sink, data };
  };
  return { clock, hub, news: hub.channel('news'), hold };
}

describe('a held poll', () => {
  it('lets go of its response when that is closed, so that an old set cannot keep it', async () => {
    const { clock, news, hold } = setUp();
    const { poll, sink, data } = hold();
    expect(poll.sink).toBe(sink);
    await news.publish('a');
    clock.advance(10);
    expect([data(), poll.reason, await poll.closed]).toEqual([['a'], 'answered', 'answered']);
    expect([poll.sink === sink, poll.sink.gone]).toEqual([false, true]);
    poll.close('failed');
    expect(data()).toEqual(['a']);
  });

  it('tells the framework that its client has left, for which its middleware waits', () => {
    const { hold } = setUp();
    const { poll, sink } = hold();
    const closed = jest.fn();
    Object.assign(sink, { closed });
    poll.flush();
    expect(closed).not.toHaveBeenCalled();
    poll.onClose();
    expect([poll.reason, closed.mock.calls.length]).toEqual(['left', 1]);
  });

  it('waits for more messages after the first, and shares its answer with other polls', async () => {
    const { clock, news, hold } = setUp();
    const [one, two] = [hold(), hold()];
    await news.publish('a');
    clock.advance(9);
    expect(one.sink.answered).toBeUndefined();
    await news.publish('b');
    clock.advance(1);
    expect([one.data(), two.data()]).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
    expect([one.poll.reason, two.poll.reason]).toEqual(['answered', 'answered']);
  });

  it('gets no message before its cursor, even if other polls still wait for that message', async () => {
    const { clock, news, hold } = setUp();
    const one = hold();
    await news.publish('a');
    clock.advance(5);
    // Its cursor is after 'a'.
    const two = hold();
    expect([one.data(), two.sink.answered]).toEqual([['a'], undefined]);
    await news.publish('b');
    clock.advance(10);
    expect(two.data()).toEqual(['b']);
  });

  it('does not wait for more messages if the log keeps none', async () => {
    const { clock, news, hold } = setUp({ log: { count: 0 } });
    const { data } = hold();
    await news.publish('a');
    clock.turn();
    expect(data()).toEqual(['a']);
  });

  it('gets an empty answer after its wait, when a newer poll replaces it, and when the hub closes', async () => {
    const { clock, hub, hold } = setUp();
    const [waiting, replaced, drained] = [hold(1000), hold(), hold()];
    clock.advance(1100);
    replaced.poll.close('replaced');
    await hub.close();
    expect([waiting, replaced, drained].map(({ data, poll }) => [data(), poll.reason])).toEqual([
      [[], 'answered'],
      [[], 'replaced'],
      [[], 'draining'],
    ]);
  });

  it('leaves no connection and no timer behind', async () => {
    const { clock, hub, news, hold } = setUp();
    const [left, answered] = [hold(), hold()];
    left.sink.leave();
    await news.publish('x');
    clock.advance(20);
    expect([left.poll.reason, answered.poll.reason]).toEqual(['left', 'answered']);
    expect([hub.stats().connections, engineFor([], hub).timers.size]).toEqual([0, 0]);
  });

  it('that arrives while others wait for more gets the next messages once', async () => {
    const { clock, news, hold } = setUp();
    const early = hold();
    await news.publish('a');
    clock.advance(5);
    const late = hold();
    expect(early.data()).toEqual(['a']);
    await news.publish('b');
    clock.advance(10);
    expect(late.data()).toEqual(['b']);
  });
});

describe("an app's mapping that throws", () => {
  const throwing = () => {
    throw new Error('from the app');
  };

  it('closes the connections that need it, is reported, and affects no others', async () => {
    const log = jest.spyOn(console, 'error').mockImplementation(() => {});
    const clock = new FakeClock();
    const hub = createHub({ clock });
    const settings = { ...engineFor([], hub).settings, padding: 0, maxBytes: Number.POSITIVE_INFINITY };
    const map = ({ event }: { event?: string }) => (event === undefined ? throwing() : undefined);
    const comet = cometEncoders({ name: 'throwing', map })({ callback: 'f', parameter: 'cursor' });
    const channel = hub.channel('news');
    const [live, resuming, healthy, polling] = [new FakeSink(), new FakeSink(), new FakeSink(), new FakeSink()];
    await subscribe(engineFor([], hub), [channel], comet, 'now', settings, live);
    await subscribe(engineFor([], hub), [channel], ndjsonEncoder, 'now', settings, healthy);
    const group = engineFor([], hub).groups.join(
      { name: 'throwing poll', transport: 'long-poll', batch: throwing },
      ['news'],
      'now',
    ) as Group;
    const responder = { answer: () => {}, answerShared: () => {} };
    new HeldPoll(engineFor([], hub), group, polling, responder).hold(1000);
    await channel.publish('x');
    clock.turn();
    await subscribe(engineFor([], hub), [channel], comet, 'oldest', settings, resuming);
    expect([live.ended, resuming.ended, polling.answered?.status]).toEqual([true, true, 500]);
    expect(healthy.text).toContain('"data":"x"');
    expect(hub.stats().connections).toBe(1);
    expect(log).toHaveBeenCalledTimes(3);
    log.mockRestore();
  });
});

describe('an envelope that throws at the end of the wait', () => {
  it('gets a 500 and is reported', () => {
    const log = jest.spyOn(console, 'error').mockImplementation(() => {});
    const clock = new FakeClock();
    const hub = createHub({ clock });
    const group = engineFor([], hub).groups.join(
      { name: 'throwing poll', transport: 'long-poll', batch: () => '' },
      ['news'],
      'now',
    ) as Group;
    const answer = () => {
      throw new Error('from the app');
    };
    const sink = new FakeSink();
    const responder = { answer, answerShared: answer };
    new HeldPoll(engineFor([], hub), group, sink, responder).hold(1000);
    clock.advance(1100);
    expect([sink.answered?.status, hub.stats().connections, log.mock.calls.length]).toEqual([500, 0, 1]);
    log.mockRestore();
  });
});

describe('a cacheable long poll', () => {
  /** Serves one request with a fake request and response. */
  async function ask(
    hub: Hub,
    url: string,
    serve: ReturnType<typeof serveLongPoll>,
    before: Record<string, string> = {},
  ) {
    const headers = new Map<string, string>(Object.entries(before));
    let body = '';
    const incoming = { url, headers: {}, method: 'GET', socket: { destroyed: false } } as IncomingMessage;
    const response = {
      statusCode: 0,
      req: incoming,
      socket: {},
      on: () => {},
      hasHeader: (name: string) => headers.has(name.toLowerCase()),
      getHeaderNames: () => [...headers.keys()],
      setHeader: (name: string, value: string) => headers.set(name.toLowerCase(), value),
      removeHeader: (name: string) => headers.delete(name.toLowerCase()),
      getHeader: (name: string) => headers.get(name.toLowerCase()),
      _storeHeader: () => {},
      end: (bytes?: Uint8Array) => {
        response._storeHeader();
        body = bytes ? Buffer.from(bytes).toString() : '';
      },
    };
    const connection = await serve(incoming, response as unknown as ServerResponse, undefined);
    return {
      connection,
      answer: () => ({ ...JSON.parse(body), cacheControl: headers.get('cache-control') }),
      hub,
    };
  }

  it('leads to a new URL after each empty answer', async () => {
    const clock = new FakeClock();
    const hub = createHub({ clock });
    const news = hub.channel('news');
    const serve = serveLongPoll(news, { cache: true, wait: 200 });
    const first = (await ask(hub, '/', serve)).answer();
    expect(first).toMatchObject({ messages: [], cacheControl: 'public, max-age=1' });
    const asked: string[] = [first.cursor];
    for (let round = 0; round < 20; round++) {
      const { answer } = await ask(hub, `/?cursor=${asked.at(-1)}`, serve);
      clock.advance(300);
      const { cursor, messages, cacheControl } = answer();
      expect([messages, cacheControl]).toEqual([[], 'public, max-age=5']);
      expect(cursor).not.toBe(asked.at(-1));
      asked.push(cursor);
    }
    const id = await news.publish('at last');
    const { answer } = await ask(hub, `/?cursor=${asked.at(-1)}`, serve);
    expect(answer()).toMatchObject({
      cursor: id,
      messages: [{ id, data: 'at last' }],
      cacheControl: 'public, max-age=5',
    });
  });

  it('never leads back to an earlier URL, even in quick succession', async () => {
    const clock = new FakeClock();
    const hub = createHub({ clock });
    const serve = serveLongPoll(hub.channel('news'), { cache: true, wait: 100 });
    const asked = [(await ask(hub, '/', serve)).answer().cursor as string];
    for (let round = 0; round < 50; round++) {
      const { answer } = await ask(hub, `/?cursor=${asked.at(-1)}`, serve);
      clock.advance(150);
      asked.push(answer().cursor);
    }
    expect(new Set(asked).size).toBe(asked.length);
    const { answer } = await ask(hub, `/?cursor=${asked[0]}!zzzzzzzzzzzzzzzz`, serve);
    clock.advance(150);
    expect(answer().cursor).toMatch(/![a-z0-9]{1,8}$/);
  });

  it.each([[['a']], [['a', 'b']]])('of %s finds its own cursor in the answer that others share', async (names) => {
    const clock = new FakeClock();
    const hub = createHub({ clock });
    const channels = names.map((name) => hub.channel(name));
    const serve = serveLongPoll(channels, { wait: 1000 });
    const { cursor } = (await ask(hub, '/?wait=0', serve)).answer();
    const reversed = cursor.split('~').reverse().join('~');
    const asked = ['0', cursor, `${cursor}!r1`, reversed];
    const held = await Promise.all(asked.map((each) => ask(hub, `/?cursor=${each}`, serve)));
    const id = await channels[0]?.publish('x');
    clock.advance(50);
    const answers = held.map(({ answer }) => answer());
    expect(answers.map(({ from }) => from)).toEqual(['0', cursor, cursor, reversed]);
    for (const answer of answers) expect(answer).toMatchObject({ messages: [{ data: 'x' }] });
    for (const answer of answers) expect(answer.cursor).toBe(answer.messages[0].id);
    expect(answers[0].cursor).toContain(id);
  });

  it('is not cached if the app sets a cookie, or without the option', async () => {
    const hub = createHub();
    const news = hub.channel('news');
    await news.publish('x');
    const shared = serveLongPoll(news, { cache: true });
    const cookie = await ask(hub, '/?cursor=0', shared, { 'set-cookie': 'a=b' });
    expect(cookie.answer().cacheControl).toBe('private, no-store');
    const uncached = await ask(hub, '/?cursor=0', serveLongPoll(news));
    expect(uncached.answer().cacheControl).toBe('private, no-store');
  });
});

describe('an option of a transport that does not fit', () => {
  const news = createHub().channel('news');
  const anything = (value: unknown) => value as never;

  it.each([
    [() => serveLongPoll(news, anything({ waits: 1 })), /longPoll options: unknown option "waits"; known options: /],
    [() => serveLongPoll(news, { wait: -1 }), /longPoll option wait: expected an integer number of milliseconds/],
    [() => serveLongPoll(news, { cache: anything('yes') }), /longPoll option cache: expected true or false/],
    [() => serveLongPoll(news, { parameter: 'a b' }), /longPoll option parameter: expected a name of up to 32/],
    [() => serveLongPoll(news, { envelope: anything({}) }), /longPoll option envelope: expected a function/],
    [() => servePoll(news, { maxMessages: 0 }), /poll option maxMessages: expected an integer from 1 up/],
    [() => servePoll(news, anything({ wait: 1 })), /poll options: unknown option "wait"/],
    [
      () => serveComet(news, { callback: 'alert(1)' }),
      /comet option callback: expected a name, or names joined by dots/,
    ],
    [
      () => serveComet(news, { callback: [] }),
      /comet option callback: expected a name, .*an array of these, or a RegExp/,
    ],
    [() => serveComet(news, { callback: ['a', 'b()'] }), /comet option callback/],
    [() => serveComet(news, { origins: ['*'] }), /comet option origins: expected an array of origins/],
    [() => serveComet(news, { origins: [] }), /comet option origins/],
    [() => serveComet(news, { maxBytes: 0 }), /comet option maxBytes/],
    [() => servePush(news, { longPoll: { wait: -1 } }), /longPoll option wait/],
    [() => servePush(news, anything({ transport: 'sse' })), /push options: unknown option "transport"/],
    [() => servePush(anything(7)), /^source: expected/],
  ])('is a TypeError: %#', (make, words) => {
    expect(make).toThrow(TypeError);
    expect(make).toThrow(words);
  });
});
