import { GeneratorStream } from '../../src/delivery/generator-stream';
import { HubRefused } from '../../src/delivery/hub-refused';
import { OneOffSource } from '../../src/delivery/one-off-source';
import type { SourceItem, SourceMessage } from '../../src/delivery/source-message';
import { sseEncoder } from '../../src/encoders/sse';
import { engineFor } from '../../src/hub/engine-for';
import { createHub } from '../../src/hub/hub';
import { ChannelGap } from '../../src/log/channel-gap';
import { FakeClock, FakeSink, parseEventStream } from '../../src/testing';
import { settings } from '../kit/client';

const microtasks = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A promise that the test settles. */
function deferred<T = void>() {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

function setUp(iterable: AsyncIterable<SourceItem>, overrides = {}, isPushed = false) {
  const clock = new FakeClock();
  const hub = createHub({ clock });
  const sink = new FakeSink();
  const listener = { onError: jest.fn(), onClosing: jest.fn() };
  const connection = new GeneratorStream(
    engineFor([], hub),
    sseEncoder,
    sink,
    { ...settings, ...overrides },
    new OneOffSource(iterable, { isPushed }),
    listener,
  );
  const events = () => parseEventStream(sink.text).map(({ event, data }) => [event, data]);
  return { clock, hub, sink, listener, connection, events };
}

describe("a generator's stream", () => {
  it('opens, sends what the generator yields, and tells the client when it has ended', async () => {
    const { clock, connection, events, sink } = setUp(
      (async function* () {
        yield { data: 'a' };
        yield { data: { b: 1 }, event: 'tick', id: '7', retry: 900 };
      })(),
    );
    await connection.start(1000);
    await microtasks();
    clock.turn();
    await microtasks();
    expect(sink.text).toMatch(/^retry: \d+\nevent: pushwire:open\ndata: {"heartbeat":15000,"retry":\d+}\n\n/);
    expect(sink.text).toContain('retry: 900\nevent: tick\nid: 7\ndata: {"b":1}\n\n');
    expect(events().slice(1)).toEqual([
      ['message', 'a'],
      ['tick', '{"b":1}'],
      ['pushwire:end', '{"cursor":"end"}'],
    ]);
    expect(connection.reason).toBe('ended');
    expect(sink.ended).toBe(true);
  });

  it('opens without the first message after firstMessageTimeout', async () => {
    const first = deferred();
    const { clock, connection, events } = setUp(
      (async function* () {
        await first.promise;
        yield { data: 'late' };
      })(),
    );
    const started = connection.start(1000);
    clock.advance(999);
    expect(events()).toEqual([]);
    clock.advance(1);
    await started;
    expect(events()).toEqual([['pushwire:open', expect.stringContaining('"heartbeat":15000')]]);
  });

  it('rejects with an error that is thrown before the first byte, and leaves the response alone', async () => {
    const { connection, sink, hub, listener } = setUp(
      // biome-ignore lint/correctness/useYield: it throws before it can yield
      (async function* () {
        throw new Error('no credit');
      })(),
    );
    await expect(connection.start(1000)).rejects.toThrow('no credit');
    expect(sink).toMatchObject({ contentType: undefined, ended: false, writes: [] });
    expect(listener.onError).not.toHaveBeenCalled();
    expect(hub.stats().connections).toBe(0);
  });

  it.each([
    ['throws', new Error('secret detail'), /secret detail/],
    ['yields a number', 5, /source message: expected a string, bytes, or an object with data, got .*5/],
    ['yields an object without data', { event: 'x' }, /source message: expected .* an object with data, got /],
    ['yields a forged event', { data: 'x', event: 'a\ndata: b' }, /^event: expected/],
    ['yields a forged id', { data: 'x', id: 'a\nb' }, /^id: expected/],
    ['yields an event error', { data: 'x', event: 'error' }, /^event: expected .* as it does error and open, got/],
    ['yields an id of 5000 characters', { data: 'x', id: 'x'.repeat(5000) }, /^id: expected .* at most 4096 bytes/],
    ['yields a retry that is no integer', { data: 'x', retry: 1.5 }, /^retry: expected/],
    ['yields data that JSON cannot hold', { data: 1n }, /^data: expected/],
  ])('that %s after its first message tells only the app why', async (_case, what, words) => {
    const cleaned = jest.fn();
    const { clock, connection, events, listener, sink } = setUp(
      (async function* () {
        try {
          yield { data: 'fine' };
          if (what instanceof Error) throw what;
          yield what as SourceMessage;
        } finally {
          cleaned();
        }
      })(),
    );
    await connection.start(1000);
    await microtasks();
    clock.turn();
    await microtasks();
    expect(events().slice(1)).toEqual([
      ['message', 'fine'],
      ['pushwire:error', '{"code":"source-failed"}'],
    ]);
    expect(sink.text).not.toContain('secret');
    expect(listener.onError.mock.calls).toEqual([[expect.objectContaining({ message: expect.stringMatching(words) })]]);
    expect(connection.reason).toBe('failed');
    expect(cleaned).toHaveBeenCalledTimes(1);
  });

  it('stops waiting for the generator and runs its finally block when the client leaves', async () => {
    const never = deferred();
    const cleaned = jest.fn();
    const { connection, sink, listener } = setUp(
      (async function* () {
        try {
          yield { data: 'a' };
          await never.promise;
        } finally {
          cleaned();
        }
      })(),
    );
    listener.onClosing.mockImplementation(() => never.reject(new DOMException('aborted', 'AbortError')));
    await connection.start(1000);
    const { closed } = connection;
    await microtasks();
    sink.leave();
    await expect(closed).resolves.toBe('left');
    await microtasks();
    expect(listener.onClosing).toHaveBeenCalledTimes(1);
    expect(cleaned).toHaveBeenCalledTimes(1);
    expect(listener.onError).not.toHaveBeenCalled();
  });

  it('closes at once when the client leaves, even if the generator never settles', async () => {
    const { connection, sink, hub } = setUp({
      [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }),
    });
    const started = connection.start(1000);
    sink.leave();
    await started;
    expect(connection.reason).toBe('left');
    expect(hub.stats().connections).toBe(0);
  });

  it('gives the app an error that the finally block throws after the client has left', async () => {
    const { connection, sink, listener } = setUp(
      (async function* () {
        try {
          yield { data: 'a' };
          yield { data: 'b' };
        } finally {
          // biome-ignore lint/correctness/noUnsafeFinally: the test needs it
          throw new Error('cleaning failed');
        }
      })(),
      { highWaterMark: 0 },
    );
    sink.stalled = true;
    await connection.start(1000);
    sink.leave();
    await microtasks();
    expect(listener.onError).toHaveBeenCalledWith(expect.objectContaining({ message: 'cleaning failed' }));
  });

  it('pulls no more than the socket takes', async () => {
    let yielded = 0;
    const { clock, connection, sink } = setUp(
      (async function* () {
        for (;;) {
          yielded++;
          yield { data: 'x'.repeat(100) };
        }
      })(),
      { highWaterMark: 1000 },
    );
    sink.stalled = true;
    await connection.start(1000);
    for (let n = 0; n < 20; n++) {
      await microtasks();
      clock.turn();
    }
    const stuck = yielded;
    expect(stuck).toBeLessThan(2000);
    await microtasks();
    clock.turn();
    expect(yielded).toBe(stuck);
    sink.drainOnce();
    await microtasks();
    expect(yielded).toBeGreaterThan(stuck);
    sink.leave();
  });

  it('sends messages of one turn in one write', async () => {
    const { clock, connection, sink } = setUp(
      (async function* () {
        for (const data of ['a', 'b', 'c']) yield { data };
        await new Promise(() => {});
      })(),
    );
    await connection.start(1000);
    await microtasks();
    clock.turn();
    expect(sink.writes.slice(1)).toEqual(['data: a\n\ndata: b\n\ndata: c\n\n']);
    sink.leave();
  });

  it('asks the client to reconnect and aborts the generator when the hub closes', async () => {
    const { connection, hub, listener, events } = setUp(
      (async function* () {
        yield { data: 'a' };
        await new Promise(() => {});
      })(),
    );
    await connection.start(1000);
    await hub.close();
    expect(events().at(-1)?.[0]).toBe('pushwire:retry');
    expect(listener.onClosing).toHaveBeenCalledTimes(1);
  });

  it('sends text and bytes as messages of them alone', async () => {
    const { clock, connection, events } = setUp(
      (async function* () {
        yield 'text';
        yield Uint8Array.of(0, 255);
        yield Uint8Array.of(1).buffer;
      })(),
    );
    await connection.start(1000);
    await microtasks();
    clock.turn();
    expect(events().slice(1, 4)).toEqual([
      ['message', 'text'],
      ['message', 'AP8='],
      ['message', 'AQ=='],
    ]);
  });

  it('tells the client of a gap of a channel that is read, in its place, and counts it', async () => {
    const { clock, connection, events, hub } = setUp(
      (async function* () {
        yield { data: 'before' };
        yield new ChannelGap({ reason: 'evicted', missed: 3, cursor: 'e.7' });
        yield { data: 'after', id: 'e.8' };
      })(),
    );
    await connection.start(1000);
    await microtasks();
    clock.turn();
    expect(events().slice(1)).toEqual([
      ['message', 'before'],
      ['pushwire:gap', expect.stringContaining('"reason":"evicted","missed":3')],
      ['message', 'after'],
      ['pushwire:end', '{"cursor":"end"}'],
    ]);
    expect(hub.stats().gaps).toBe(1);
  });

  it.each(['draining', 'full', 'unavailable'] as const)(
    'asks the client to come back when a channel that it reads is refused: %s',
    async (reason) => {
      for (const first of [[], [{ data: 'a' }]]) {
        const { clock, connection, events, listener } = setUp(
          (async function* () {
            yield* first;
            throw new HubRefused(reason, 'hub-closed', 'words');
          })(),
        );
        await connection.start(1000);
        await microtasks();
        clock.turn();
        await microtasks();
        expect(connection.reason).toBe(reason);
        expect(events().at(-1)).toEqual(['pushwire:retry', expect.stringContaining(`"${reason}"`)]);
        expect(listener.onError).not.toHaveBeenCalled();
      }
    },
  );

  it('takes all that a source pushes, and closes a client with overrun that is a megabyte behind', async () => {
    const cleaned = jest.fn();
    let emit: (data: string) => void = () => {};
    const pushed = {
      next: () =>
        new Promise<IteratorResult<SourceItem>>((resolve) => {
          emit = (data) => resolve({ done: false, value: { data } });
        }),
      return: async () => {
        cleaned();
        return { done: true as const, value: undefined };
      },
    };
    const { clock, connection, sink } = setUp({ [Symbol.asyncIterator]: () => pushed }, { highWaterMark: 1000 }, true);
    connection.start(0);
    clock.advance(0);
    sink.stalled = true;
    for (let kilobytes = 0; kilobytes < 1024; kilobytes += 64) {
      expect(connection.reason).toBeUndefined();
      emit('x'.repeat(64 * 1024));
      await microtasks();
      clock.turn();
    }
    await microtasks();
    expect(connection.reason).toBe('overrun');
    expect(cleaned).toHaveBeenCalledTimes(1);
  });
});
