import type { ConnectOptions } from '../../src/index';
import { connectTwoWay, type TwoWayOptions } from '../../src/two-way/index';
import { FakeClock } from '../kit/fake-clock';
import { fakeFetch } from '../kit/fake-network';
import { manual, nextTurn, url } from '../kit/manual';
import { opening } from '../kit/rig';

const cursor = 'abc.1';

function connected(options: TwoWayOptions = {}, statusOf = (_: URL) => 200, transport = 'sse') {
  const own = manual(transport);
  const clock = new FakeClock();
  const { fetch, requests: asked } = fakeFetch((to) => new Response(null, { status: statusOf(to) }));
  const connection = connectTwoWay(url, {
    transports: [own.transport],
    clock,
    random: () => 0.5,
    memory: new Map(),
    fetch,
    ...options,
  });
  const statuses: string[] = [];
  const gaps: unknown[] = [];
  connection.onStatus(({ status }) => statuses.push(status));
  connection.onGap((gap) => gaps.push(gap));
  const open = async (from?: string) => {
    await nextTurn();
    await own.requests.at(-1)?.addQuery(url);
    own.last().onFrame(opening(cursor, { from }));
    await nextTurn();
  };
  return { ...own, clock, connection, asked, statuses, gaps, open };
}

describe('connectTwoWay', () => {
  it.each<[TwoWayOptions, RegExp]>([
    [{ outbox: 'yes' } as never, /option outbox: expected true, false or an object, got yes/],
    [{ outbox: { bytes: 5 } } as never, /option outbox: expected messages,characters,maxAge, got bytes/],
    [{ outbox: { messages: 0 } }, /option outbox.messages: expected a number above 0, got 0/],
    [{ outbox: { maxAge: '5' } } as never, /option outbox.maxAge/],
    [{ topics: 'a' } as never, /topics: expected strings/],
    [{ topics: [7] } as never, /topics: expected strings/],
    [{ retry: 0 }, /connect option retry/],
    [{ timeout: 5 } as never, /connect option: expected .*, got timeout/],
  ])('throws a TypeError for %p', (options, words) => {
    expect(() => connectTwoWay(url, options)).toThrow(words);
    expect(() => connectTwoWay(url, options)).toThrow(expect.objectContaining({ name: 'TypeError' }));
  });

  it('says in the query that it sends frames, which topics it follows, and what the app adds', async () => {
    const { requests, connection } = connected({ topics: ['a', 'b'], query: async () => ({ token: 't' }) });
    await nextTurn();
    const query = async () => new URL((await requests[0]?.addQuery(url)) as string).searchParams;
    expect(Object.fromEntries(await query())).toEqual({ a: '1', token: 't', sends: 'frames', topics: 'a,b' });
    connection.close();
  });

  it('connects again at once for other topics, from its cursor, and asks before', async () => {
    const { connection, requests, asked, open, statuses, gaps, clock } = connected({ topics: ['a'] });
    await open();
    const subscribing = connection.subscribe('b');
    await nextTurn();
    expect(asked.map(({ init, url: to }) => [init.method, to.searchParams.get('topics')])).toEqual([['HEAD', 'a,b']]);
    expect(statuses).toEqual(['connecting', 'open', 'waiting']);
    clock.advance(0);
    expect(requests.map((request) => request.cursor)).toEqual([undefined, cursor]);
    await open(cursor);
    await subscribing;
    expect([connection.topics, gaps]).toEqual([['a', 'b'], []]);
    connection.close();
    expect(clock.pending).toBe(0);
  });

  it('waits before it comes back for any other reason', async () => {
    const { connection, open, last, clock, requests } = connected();
    await open();
    last().onFrame({ event: 'pushwire:retry', data: { reason: 'draining', retry: 0 } });
    clock.advance(900);
    expect(requests).toHaveLength(1);
    clock.advance(200);
    expect(requests).toHaveLength(2);
    connection.close();
  });

  it('leaves out a cursor that names no channel when none of its topics stays', async () => {
    const { connection, requests, open, gaps, clock, last } = connected({ topics: ['a'] });
    await open();
    const change = connection.subscribe('b').then(() => connection.leave('a'));
    await nextTurn();
    clock.advance(0);
    await open(cursor);
    expect(requests.at(-1)?.cursor).toBe(cursor);
    await nextTurn();
    clock.advance(0);
    // One of its topics stays.
    expect(requests.at(-1)?.cursor).toBe(cursor);
    await open(cursor);
    await change;
    const leaving = connection.leave('b');
    await nextTurn();
    clock.advance(0);
    expect(requests.at(-1)?.cursor).toBeUndefined();
    last().onFrame(opening('xyz.7'));
    await leaving;
    expect([gaps, connection.cursor]).toEqual([[], 'xyz.7']);
    connection.close();
  });

  it('does not ask for a transport of the app’s own, which no server knows', async () => {
    const { connection, open, asked, clock } = connected({ topics: ['a'] }, () => 400, 'own');
    await open();
    const subscribing = connection.subscribe('b');
    await nextTurn();
    clock.advance(0);
    await open(cursor);
    await subscribing;
    expect([asked, connection.topics]).toEqual([[], ['a', 'b']]);
    connection.close();
  });

  it.each([403, 404, 500])('keeps its connection if the answer to its question is %p', async (status) => {
    const { connection, open, statuses } = connected({ topics: ['a'] }, () => status);
    await open();
    await expect(connection.subscribe('b')).rejects.toMatchObject({ code: 'refused', status });
    expect([connection.topics, statuses]).toEqual([['a'], ['connecting', 'open']]);
    connection.close();
  });

  it('asks with the headers of the app, and gives up after sendTimeout', async () => {
    const fetch: ConnectOptions['fetch'] = (_, { signal, headers }) =>
      new Promise((_resolve, reject) => {
        expect(headers).toEqual({ authorization: 'x' });
        signal?.addEventListener('abort', () => reject(signal.reason));
      });
    const { connection, open, clock } = connected({
      fetch,
      headers: async () => ({ authorization: 'x' }),
      sendTimeout: 500,
    });
    await open();
    const subscribing = connection.subscribe('b');
    await nextTurn();
    clock.advance(500);
    await expect(subscribing).rejects.toMatchObject({ code: 'timeout' });
    connection.close();
  });

  it('rejects what waits when it is closed, and ends no process by that', async () => {
    const { connection } = connected({ outbox: true });
    connection.send('ignored');
    connection.subscribe(7 as never);
    const waiting = [connection.send('a'), connection.request('b'), connection.subscribe('c')];
    connection.close();
    const codes = await Promise.all(waiting.map((each) => (each as Promise<unknown>).catch(({ code }) => code)));
    expect(codes).toEqual(['not-open', 'not-open', 'not-open']);
  });

  it('keeps answers from the listeners of the app', async () => {
    const { connection, open, last } = connected();
    const heard: unknown[] = [];
    connection.onAny(({ event }) => heard.push(event));
    await open();
    last().onFrame({ event: 'pushwire:answer', data: { request: 5 } });
    last().onFrame({ event: 'tick', data: 1 });
    expect(heard).toEqual(['tick']);
    connection.close();
  });
});
