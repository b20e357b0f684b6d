import type { ConnectOptions, PushwireError, TransportName } from '../../src/index';
import { eventStream, fakeFetch, json } from '../kit/fake-network';
import { connected, nextTurn } from '../kit/manual';
import { opening } from '../kit/rig';

// What a client makes of the answers to its requests.

const settle = async (turns = 5) => {
  for (let n = 0; n < turns; n++) await nextTurn();
};
const never = () => new Promise<Response>(() => {});

function client(answer: Parameters<typeof fakeFetch>[0], options: ConnectOptions) {
  const { fetch, requests } = fakeFetch(answer);
  const own = connected({ fetch, ...options });
  const errors: PushwireError[] = [];
  const seen: unknown[] = [];
  own.connection.onError((error) => errors.push(error));
  own.connection.onAny(({ data }) => seen.push(data));
  own.connection.onGap(({ reason }) => seen.push(reason));
  return { ...own, requests, errors, seen };
}

describe.each<TransportName>(['sse', 'long-poll', 'poll'])('an answer by %s', (transport) => {
  it.each(['text/html; charset=utf-8', 'text/plain', ''])('of the type "%s" is an error that says so', async (type) => {
    const page = () => new Response('<h1>Log in</h1>', { headers: { 'content-type': type } });
    const { connection, errors, seen, requests, clock } = client(page, { transports: [transport] });
    await settle();
    expect(errors).toEqual([
      expect.objectContaining({ code: 'wrong-type', status: 200, contentType: type, transport }),
    ]);
    expect([connection.status, seen, requests.length]).toEqual(['waiting', [], 1]);
    clock.advance(1000);
    await settle();
    expect(requests).toHaveLength(2);
    connection.close();
  });

  it('is asked for by its media type, unless the app asks for another', async () => {
    const { connection, requests } = client(never, { transports: [transport], headers: { 'x-mine': '1' } });
    await settle();
    expect(requests[0]?.init.headers).toEqual({
      accept: transport === 'sse' ? 'text/event-stream' : 'application/json',
      'x-mine': '1',
    });
    connection.close();
  });

  const now = Date.UTC(2026, 10, 27);
  it.each([
    ['seconds', '7', 7000],
    ['more seconds than a timer can hold', '2592000', 2_592_000_000],
    ['a date', new Date(now + 9000).toUTCString(), 9000],
    ['a date in the past', new Date(now - 9000).toUTCString(), 0],
    ['nonsense', 'soon', 0],
  ])('of 503 waits as long as Retry-After says in %s', async (_, header, ms) => {
    const busy = () => new Response('busy', { status: 503, headers: { 'retry-after': header } });
    const { connection, requests, clock, errors } = client(busy, { transports: [transport], random: () => 0.001 });
    clock.advance(now - clock.now());
    await settle();
    expect(Math.max(0, errors[0]?.retry ?? 0)).toBe(ms);
    clock.advance(ms - 1);
    await settle();
    expect(requests).toHaveLength(1);
    clock.advance(100);
    await settle();
    expect(requests.length).toBeGreaterThan(1);
    connection.close();
  });
});

describe('a poll', () => {
  it.each<TransportName>(['long-poll', 'poll'])(
    'by %s is not repeated before the retry is over when a proxy drops its cursor, and each loss is told',
    async (transport) => {
      let head = 0;
      const { connection, requests, clock, seen } = client(() => json({ cursor: `e.${head}`, messages: [] }), {
        transports: [transport],
        retry: 800,
      });
      await settle();
      const { length } = requests;
      expect(length).toBeLessThanOrEqual(2);
      for (let n = 0; n < 5; n++) {
        head += 3;
        clock.advance(799);
        await settle();
        expect(requests).toHaveLength(length + n);
        clock.advance(1);
        await settle();
        expect(requests).toHaveLength(length + n + 1);
      }
      expect(seen).toEqual(Array.from({ length: 5 }, () => 'unseen'));
      connection.close();
    },
  );

  it('is not repeated before the retry is over when a cache answers with what was asked before', async () => {
    const answer = { from: 'e.1', cursor: 'e.2', messages: [{ id: 'e.2', data: 2 }] };
    const { connection, requests, clock, seen } = client(() => json(answer), {
      transports: ['long-poll'],
      cursor: 'e.1',
    });
    await settle();
    const { length } = requests;
    for (let n = 0; n < 4; n++) {
      clock.advance(1000);
      await settle();
    }
    expect(requests.length - length).toBeLessThanOrEqual(4);
    expect(seen.filter((each) => each === 2)).toHaveLength(1);
    connection.close();
  });

  it.each<[string, object]>([
    ['a handler closes the connection', { messages: [{ id: 'e.1', data: 1 }], interval: 60_000 }],
    ['the channel has ended', { messages: [], ended: true, interval: 60_000 }],
  ])('leaves no timer, and is the last one, when %s', async (_, answer) => {
    const { connection, clock, requests } = client(() => json({ cursor: 'e.1', ...answer }), { transports: ['poll'] });
    connection.on('message', () => connection.close());
    await settle();
    expect(clock.pending).toBe(0);
    clock.advance(120_000);
    await settle();
    expect(requests).toHaveLength(1);
  });

  it('is followed by the next one at once while it brings messages', async () => {
    let head = 0;
    const { connection, requests, seen } = client(
      () =>
        head === 5
          ? never()
          : json({
              from: head ? `e.${head}` : undefined,
              cursor: `e.${++head}`,
              messages: [{ id: `e.${head}`, data: head }],
            }),
      { transports: ['long-poll'] },
    );
    await settle(20);
    expect([seen, requests.length]).toEqual([[1, 2, 3, 4, 5], 6]);
    connection.close();
  });

  it('follows a shared answer, whose place has no round, without a gap', async () => {
    let answers = 0;
    const { connection, seen, requests, clock } = client(
      ({ searchParams }) => {
        const from = searchParams.get('cursor')?.split('!')[0];
        return ++answers > 4 ? never() : json({ from, cursor: `e.1!k${answers}`, messages: [] });
      },
      { transports: ['long-poll'] },
    );
    for (let n = 0; n < 6; n++) {
      await settle();
      clock.advance(1000);
    }
    expect([requests.at(-1)?.url.searchParams.get('cursor'), seen]).toEqual(['e.1!k4', []]);
    connection.close();
  });

  it.each([
    ['another API', { error: 'no such thing' }],
    ['an empty object', {}],
  ])('that is answered by %s is bad-data, and never open', async (_, body) => {
    const statuses: string[] = [];
    const { connection, errors } = client(() => json(body), { transports: ['long-poll'] });
    connection.onStatus(({ status }) => statuses.push(status));
    await settle();
    expect([errors[0]?.code, statuses]).toEqual(['bad-data', ['connecting', 'waiting']]);
    connection.close();
  });

  it('may have many messages that are small, and none that exceeds maxMessage', async () => {
    const answerOf = (texts: readonly string[]) =>
      json({ cursor: 'e.9', messages: texts.map((data, n) => ({ id: `e.${n}`, data })) });
    const small = Array.from({ length: 100 }, () => 'x'.repeat(100));
    const many = client(() => answerOf(small), { transports: ['poll'], maxMessage: 200 });
    const large = client(() => answerOf([...small, 'x'.repeat(200)]), { transports: ['poll'], maxMessage: 200 });
    const endless = client(() => answerOf([...small, 'x'.repeat(2 ** 22)]), { transports: ['poll'], maxMessage: 200 });
    await settle(20);
    expect([many.seen.length, many.errors]).toEqual([100, []]);
    expect([large.connection.status, large.errors[0]?.code]).toEqual(['failed', 'too-large']);
    expect([endless.connection.status, endless.seen.length]).toEqual(['failed', 0]);
    many.connection.close();
  });
});

describe('a POST of send()', () => {
  const open = async (post: (init: RequestInit) => Response | Promise<Response>, options: ConnectOptions = {}) => {
    const own = client((_, init) => (init.method === 'POST' ? post(init) : eventStream(opening('e.1'))), {
      transports: ['sse'],
      ...options,
    });
    await settle();
    return own;
  };
  const outcomes = (...sent: readonly Promise<void>[]) =>
    Promise.all(
      sent.map((each) =>
        each.then(
          () => 'sent',
          (error: PushwireError) => error.code,
        ),
      ),
    );

  it('follows no redirect, whose answer would say nothing about the message', async () => {
    const { connection, requests } = await open(() => new Response(null, { status: 204 }));
    await connection.send('a');
    expect(requests.at(-1)?.init.redirect).toBe('error');
    connection.close();
  });

  it('that is answered by a stream or a page rejects at once, and lets the next one go', async () => {
    const answers = [eventStream(opening('e.1')), new Response('<p>', { headers: { 'content-type': 'text/html' } })];
    const { connection } = await open(() => answers.shift() ?? new Response(null, { status: 204 }));
    const sent = outcomes(connection.send('a'), connection.send('b'), connection.send('c'));
    expect(await sent).toEqual(['wrong-type', 'wrong-type', 'sent']);
    connection.close();
  });

  it('that gets no answer rejects after sendTimeout, and lets the next one go', async () => {
    let posts = 0;
    const signals: (AbortSignal | null | undefined)[] = [];
    const { connection, clock } = await open(
      ({ signal }) => {
        signals.push(signal);
        if (++posts > 1) return new Response(null, { status: 204 });
        return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
      },
      { sendTimeout: 3000 },
    );
    const sent = outcomes(connection.send('a'), connection.send('b'));
    await settle();
    clock.advance(3000);
    expect(await sent).toEqual(['timeout', 'sent']);
    expect(signals[0]?.aborted).toBe(true);
    connection.close();
  });

  it('rejects when the connection is closed, with those that wait behind it', async () => {
    const { connection, requests, clock } = await open(
      ({ signal }) => new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
    );
    const sent = outcomes(connection.send('a'), connection.send('b'));
    await settle();
    connection.close();
    expect(await sent).toEqual(['network', 'not-open']);
    expect([requests.filter(({ init }) => init.method === 'POST').length, clock.pending]).toEqual([1, 0]);
  });

  it('passes on what the app sends back, also when the stream has dropped meanwhile', async () => {
    const { connection, seen, clock } = await open(() => json({ messages: [{ data: 'back' }] }));
    const sent = connection.send('a');
    clock.advance(31_000);
    await sent;
    expect(seen).toEqual(['back']);
    connection.close();
  });
});
