import { Snapshot } from '../../src/subscribing/snapshot';
import type { SnapshotPart } from '../../src/subscribing/snapshot-part';

const read = async (given: unknown, maxBytes?: number): Promise<SnapshotPart[]> => {
  const snapshot = new Snapshot(given, 100);
  const parts: SnapshotPart[] = [];
  do parts.push(await snapshot.read(maxBytes));
  while (!parts.at(-1)?.isLast);
  return parts;
};
const bodies = ({ messages }: SnapshotPart) => messages.map(({ event, body }) => (event ? [event, body] : body));

async function* slowly(...messages: unknown[]) {
  for (const message of messages) yield await message;
}

describe('a snapshot', () => {
  it.each<[string, () => unknown, unknown[]]>([
    ['nothing', () => undefined, []],
    ['null', () => null, []],
    ['a string', () => 'one', ['one']],
    ['an empty string', () => '', ['']],
    ['a message', () => ({ data: { n: 1 }, event: 'state' }), [['state', '{"n":1}']]],
    ['a message whose data is null', () => ({ data: null }), ['null']],
    ['an array', () => ['a', { data: 2 }], ['a', '2']],
    ['an empty array', () => [], []],
    ['a Set', () => new Set(['a', 'b']), ['a', 'b']],
    ['the values of a Map', () => new Map([[1, { data: 'x' }]]).values(), ['x']],
    [
      'a generator',
      () =>
        (function* () {
          yield 'a';
          yield { data: [] };
        })(),
      ['a', '[]'],
    ],
    ['an async generator', () => slowly('a', { data: 'b', event: 'e' }), ['a', ['e', 'b']]],
    ['a promise of a message', async () => ({ data: 1 }), ['1']],
    ['a promise of an array', async () => ['a'], ['a']],
    ['a promise of nothing', async () => undefined, []],
    ['a promise of an async generator', async () => slowly('a'), ['a']],
  ])('may be %s', async (_kind, make, expected) => {
    expect((await read(make())).flatMap(bodies)).toEqual(expected);
  });

  it.each<[string, unknown, string]>([
    ['a number', 7, 'what initial returns: expected a string, an object with data, an iterable'],
    ['true', true, 'what initial returns: expected a string'],
    ['a function', () => 'x', 'what initial returns: expected a string'],
    ['an object without data', { event: 'x' }, 'what initial returns: expected a string'],
    ['an iterable of numbers', [1], 'initial message: expected a string, or an object with data, got the number 1'],
    ['an iterable of promises', [Promise.resolve('x')], 'initial message: expected a string, or an object with data'],
    ['an iterable with null', ['a', null], 'initial message: expected a string, or an object with data, got null'],
    ['data that is undefined', { data: undefined }, 'data'],
    ['data that is a function', { data: () => {} }, 'data'],
    ['a CR in an event', { data: 1, event: 'a\rb' }, 'event'],
    ['an LF in an event', { data: 1, event: 'a\nb' }, 'event'],
    ['NUL in an event', { data: 1, event: 'a\0b' }, 'event'],
    ['an event of the protocol', { data: 1, event: 'pushwire:open' }, 'event'],
    ['a retry', { data: 1, retry: 5 }, 'initial message retry: expected none'],
    ['an id that is no cursor', { data: 1, id: '42' }, 'initial message id: expected the id of a message'],
    ['an id that is a number', { data: 1, id: 42 }, 'initial message id: expected the id of a message'],
    ['an empty id', { data: 1, id: '' }, 'initial message id: expected the id of a message'],
    ['the id 0', { data: 1, id: '0' }, 'initial message id: expected the id of a message'],
    ['an id with a line break', { data: 1, id: 'e.1\n' }, 'initial message id: expected the id of a message'],
  ])('may not be or have %s', async (_kind, given, text) => {
    await expect(read(given)).rejects.toThrow(TypeError);
    await expect(read(given)).rejects.toThrow(text);
  });

  it('refuses a message that is too large with the code of publish()', async () => {
    await expect(read('x'.repeat(101))).rejects.toMatchObject({ code: 'message-too-large' });
  });

  it.each<[string, (...messages: string[]) => unknown]>([
    ['an array', (...messages) => messages],
    ['an async iterable', slowly],
  ])('of %s is read in parts, each of which has at least one message', async (_kind, of) => {
    const parts = await read(of('aaaa', 'bbbb', 'cccccccccc', 'd'), 8);
    expect(parts.map((part) => [bodies(part), part.isLast])).toEqual([
      [['aaaa', 'bbbb'], false],
      [['cccccccccc'], false],
      [['d'], true],
    ]);
  });

  it('of empty messages is read in parts, too', async () => {
    const parts = await read(Array(20).fill(''), 8);
    expect(parts.map(({ messages }) => messages.length)).toEqual([8, 8, 4]);
  });

  it('tells the places that its ids name', async () => {
    const [part] = await read([{ data: 1, id: 'e.5' }, 'x']);
    expect(part?.places).toEqual([{ epoch: 'e', offset: 5 }]);
  });

  it('passes on what the app throws', async () => {
    const failing = async function* () {
      yield 'a';
      throw new Error('mine');
    };
    await expect(read(failing())).rejects.toThrow('mine');
    await expect(read(Promise.reject(new Error('mine')))).rejects.toThrow('mine');
  });
});

describe('the close of a snapshot', () => {
  const watched = () => {
    const log: string[] = [];
    const messages = (function* () {
      try {
        yield 'a';
        yield 'b';
      } finally {
        log.push('closed');
      }
    })();
    return { log, messages };
  };

  it('closes what was begun, once', async () => {
    const { log, messages } = watched();
    const snapshot = new Snapshot(messages, 100);
    await snapshot.read(1);
    await Promise.all([snapshot.close(), snapshot.close()]);
    expect(log).toEqual(['closed']);
  });

  it('does nothing after the end', async () => {
    const { log, messages } = watched();
    const snapshot = new Snapshot(messages, 100);
    await snapshot.read();
    expect(log).toEqual(['closed']);
    await snapshot.close();
    expect(log).toEqual(['closed']);
  });

  it('waits for a promise, and then closes what it has brought without reading it', async () => {
    const calls: string[] = [];
    const step = (name: string, done: boolean) => () => {
      calls.push(name);
      return { done, value: 'a' };
    };
    const iterator = { next: step('next', false), return: step('return', true) };
    let settle = (_given: unknown) => {};
    const snapshot = new Snapshot(new Promise((resolve) => (settle = resolve)), 100);
    const reading = snapshot.read();
    await snapshot.close();
    settle({ [Symbol.iterator]: () => iterator });
    expect(await reading).toEqual({ messages: [], places: [], isLast: true });
    expect(calls).toEqual(['return']);
  });

  it('ends the reading of an iterator that has no return()', async () => {
    const waiting: ((result: { done: boolean; value: string }) => void)[] = [];
    const iterator = { next: () => new Promise((resolve) => waiting.push(resolve)) };
    const snapshot = new Snapshot({ [Symbol.asyncIterator]: () => iterator }, 100);
    const reading = snapshot.read();
    waiting[0]?.({ done: false, value: 'a' });
    await new Promise((resolve) => setImmediate(resolve));
    await snapshot.close();
    waiting[1]?.({ done: false, value: 'b' });
    await reading;
    expect(waiting.length).toBe(2);
  });
});
