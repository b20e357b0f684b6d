import { GeneratorStream } from '../../src/delivery/generator-stream';
import { OneOffSource } from '../../src/delivery/one-off-source';
import { sseEncoder } from '../../src/encoders/sse';
import { engineFor } from '../../src/hub/engine-for';
import { createHub } from '../../src/hub/hub';
import { message, OutgoingMessage, readFields } from '../../src/log/outgoing-message';
import { FakeClock, FakeSink } from '../../src/testing';
import { PostedClient } from '../../src/web-socket/posted-client';
import { connect, settings } from '../kit/client';

const anything = (value: unknown) => value as never;

describe('message()', () => {
  it('keeps its data and its fields', () => {
    const made = message({ build: 7 }, { event: 'started', id: '7', retry: 500 });
    expect(made).toBeInstanceOf(OutgoingMessage);
    expect({ ...made }).toEqual({ data: { build: 7 }, event: 'started', id: '7', retry: 500 });
  });

  it.each([
    [() => message('x', anything({ evnet: 'a' })), /message options: unknown option "evnet"/],
    [() => message('x', { event: 'a\nb' }), /event: expected a string without CR, LF or NUL/],
    [() => message('x', { event: 'pushwire:open' }), /event: expected a name that does not begin with/],
    [
      () => message('x', { event: 'error' }),
      /event: expected a name that an EventSource does not fire itself, .* "error"/,
    ],
    [() => message('x', { retry: 2 ** 31 }), /retry: expected an integer number of milliseconds from 0 to 2147483647/],
    [() => message('x', { id: 'a\0' }), /id: expected a string without CR, LF or NUL/],
    [
      () => message('x', { id: 'x'.repeat(4097) }),
      /id: expected a string of at most 4096 bytes in a URL, not 4097, got/,
    ],
    [() => message('x', { id: 'é'.repeat(1000) }), /at most 4096 bytes in a URL, not 6000/],
    [() => message('x', { id: '%'.repeat(2000) }), /at most 4096 bytes in a URL, not 6000/],
    [() => message('x', { id: ' 7' }), /id: expected a string without .* spaces at its ends, got the string " 7"/],
    [() => message('x', { id: '7 ' }), /spaces at its ends/],
    [() => message('x', { id: 'a\tb' }), /control characters/],
    [() => message('x', { id: 'a\x7f' }), /control characters/],
    [() => message('x', { id: 'a\ud800' }), /lone surrogates/],
    [() => message('x', { retry: 1.5 }), /retry: expected an integer/],
    [() => message('x', { id: 'end' }), /id: expected another id than the reserved end/],
    [() => message(message('x')), /message data: expected data, which is in no message yet/],
  ])('refuses fields that cannot be sent: %#', (make, error) => {
    expect(make).toThrow(TypeError);
    expect(make).toThrow(error);
  });
});

describe('yield message()', () => {
  it('sends the same as yield { data, event, id, retry }', async () => {
    const streams = await Promise.all(
      [
        message({ n: 1 }, { event: 'tick', id: '1', retry: 700 }),
        { data: { n: 1 }, event: 'tick', id: '1', retry: 700 },
      ].map(async (value) => {
        const sink = new FakeSink();
        const listener = { onError: jest.fn(), onClosing: jest.fn() };
        async function* source() {
          yield value;
        }
        const host = engineFor([], createHub());
        await new GeneratorStream(host, sseEncoder, sink, settings, new OneOffSource(source()), listener).start(1000);
        await new Promise((resolve) => setImmediate(resolve));
        return sink.text.replace(/"retry":\d+|retry: 2\d+|retry: 3\d+/g, '');
      }),
    );
    expect(streams[0]).toContain('retry: 700\nevent: tick\nid: 1\ndata: {"n":1}\n\n');
    expect(streams[0]).toBe(streams[1]);
  });
});

describe('publish(message())', () => {
  const channel = () => createHub().channel('news');

  it('publishes the same as publish(data, { event })', async () => {
    const hub = createHub();
    const { events } = await connect(hub, ['news']);
    await hub.channel('news').publish({ n: 1 }, { event: 'tick' });
    await hub.channel('news').publish(message({ n: 1 }, { event: 'tick' }));
    await new Promise((resolve) => setImmediate(resolve));
    const ticks = events().filter(({ event }) => event === 'tick');
    expect(ticks.map(({ data }) => data)).toEqual(['{"n":1}', '{"n":1}']);
  });

  it('checks the types of a typed channel', () => {
    const news = createHub().channel<{ headline: { text: string }; message: string }>('news');
    expect([
      () => news.publish({ text: 'It works' }, { event: 'headline' }),
      () => news.publish(message({ text: 'It works' }, { event: 'headline' })),
      () => news.publish(message('It works')),
      // @ts-expect-error the data of a headline is an object
      () => news.publish(message('It works', { event: 'headline' })),
      // @ts-expect-error there is no such event
      () => news.publish(message('It works', { event: 'other' })),
    ]).toHaveLength(5);
    const typed = createHub().channel<{ error: string; failed: string }>('typed');
    expect([
      () => typed.publish('It broke', { event: 'failed' }),
      // @ts-expect-error an EventSource fires error itself
      () => typed.publish('It broke', { event: 'error' }),
    ]).toHaveLength(2);
  });

  it.each([
    [() => channel().publish(message('x', { id: '1' })), /message id: expected none/],
    [() => channel().publish(message('x', { retry: 500 })), /message retry: expected none/],
    [
      () => channel().publish(anything(message('x')), { event: 'a' }),
      /publish option event: expected none beside message/,
    ],
  ])('refuses at once: %#', (publish, error) => {
    expect(publish).toThrow(TypeError);
    expect(publish).toThrow(error);
  });
});

const postedClient = () => new PostedClient(undefined, [], { maxMessageBytes: 1024, clock: new FakeClock() });

describe('client.send(message())', () => {
  it('sends the same as send(data, { event })', () => {
    const answers = [
      (client: PostedClient<unknown>) => client.send({ n: 1 }, { event: 'tick' }),
      (client: PostedClient<unknown>) => client.send(message({ n: 1 }, { event: 'tick' })),
    ].map((send) => {
      const client = postedClient();
      send(client);
      return String(client.answer());
    });
    expect(answers).toEqual(new Array(2).fill('{"messages":[{"event":"tick","data":{"n":1}}]}'));
  });

  it('refuses an id, which only a generator can choose', () => {
    expect(() => postedClient().send(message('x', { id: '1' }))).toThrow(/message id: expected none/);
  });
});

describe('a plain object that looks like a message', () => {
  const published = async (data: unknown) => {
    const hub = createHub();
    const client = await connect(hub, ['news']);
    await hub.channel('news').publish(data);
    await new Promise((resolve) => setImmediate(resolve));
    return client.data();
  };

  it.each([
    [{ event: 'tick', data: 1 }],
    [{ event: 'tick', data: undefined }],
    [{ event: 'tick', data: 1, id: '7', retry: 500 }],
    [{ ...message('x', { event: 'tick' }) }],
  ])('is refused by publish() and send(): %j', (data) => {
    const words =
      /^data: expected data without an event in it; give the event in the options, .* or message\(\) around/;
    expect(() => createHub().channel('news').publish(data)).toThrow(TypeError);
    expect(() => createHub().channel('news').publish(data)).toThrow(words);
    expect(() => postedClient().send(data)).toThrow(words);
    expect(() => readFields(data, undefined)).toThrow(words);
  });

  it('is data inside of message()', async () => {
    expect(await published(message({ event: 'push', data: 1 }))).toEqual(['{"event":"push","data":1}']);
  });

  it.each([[{ data: 1 }], [{ event: 7, data: 1 }], [{ event: 'push', data: 1, repository: 'x' }]])(
    'is data where it has other properties than a message: %j',
    async (data) => {
      expect(await published(data)).toEqual([JSON.stringify(data)]);
    },
  );
});
