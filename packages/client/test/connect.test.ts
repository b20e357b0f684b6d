import { watchPage } from '../src/environment/page-events';
import { connect, messages, PushwireError, storedIn, type Transport } from '../src/index';
import { catchUncaught, connected, manual, nextTurn, url } from './kit/manual';
import { opening } from './kit/rig';

describe('connect', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['an invalid URL', () => connect('/relative'), /URL/],
    ['a URL of another scheme', () => connect('ws://www.example.com'), /^connect url: expected http, got ws:/],
    [
      'an unknown option',
      () => connect(url, { transport: 'sse' } as never),
      /^connect option: expected .*openTimeout.*, got transport$/,
    ],
    [
      'a string for a number',
      () => connect(url, { retry: '5' } as never),
      /^connect option retry: expected number, got 5$/,
    ],
    ['NaN for a number', () => connect(url, { retry: Number.NaN }), /^connect option retry: .* got NaN$/],
    ['0 for a number', () => connect(url, { maxRetry: 0 }), /^connect option maxRetry: .* got 0$/],
    [
      'a number for headers',
      () => connect(url, { headers: 5 } as never),
      /^connect option headers: expected object, got 5$/,
    ],
    [
      'an unknown transport',
      () => connect(url, { transports: ['xhr'] as never }),
      /^connect option transports: .* got xhr$/,
    ],
    [
      'a listener that is not a function',
      () => connected().connection.onGap(5 as never),
      /^listener: expected function, got 5$/,
    ],
    ['a buffer of 0', () => messages(connected().connection, { buffer: 0 }), /^messages option buffer: .* got 0$/],
  ])('throws a TypeError at once for %s', (_, act, words) => {
    expect(act).toThrow(words);
    // By its name, since Node's TypeError is of another realm than the test's.
    expect(act).toThrow(expect.objectContaining({ name: 'TypeError' }));
  });

  it('treats an option that is undefined as not given', () => {
    expect(() => connect(url, { retry: undefined, fetch: undefined } as never).close()).not.toThrow();
  });

  it('starts in a microtask, unless it is closed before', async () => {
    const { connection, opened } = connected();
    const closed = connected();
    closed.connection.close();
    expect([connection.status, opened.length]).toEqual(['waiting', 0]);
    await nextTurn();
    expect([connection.status, opened.length]).toEqual(['connecting', 1]);
    expect([closed.connection.status, closed.opened.length]).toEqual(['ended', 0]);
  });

  it('moves on to the next transport when the runtime lacks one', async () => {
    const { transport, opened } = manual();
    const broken: Transport = {
      name: 'broken',
      open() {
        throw new ReferenceError('no such thing');
      },
    };
    const { connection, clock } = connected({ transports: [broken, transport] });
    const errors: PushwireError[] = [];
    connection.onError((error) => errors.push(error));
    await nextTurn();
    clock.advance(1000);
    expect(opened).toHaveLength(1);
    expect(errors).toEqual([
      expect.objectContaining({ code: 'network', transport: 'broken', cause: expect.any(ReferenceError) }),
    ]);
    connection.close();
  });

  it('keeps the error of one listener from the others, and calls no removed listener', async () => {
    const { connection, last } = connected();
    const received: string[] = [];
    const uncaught = catchUncaught();
    connection.on('tick', () => {
      throw new Error('mine');
    });
    connection.on('tick', () => received.push('second'))();
    connection.on('tick', () => received.push('third'));
    connection.on('other', () => received.push('other'));
    await nextTurn();
    last().onFrame(opening('0'));
    last().onFrame({ event: 'tick', data: 1, id: '1' });
    uncaught.stop();
    expect([received, uncaught.thrown]).toEqual([['third'], [new Error('mine')]]);
    connection.close();
  });

  it('gives the key of a value, and tells a key that is deleted, beside the data', async () => {
    const { connection, last } = connected();
    const received: unknown[] = [];
    connection.on('message', (data, { id, key, deleted }) => received.push([data, id, key, deleted]));
    await nextTurn();
    last().onFrame(opening('start'));
    last().onFrame({ key: 'AAPL', data: 1.2 });
    last().onFrame({ event: 'pushwire:snapshot', id: 'e.1', data: { cursor: 'e.1' } });
    last().onFrame({ id: 'e.2', key: 'AAPL', deleted: true });
    expect(received).toEqual([
      [1.2, undefined, 'AAPL', undefined],
      [undefined, 'e.2', 'AAPL', true],
    ]);
    connection.close();
  });

  it('delivers nothing after close(), not even frames that arrived together', async () => {
    const { connection, last, closed, clock } = connected();
    const received: unknown[] = [];
    connection.onAny(({ data }) => {
      received.push(data);
      connection.close();
    });
    await nextTurn();
    last().onFrame(opening('0'));
    last().onFrame({ data: 1, id: '1' });
    last().onFrame({ data: 2, id: '2' });
    expect([received, closed, clock.pending, connection.cursor]).toEqual([[1], [1], 0, '1']);
  });

  it('remembers in a Storage which transports to avoid, for all queries of a path', async () => {
    const kept = new Map<string, string>();
    const storage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    };
    const [bad, good] = [manual('bad'), manual('good')];
    const transports = [bad.transport, good.transport];
    const first = connected({ transports, memory: storedIn(storage) });
    await nextTurn();
    first.clock.advance(5000);
    good.last().onFrame({ event: 'pushwire:open', data: { heartbeat: 1000 } });
    first.connection.close();
    expect([...kept.keys()]).toEqual(['pushwire http://www.example.com/news']);
    const second = connect('http://www.example.com/news?b=2', {
      transports,
      memory: storedIn(storage),
      clock: first.clock,
    });
    await nextTurn();
    expect([bad.opened.length, good.opened.length, second.transport]).toEqual([1, 2, 'good']);
    second.close();
    kept.set('pushwire http://www.example.com/news', 'not ours');
    const third = connect(url, { transports, memory: storedIn(storage), clock: first.clock });
    await nextTurn();
    expect(bad.opened).toHaveLength(2);
    third.close();
  });
});

describe('messages', () => {
  it('drops the oldest messages when a loop is too slow, and puts a notice in their place', async () => {
    const { connection, last } = connected();
    const loop = messages(connection, { buffer: 2 });
    await nextTurn();
    last().onFrame(opening('0'));
    const reading = loop.next();
    for (let n = 1; n <= 5; n++) last().onFrame({ data: n, id: `${n}` });
    last().onFrame({ event: 'pushwire:gap', id: '9', data: { reason: 'evicted', cursor: '9' } });
    connection.close();
    const seen = [(await reading).value];
    for await (const item of loop) seen.push(item);
    expect(seen.map((item) => [item?.event, item?.data])).toEqual([
      ['pushwire:overflow', { dropped: 4 }],
      ['message', 5],
      ['pushwire:gap', { reason: 'evicted', cursor: '9' }],
    ]);
  });

  it('throws the last error after the messages before it when the connection fails', async () => {
    const { connection, last } = connected();
    const loop = messages(connection);
    await nextTurn();
    last().onFrame(opening('0'));
    last().onFrame({ data: 1, id: '1' });
    last().onClose(new PushwireError('refused', { status: 403 }));
    expect((await loop.next()).value).toMatchObject({ data: 1 });
    await expect(loop.next()).rejects.toMatchObject({ status: 403 });
    expect(await loop.next()).toEqual({ done: true, value: undefined });
  });

  it('leaves the connection open after a break', async () => {
    const { connection, last } = connected();
    await nextTurn();
    last().onFrame(opening('0'));
    const loop = messages(connection);
    last().onFrame({ data: 1, id: '1' });
    for await (const { data } of loop) {
      expect(data).toBe(1);
      break;
    }
    expect(connection.status).toBe('open');
    connection.close();
  });
});

describe('watchPage', () => {
  const transition = (type: string, persisted: boolean) => Object.assign(new Event(type), { persisted });

  it('reports the changes of a page or worker until the signal aborts', () => {
    const window = new EventTarget();
    Object.assign(globalThis, { addEventListener: window.addEventListener.bind(window) });
    const changes: string[] = [];
    const watching = new AbortController();
    watchPage((change) => changes.push(change), watching.signal);
    Reflect.deleteProperty(globalThis, 'addEventListener');
    for (const event of [
      new Event('offline'),
      new Event('online'),
      transition('pagehide', false),
      transition('pagehide', true),
      transition('pageshow', false),
      transition('pageshow', true),
      new Event('freeze'),
      new Event('resume'),
      new Event('visibilitychange'),
    ]) {
      window.dispatchEvent(event);
    }
    expect(changes).toEqual(['offline', 'resume', 'freeze', 'resume', 'freeze', 'resume', 'visibility']);
    watching.abort();
    window.dispatchEvent(new Event('offline'));
    expect(changes).toHaveLength(7);
  });
});
