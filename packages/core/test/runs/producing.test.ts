import { AsyncLocalStorage } from 'node:async_hooks';
import { Readable } from 'node:stream';
import { inspect } from 'node:util';
import { createHub, message, type Produce, RunError } from '../../src';
import { aborted, gate, readAll, setUp } from './kit';

/** Runs a producer to its end. */
async function produced(produce: Produce, options = {}) {
  const { run, errors, settle, store } = setUp();
  const { done } = await run.start(produce, options);
  await settle();
  const { status, code } = await done;
  return { ...(await readAll(run.read())), status, code, errors, writes: store.writes };
}

async function* generator() {
  yield 'a';
  yield { data: { b: 1 }, event: 'x' };
  yield message('c', { event: 'y' });
  yield new Uint8Array([1]);
}

describe('what a producer returns', () => {
  const all = ['a', { b: 1 }, 'c', new Uint8Array([1])];

  it.each<[string, Produce, unknown[]]>([
    ['an async generator', generator, all],
    [
      'a generator',
      function* () {
        yield 'a';
        yield 'b';
      },
      ['a', 'b'],
    ],
    ['an array', () => ['a', 'b'], ['a', 'b']],
    ['promises in a list', () => [Promise.resolve('a'), 'b'], ['a', 'b']],
    ['a stream of Node', () => Readable.from(['a', 'b']), ['a', 'b']],
    ['a stream of the web', () => new Blob(['ab']).stream().pipeThrough(new TextDecoderStream()), ['ab']],
    ['a promise of an async iterable', async () => generator(), all],
    [
      'an async function',
      async ({ run }) => {
        await run.send('a');
        run.send({ b: 1 }, { event: 'x' });
      },
      ['a', { b: 1 }],
    ],
    [
      'a promise of a list, which counts for nothing',
      ({ run }) => Promise.all([run.send('a'), run.send('b')]),
      ['a', 'b'],
    ],
    [
      'a generator that sends too',
      async function* ({ run }) {
        yield 'a';
        await run.send('b');
        yield 'c';
      },
      ['a', 'b', 'c'],
    ],
  ])('may be %s', async (_, produce, data) => {
    expect(await produced(produce)).toMatchObject({ data, status: 'completed', errors: [] });
  });

  it('keeps names of events', async () => {
    const { run, settle } = setUp();
    await run.start(generator);
    await settle();
    const events: unknown[] = [];
    for await (const { event } of run.read()) events.push(event);
    expect(events).toEqual([undefined, 'x', 'y', undefined]);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['a text', 'abc'],
    ['a number', 7],
  ])('must not be %s', async (_, value) => {
    const { status, code, errors } = await produced((() => value) as never);
    expect({ status, code, errors }).toEqual({ status: 'failed', code: 'run-failed', errors: [expect.any(TypeError)] });
    expect(String(errors[0])).toContain('result of the producer: expected an iterable of messages, or a promise');
  });
});

describe('an item', () => {
  it.each<[string, unknown, string]>([
    ['with an id', { data: 'b', id: '7' }, 'id of an item: expected none'],
    ['of message() with an id', message('b', { id: '7' }), 'id of an item: expected none'],
    ['with a retry', { data: 'b', retry: 700 }, 'retry of an item: expected none'],
    ['without data', { event: 'x' }, 'source message: expected a string, bytes, or an object with data'],
    ['that is undefined', undefined, 'source message'],
    ['of a reserved event', { data: 'b', event: 'pushwire:end' }, 'reserved'],
    ['that is no JSON', { data: () => {} }, ''],
    ['that is too large', { data: 'x'.repeat(2_000_000) }, 'at most 1048576 bytes'],
  ])('%s fails the run, whose finally runs', async (_, item, text) => {
    const log: unknown[] = [];
    const { data, status, code, errors } = await produced(async function* ({ signal }) {
      try {
        yield 'a';
        yield item as string;
        yield 'c';
      } finally {
        log.push(signal.aborted && signal.reason.code);
      }
    });
    expect({ data, status, code, log }).toEqual({
      data: ['a'],
      status: 'failed',
      code: 'run-failed',
      log: ['run-failed'],
    });
    expect(errors).toHaveLength(1);
    expect(String(errors[0])).toContain(text);
  });
});

describe('an error of the producer', () => {
  const boom = new Error('boom: secret');
  const throwing: [string, (error: Error) => Produce][] = [
    [
      'at once',
      (error) => () => {
        throw error;
      },
    ],
    [
      'of an async function',
      (error) =>
        async ({ run }) => {
          run.send('a');
          throw error;
        },
    ],
    [
      'of a generator',
      (error) =>
        async function* () {
          yield 'a';
          throw error;
        },
    ],
    [
      'of a stream',
      (error) => () =>
        new Readable({
          read() {
            this.destroy(error);
          },
        }),
    ],
    [
      'of an iterator',
      (error) => () => ({
        [Symbol.asyncIterator]: () => ({
          next: () => {
            throw error;
          },
        }),
      }),
    ],
    [
      'where it begins to iterate',
      (error) => () => ({
        [Symbol.asyncIterator]() {
          throw error;
        },
      }),
    ],
  ];

  it.each(throwing)('%s fails the run, and only the logger gets it', async (_, make) => {
    const { status, code, errors, error } = await produced(make(boom));
    expect({ status, code, errors, error }).toEqual({
      status: 'failed',
      code: 'run-failed',
      errors: [boom],
      error: 'run-failed',
    });
  });

  it.each(throwing)('%s may have a public code', async (_, make) => {
    const { status, code, errors } = await produced(make(new RunError('over-quota', 'secret')));
    expect({ status, code, errors }).toEqual({ status: 'failed', code: 'over-quota', errors: [] });
  });

  it.each(['', 'Over', 'a b', 'x'.repeat(65), 7])('has no code such as %j', (code) => {
    expect(() => new RunError(code as string)).toThrow(TypeError);
  });

  it('comes after the messages that were given before', async () => {
    const { data } = await produced(async function* () {
      yield 'a';
      yield 'b';
      throw boom;
    });
    expect(data).toEqual(['a', 'b']);
  });
});

describe('the writes of a run', () => {
  it('are one for what a turn of the loop gives, and the last has the outcome', async () => {
    const { writes } = await produced(async function* () {
      yield 'a';
      yield 'b';
      await new Promise((resolve) => setImmediate(resolve));
      yield 'c';
      yield 'd';
    });
    const seen = writes.map(({ after, messages, outcome }) => [after, messages.length, outcome?.outcome]);
    expect(seen).toEqual([
      [0, 2, undefined],
      [2, 2, 'completed'],
    ]);
  });

  it('let a producer go on meanwhile, but not for ever', async () => {
    const { run, settle, store } = setUp();
    let given = 0;
    store.holds = ['write'];
    await run.start(function* () {
      while (given < 5000) {
        given++;
        yield 'x';
      }
    });
    await settle();
    expect(given).toBe(2000);
    store.release();
    await settle();
    await settle();
    expect([given, (await run.state()).status]).toEqual([5000, 'completed']);
    expect(Math.max(...store.writes.map(({ messages }) => messages.length))).toBe(1000);
  });

  it('are bounded in bytes', async () => {
    const { run, settle, store } = setUp();
    let given = 0;
    store.holds = ['write'];
    await run.start(function* () {
      while (given < 50) {
        given++;
        yield 'x'.repeat(30_000);
      }
    });
    await settle();
    expect(given).toBe(6);
    store.release();
    await settle();
    expect(given).toBe(50);
  });
});

describe('most', () => {
  it.each([
    [{ count: 3 }, ['a', 'b', 'c']],
    [{ bytes: 2 }, ['a', 'b']],
  ])('%j fails a run that becomes larger', async (most, kept) => {
    const log: unknown[] = [];
    const produce: Produce = async function* ({ signal }) {
      try {
        yield* ['a', 'b', 'c', 'd', 'e'];
      } finally {
        log.push(signal.reason.code);
      }
    };
    const { data, error, status, code, errors } = await produced(produce, { most });
    expect({ data, error, status, code, errors }).toEqual({
      data: kept,
      error: 'run-failed',
      status: 'failed',
      code: 'run-too-large',
      errors: [],
    });
    expect(log).toEqual(['run-too-large']);
  });

  it('lets a run be as large as that', async () => {
    expect(await produced(() => ['a', 'b', 'c'], { most: { count: 3, bytes: 3 } })).toMatchObject({
      status: 'completed',
    });
  });

  it('rejects what is sent beyond it', async () => {
    const codes: unknown[] = [];
    const send = async ({ run }: Parameters<Produce>[0]) => {
      for (let n = 0; n < 3; n++) await run.send(`${n}`).catch(({ code }) => codes.push(code));
    };
    expect(await produced(send, { most: { count: 1 } })).toMatchObject({ code: 'run-too-large', data: ['0'] });
    expect(codes).toEqual(['run-too-large', 'run-too-large']);
  });
});

describe('run.send()', () => {
  it('resolves with the id when the store has it', async () => {
    const { run, settle, store } = setUp();
    const ids: string[] = [];
    const go = gate();
    await run.start(async ({ run }) => {
      ids.push(await run.send('a'), ...(await Promise.all([run.send('b'), run.send('c')])));
      await go.opened;
    });
    await settle();
    const head = (await run.state()).head as string;
    expect(ids).toEqual([1, 2, 3].map((n) => head.replace(/\d$/, `${n}`)));
    expect(store.writes.map(({ messages }) => messages.length)).toEqual([1, 2]);
    go.open();
  });

  it('throws at once for what cannot be sent', async () => {
    const { run, settle } = setUp();
    const thrown: unknown[] = [];
    await run.start(async ({ run }) => {
      for (const args of [
        [undefined],
        ['a', { event: 'pushwire:x' }],
        [message('a', { id: '7' })],
        ['a', { evnt: 'x' }],
      ]) {
        try {
          (run.send as (...args: unknown[]) => void)(...args);
        } catch (error) {
          thrown.push(error);
        }
      }
      await run.send('x'.repeat(2_000_000)).catch((error) => thrown.push(error.code));
    });
    await settle();
    const misuse = expect.any(TypeError);
    expect(thrown).toEqual([misuse, misuse, misuse, misuse, 'message-too-large']);
  });

  it('fails the run for a message that is too large, though nothing awaits it', async () => {
    const produce: Produce = async ({ run }) => {
      run.send('a');
      run.send('x'.repeat(2_000_000));
      run.send('b').catch(() => {});
    };
    const { data, status, code, errors } = await produced(produce);
    expect({ data, status, code }).toEqual({ data: ['a'], status: 'failed', code: 'run-failed' });
    expect(errors).toContainEqual(expect.objectContaining({ code: 'message-too-large' }));
  });

  it('may be chained without a handler after a stop, and reports nothing', async () => {
    const { run, settle, errors } = setUp();
    const unhandled = jest.fn();
    process.on('unhandledRejection', unhandled);
    await run.start(async ({ run, signal }) => {
      await aborted(signal);
      run.send('late').then(() => 'sent');
    });
    await run.stop();
    await settle();
    process.off('unhandledRejection', unhandled);
    expect([unhandled.mock.calls, errors]).toEqual([[], []]);
  });

  it('rejects after the end, which the logger gets where nothing handles it', async () => {
    const { run, settle, errors } = setUp();
    let late: Parameters<Produce>[0]['run'] | undefined;
    await run.start(async ({ run }) => {
      late = run;
    });
    await settle();
    await expect(late?.send('late')).rejects.toMatchObject({ code: 'run-ended' });
    late?.send('late');
    await settle();
    expect(errors).toMatchObject([{ code: 'run-ended' }]);
  });
});

it('a producer runs in the async context of its start, whatever wakes it', async () => {
  const storage = new AsyncLocalStorage<string>();
  const { run, settle } = setUp();
  const seen: unknown[] = [];
  const go = gate();
  await storage.run('start', () =>
    run.start(async function* ({ signal }) {
      signal.addEventListener('abort', () => seen.push(['signal', storage.getStore()]));
      try {
        seen.push(['first', storage.getStore()]);
        yield 'a';
        seen.push(['second', storage.getStore()]);
        await go.opened;
        yield 'b';
        await aborted(signal);
      } finally {
        seen.push(['finally', storage.getStore()]);
      }
    }),
  );
  await settle();
  storage.run('other', go.open);
  await settle();
  await storage.run('stop', () => run.stop());
  await settle();
  expect(seen).toEqual([
    ['first', 'start'],
    ['second', 'start'],
    ['signal', 'start'],
    ['finally', 'start'],
  ]);
});

/** Values that throw when they are looked at, as an error of the app may. */
const throwing = () => {
  throw new Error('not to be looked at');
};
const revoked = Proxy.revocable({}, {});
revoked.revoke();
const unlookable: [string, unknown][] = [
  ['whose name is a symbol', Object.assign(new Error('x'), { name: Symbol('name') })],
  ['without a class', Object.assign(new Error('x'), { constructor: undefined })],
  ['whose cause cannot be read', Object.defineProperty(new Error('x'), 'cause', { get: throwing })],
  ['that no console can print', { [inspect.custom]: throwing }],
  ['that has no text', Object.create(null)],
  ['that is a revoked proxy', revoked.proxy],
];

describe.each(unlookable)('an error %s', (_, error) => {
  it('fails the run', async () => {
    const fails: Produce = async function* () {
      yield 'a';
      throw error;
    };
    expect(await produced(fails)).toMatchObject({ data: ['a'], status: 'failed', code: 'run-failed' });
    const failsAtOnce: Produce = () => {
      throw error;
    };
    expect(await produced(failsAtOnce)).toMatchObject({ data: [], status: 'failed', code: 'run-failed' });
  });

  it('lets a run stop', async () => {
    const { run, settle, errors } = setUp();
    const { done } = await run.start(async ({ signal }) => {
      await aborted(signal);
      throw error;
    });
    await run.stop();
    await settle();
    expect(await done).toMatchObject({ status: 'stopped' });
    expect(errors).toHaveLength(1);
  });

  it('fails the run of a hub without a logger', async () => {
    const printed = jest.spyOn(console, 'error').mockImplementation((value) => void inspect(value));
    const { done } = await createHub()
      .run('answer')
      .start(() => {
        throw error;
      });
    expect(await done).toMatchObject({ status: 'failed', code: 'run-failed' });
    expect(printed).toHaveBeenCalled();
    printed.mockRestore();
  });
});
