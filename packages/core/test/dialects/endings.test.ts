import { type CloseReason, closeReasons, createHub } from '../../src';
import { GeneratorStream } from '../../src/delivery/generator-stream';
import { publicConnection } from '../../src/delivery/named-connection';
import { OneOffSource } from '../../src/delivery/one-off-source';
import { Subscriber } from '../../src/delivery/subscriber';
import { aiSdkUiMessages, bareSse, type Dialect, openAiChat } from '../../src/dialects';
import { dialectEncoder } from '../../src/dialects/dialect-encoder';
import { engineFor } from '../../src/hub/engine-for';
import type { Hub } from '../../src/hub/hub';
import type { Cursor } from '../../src/log/cursor';
import { runLogName } from '../../src/log/log-name';
import { subscribe } from '../../src/subscribing/subscribe';
import { FakeClock, FakeSink } from '../../src/testing';
import { settings } from '../kit/client';

const encoderOf = (dialect: Dialect) => dialectEncoder(dialect, dialect.name, (act) => act());
const microtasks = () => new Promise<void>((resolve) => setImmediate(resolve));
const wordless: Dialect = { name: 'wordless', message: ({ text }) => `${text};` };
const silent = { debug() {}, info() {}, error() {} };
const done = 'data: [DONE]\n\n';

async function connect(hub: Hub, log: string, dialect: Dialect, cursor: Cursor = 'oldest', overrides = {}) {
  const sink = new FakeSink();
  const engine = engineFor([], hub);
  const all = { ...settings, ...overrides };
  const connection = await subscribe(engine, [{ name: log }], encoderOf(dialect), cursor, all, sink, { waits: true });
  return { sink, connection };
}

async function open(hub: Hub, log: string, dialect: Dialect, cursor?: Cursor, overrides?: object) {
  const { sink, connection } = await connect(hub, log, dialect, cursor, overrides);
  if (!(connection instanceof Subscriber)) throw new Error(`There is no connection, but ${connection}.`);
  return { sink, connection };
}

/** A clean end, or a connection that was cut, with the reason for either. */
const endOf = ({ ended, wasCut, reason }: FakeSink) => [ended ? (wasCut ? 'cut' : 'clean') : 'open', reason];

describe('a channel in a dialect', () => {
  const setUp = async (dialect: Dialect, limits = {}) => {
    const clock = new FakeClock();
    const hub = createHub({ clock, limits });
    const channel = hub.channel('a');
    await channel.publish('one');
    return { clock, hub, channel, ...(await open(hub, 'a', dialect)) };
  };

  it('ends cleanly when the channel has ended', async () => {
    const { clock, channel, sink } = await setUp(openAiChat());
    await channel.publish('two');
    await channel.end();
    clock.turn();
    expect(sink.text).toBe(`data: one\n\ndata: two\n\n${done}`);
    expect(endOf(sink)).toEqual(['clean', 'ended']);
  });

  it('ends cleanly for a client that lags, when it has everything', async () => {
    const { clock, channel, sink } = await setUp(openAiChat());
    sink.stalled = true;
    await channel.publish('x'.repeat(2000));
    clock.turn();
    await channel.publish('two');
    await channel.end();
    clock.turn();
    expect(endOf(sink)).toEqual(['open', undefined]);
    sink.drain();
    expect(sink.text.endsWith(`data: two\n\n${done}`)).toBe(true);
    expect(endOf(sink)).toEqual(['clean', 'ended']);
  });

  it.each(
    (Object.keys(closeReasons) as CloseReason[]).flatMap((reason) =>
      [wordless, aiSdkUiMessages()].map((dialect) => [reason, dialect.name, dialect] as const),
    ),
  )('is cut off without a word when it is closed as %s (%s)', async (reason, _, dialect) => {
    const { sink, connection } = await setUp(dialect);
    const before = sink.text;
    publicConnection(connection).close(reason);
    expect([sink.text, ...endOf(sink)]).toEqual([before, 'cut', reason]);
  });

  it('is cut off when the app closes a client that lags behind the end', async () => {
    const { clock, channel, sink, connection } = await setUp(openAiChat());
    sink.stalled = true;
    await channel.publish('x'.repeat(2000));
    clock.turn();
    await channel.publish('two');
    await channel.end();
    clock.turn();
    connection.close('ended');
    expect(sink.text).not.toContain(done);
    expect(endOf(sink)).toEqual(['cut', 'ended']);
  });

  it('is cut off when the hub closes, with what was published before', async () => {
    const { hub, channel, sink } = await setUp(openAiChat());
    await channel.publish('two');
    await hub.close({ within: 0 });
    expect(sink.text).toBe('data: one\n\ndata: two\n\n');
    expect(endOf(sink)).toEqual(['cut', 'draining']);
  });

  it('is cut off when its dialect throws, which the logger is told', async () => {
    const warn = jest.fn();
    const clock = new FakeClock();
    const hub = createHub({ clock, logger: { ...silent, error: warn } });
    const throwing: Dialect = {
      name: 'throwing',
      message: ({ text }) => {
        if (text === 'bad') throw new Error('bad');
        return text;
      },
      end: () => {
        throw new Error('bad end');
      },
    };
    const { sink } = await open(hub, 'a', throwing);
    await hub.channel('a').publish('bad');
    clock.turn();
    expect(endOf(sink)).toEqual(['cut', 'failed']);
    const other = await open(hub, 'b', throwing);
    await hub.channel('b').end();
    clock.turn();
    expect(endOf(other.sink)).toEqual(['cut', 'ended']);
    expect(warn).toHaveBeenCalledTimes(2);
  });

  it('sends heartbeats that are comments', async () => {
    const { clock, sink } = await setUp(openAiChat());
    clock.advance(15_000);
    expect(sink.text).toBe('data: one\n\n:\n');
  });

  it('is destroyed when its client takes nothing', async () => {
    const { clock, channel, sink } = await setUp(openAiChat());
    sink.stalled = true;
    await channel.publish('two');
    clock.turn();
    clock.advance(150_000);
    expect(sink.destroyed).toBe(true);
    expect(sink.text).not.toContain(done);
  });
});

describe('a gap', () => {
  const setUp = async () => {
    const clock = new FakeClock();
    const hub = createHub({ clock, log: { count: 2 } });
    const channel = hub.channel('a');
    for (let n = 1; n <= 4; n++) await channel.publish(`${n}`);
    clock.turn();
    return { clock, hub, channel };
  };
  const told: Dialect = { ...wordless, name: 'told', gap: ({ missed }) => `gap ${missed};` };

  it.each([
    ['evicted', { after: 1 }],
    ['ahead', { after: 5 }],
    ['of another epoch', [{ epoch: 'other', offset: 1 }]],
  ])('before the head is no stream (%s)', async (_, cursor) => {
    const { hub } = await setUp();
    const { sink, connection } = await connect(hub, 'a', wordless, cursor as Cursor);
    expect([connection, sink.contentType]).toEqual(['lost', undefined]);
    expect(hub.stats().connections).toBe(0);
  });

  it('is told before the first message by a dialect that can', async () => {
    const { hub } = await setUp();
    const { sink } = await open(hub, 'a', told, { after: 1 });
    expect(sink.text).toBe('gap 1;3;4;');
  });

  it.each([
    ['cuts a client that lags', wordless, 'cut'],
    ['is told to a client that lags', told, 'open'],
  ])('%s', async (_, dialect, end) => {
    const { clock, hub, channel } = await setUp();
    const { sink } = await open(hub, 'a', dialect);
    sink.stalled = true;
    await channel.publish('x'.repeat(2000));
    clock.turn();
    for (let n = 6; n <= 9; n++) {
      await channel.publish(`${n}`);
      clock.turn();
    }
    sink.drain();
    expect(sink.text).toBe(`3;4;${'x'.repeat(2000)};${end === 'cut' ? '' : 'gap 2;8;9;'}`);
    expect(endOf(sink)[0]).toBe(end);
  });
});

describe('a place by number', () => {
  it.each([
    [{ after: 0 }, '1;2;3;'],
    [{ after: 2 }, '3;'],
    [{ after: 3 }, ''],
    [{ last: 2 }, '2;3;'],
    [{ last: 9 }, '1;2;3;'],
  ])('%j continues with %j', async (cursor, text) => {
    const hub = createHub({ clock: new FakeClock() });
    for (let n = 1; n <= 3; n++) await hub.channel('a').publish(`${n}`);
    expect((await open(hub, 'a', wordless, cursor)).sink.text).toBe(text);
  });
});

describe('a run in a dialect', () => {
  const outcomes = {
    completed: async (hub: Hub) => {
      await (
        await hub.run('r').start(async function* () {
          yield 'one';
        })
      ).done;
    },
    stopped: async (hub: Hub) => {
      const started = await hub.run('r').start(async function* ({ signal }) {
        yield 'one';
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      });
      await hub.run('r').stop('enough');
      await started.done;
    },
    failed: async (hub: Hub) => {
      await (
        await hub.run('r').start(async function* () {
          yield 'one';
          throw new Error('secret');
        })
      ).done;
    },
  };
  const setUp = () => createHub({ logger: silent });

  it.each([
    ['completed', done, 'clean'],
    ['stopped', `data: {"type":"abort","reason":"enough"}\n\n${done}`, 'clean'],
    ['failed', `data: {"type":"error","errorText":"run-failed"}\n\n${done}`, 'clean'],
  ] as const)('that is %s ends with the words of the dialect', async (outcome, words, end) => {
    const hub = setUp();
    const live = await open(hub, runLogName('r'), aiSdkUiMessages());
    await outcomes[outcome](hub);
    await microtasks();
    const late = await open(hub, runLogName('r'), aiSdkUiMessages());
    for (const { sink } of [live, late]) {
      expect(sink.text).toBe(`data: one\n\n${words}`);
      expect(endOf(sink)).toEqual([end, 'ended']);
    }
    await hub.close({ within: 0 });
  });

  it.each([
    ['completed', 'clean'],
    ['stopped', 'cut'],
    ['failed', 'cut'],
  ] as const)('that is %s has an end that is %s in a dialect without words', async (outcome, end) => {
    const hub = setUp();
    const live = await open(hub, runLogName('r'), bareSse({ ids: false }));
    await outcomes[outcome](hub);
    await microtasks();
    const late = await open(hub, runLogName('r'), bareSse({ ids: false }));
    for (const { sink } of [live, late]) expect([sink.text, endOf(sink)]).toEqual(['data: one\n\n', [end, 'ended']]);
    await hub.close({ within: 0 });
  });

  it.each([
    ['completed', bareSse(), 'finished'],
    ['failed', bareSse(), 'lost'],
    ['stopped', bareSse(), 'lost'],
    ['completed', aiSdkUiMessages(), 'finished'],
    ['completed', openAiChat(), done],
    ['failed', aiSdkUiMessages(), `data: {"type":"error","errorText":"run-failed"}\n\n${done}`],
  ] as const)('that is %s answers a client that has everything', async (outcome, dialect, answer) => {
    const hub = setUp();
    await outcomes[outcome](hub);
    const { sink, connection } = await connect(hub, runLogName('r'), dialect, { after: 1 });
    expect(typeof connection === 'string' ? connection : sink.text).toBe(answer);
    expect(sink.wasCut).toBe(false);
    await hub.close({ within: 0 });
  });
});

describe('a client without a place', () => {
  const answer = async (dialect: Dialect, cursor: Cursor, ends = true) => {
    const hub = createHub({ clock: new FakeClock() });
    for (let n = 1; n <= 3; n++) await hub.channel('a').publish(`${n}`);
    if (ends) await hub.channel('a').end();
    const { sink, connection } = await connect(hub, 'a', dialect, cursor);
    return typeof connection === 'string' ? connection : sink.text;
  };
  const once = aiSdkUiMessages({ whenEnded: 'no-content' });
  const whole = 'data: 1\n\ndata: 2\n\ndata: 3\n\n';

  it.each<[string, Dialect, Cursor, boolean, string]>([
    ['gets the whole of a source that has ended', aiSdkUiMessages(), 'oldest', true, whole + done],
    ['gets nothing of it where the dialect says so', once, 'oldest', true, 'finished'],
    ['gets nothing of it by `last` either', once, { last: 1 }, true, 'finished'],
    ['gets a source that has not ended', once, 'oldest', false, whole],
    ['is not one that has a number', once, { after: 2 }, true, `data: 3\n\n${done}`],
  ])('%s', async (_, dialect, cursor, ends, expected) => {
    expect(await answer(dialect, cursor, ends)).toBe(expected);
  });
});

describe('headers', () => {
  it.each([
    [0, { 'x-vercel-ai-ui-message-stream': 'v1' }],
    [3, { 'x-vercel-ai-ui-message-stream': 'v1', 'x-workflow-stream-tail-index': '2' }],
  ])('of UI messages tell the index of the newest chunk (%i chunks)', async (count, headers) => {
    const hub = createHub({ clock: new FakeClock() });
    for (let n = 0; n < count; n++) await hub.channel('a').publish(`${n}`);
    expect((await open(hub, 'a', aiSdkUiMessages())).sink.headers).toEqual(headers);
  });
});

describe('a generator in a dialect', () => {
  const start = async (source: () => AsyncGenerator<unknown>, dialect: Dialect) => {
    const clock = new FakeClock();
    const hub = createHub({ clock });
    const sink = new FakeSink();
    const encoder = encoderOf(dialect).foreign?.forOne();
    if (!encoder) throw new Error('The encoder is of no dialect.');
    const onError = jest.fn();
    const feed = new OneOffSource(source() as never, { isPushed: false });
    const listener = { onError, onClosing() {} };
    const connection = new GeneratorStream(engineFor([], hub), encoder, sink, settings, feed, listener);
    await connection.start(1000);
    await microtasks();
    clock.turn();
    await microtasks();
    return { hub, sink, onError, connection };
  };

  it('ends cleanly when it returns', async () => {
    const source = async function* () {
      yield 'one';
      yield { data: { two: 2 } };
    };
    const { sink } = await start(source, openAiChat());
    expect(sink.text).toBe(`data: one\n\ndata: {"two":2}\n\n${done}`);
    expect(endOf(sink)).toEqual(['clean', 'ended']);
  });

  const throwing = async function* () {
    yield 'one';
    throw new Error('secret');
  };

  it('ends with the words of its dialect when it throws', async () => {
    const { sink, onError } = await start(throwing, aiSdkUiMessages());
    expect(sink.text).toBe(`data: one\n\ndata: {"type":"error","errorText":"source-failed"}\n\n${done}`);
    expect(endOf(sink)).toEqual(['clean', 'failed']);
    expect(onError).toHaveBeenCalledTimes(1);
  });

  it('is cut off without them', async () => {
    const { sink, onError } = await start(throwing, wordless);
    expect([sink.text, ...endOf(sink)]).toEqual(['one;', 'cut', 'failed']);
    expect(onError).toHaveBeenCalledTimes(1);
  });

  it.each(['draining', 'ended', 'failed'] as const)('is cut off when it is closed as %s', async (reason) => {
    const source = async function* () {
      yield 'one';
      await new Promise(() => {});
    };
    const { sink, connection } = await start(source, aiSdkUiMessages());
    connection.close(reason);
    expect([sink.text, ...endOf(sink)]).toEqual(['data: one\n\n', 'cut', reason]);
  });

  it('has an error with 410 for a gap at its beginning, is cut off by a later one, or tells it', async () => {
    const hub = createHub({ clock: new FakeClock(), log: { count: 1 } });
    for (let n = 1; n <= 3; n++) await hub.channel('a').publish(`${n}`);
    const [epoch] = (await hub.channel('a').head()).split('.');
    const source = (first: string[]) =>
      async function* () {
        yield* first;
        for await (const item of hub.channel('a').read({ from: `${epoch}.1` })) yield item;
      };
    await expect(start(source([]), wordless)).rejects.toMatchObject({ code: 'messages-lost', status: 410 });
    const cut = await start(source(['0']), wordless);
    expect([cut.sink.text, endOf(cut.sink)[0]]).toEqual(['0;', 'cut']);
    const told = await start(source([]), { ...wordless, gap: ({ missed }) => `gap ${missed};` });
    expect([told.sink.text, endOf(told.sink)[0]]).toEqual(['gap 1;3;', 'open']);
  });
});
