import { createHub, type Hub, message } from '@pushwire/core';
import { adapters, type Running } from './kit/adapters';
import { openStream, type StreamClient } from './kit/stream-client';
import { until } from './kit/until';
import { openWebSocket } from './kit/web-socket-client';

const userIn = ({ headers }: { headers: Record<string, string | string[] | undefined> }) => String(headers.user ?? '');

describe.each(adapters)('the clients of a hub on $name', ({ http2, start }) => {
  let hub: Hub;
  let app: Running;
  let user = '';
  let count = 0;
  const opened: StreamClient[] = [];
  const gates: ((isAllowed: boolean) => void)[] = [];

  beforeAll(async () => {
    hub = createHub({ clientKey: userIn, presence: { grace: 0 } });
    const news = hub.channel('news');
    app = await start({
      '/news': { source: news, push: {} },
      '/hooks': { source: news, push: { hub, onOpen() {} } },
      '/present': { source: news, push: { presence: () => ({ channel: 'room', id: user }) } },
      '/gate': { source: news, push: { authorize: () => new Promise((resolve) => gates.push(resolve)) } },
      '/generator': {
        source: async function* (_request, { signal }) {
          yield { data: 'first' };
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
        },
        push: { hub },
      },
    });
  });
  beforeEach(() => {
    user = `user ${++count}`;
  });
  afterEach(async () => {
    for (const client of opened.splice(0)) client.leave();
    await until('all connections are closed', () => hub.stats().connections === 0);
    expect(app.errors.splice(0)).toEqual([]);
  });
  afterAll(async () => {
    await hub.close();
    await app.close();
  });

  const connect = async (path: string, headers: Record<string, string> = { user }) => {
    const client = await openStream(app.url + path, http2, { headers });
    opened.push(client);
    return client;
  };
  const transports = async () => (await hub.clients(user).list()).map(({ transport }) => transport);
  const are = (...wanted: string[]) =>
    until(`there are ${wanted}`, async () => (await transports()).join() === wanted.join());

  it.each(['sse', 'ndjson', 'comet'])('are listed, sent to and disconnected over %s', async (transport) => {
    const client = await connect(`/news?transport=${transport}`);
    await connect('/news', { user: 'somebody else' });
    await are(transport);
    const [connection] = await hub.clients(user).list();
    expect(connection).toEqual({
      id: expect.stringMatching(/^[\w-]{12}$/),
      transport,
      channels: ['news'],
      since: expect.any(Number),
    });
    expect([...hub.connections()].map(({ id }) => id)).toContain(connection?.id);
    await hub.clients(user).send({ text: 'a new device' }, { event: 'notice' });
    await client.until(({ text }) => text().includes('a new device') && text().includes('notice'));
    expect(await hub.clients(user).disconnect()).toBe(1);
    await client.ended;
    expect(client.text()).toMatch(transport === 'sse' ? 'event: pushwire:retry' : /./);
    expect([await transports(), hub.stats().connections]).toEqual([[], 1]);
    expect(opened[1]?.text()).not.toContain('a new device');
  });

  it('are told the reason over a WebSocket', async () => {
    const url = `${app.url}/news?transport=websocket`;
    const socket = await openWebSocket(url, { http2, headers: { user } });
    await are('websocket');
    await hub.clients(user).send(message('you', { event: 'notice' }));
    await socket.until(() => socket.messages().length > 0);
    expect(socket.messages().map(String)).toEqual(['you']);
    expect(await hub.clients(user).disconnect({ reason: 'ended' })).toBe(1);
    await socket.closed;
    expect(socket.code()).toBe(1000);
  });

  it('have connections to generators', async () => {
    const client = await connect('/generator');
    await client.until(({ data }) => data().length === 1);
    await are('sse');
    await hub.clients(user).send('for you');
    await client.until(({ data }) => data().length === 2);
    expect(await hub.clients(user).disconnect()).toBe(1);
    await client.ended;
  });

  it('are disconnected but for one connection', async () => {
    const [first, second] = [await connect('/news'), await connect('/news')];
    await are('sse', 'sse');
    const [own] = await hub.clients(user).list();
    await hub.clients(user).send('for the other', { except: own?.id });
    await second?.until(({ data }) => data().length === 1);
    expect(await hub.clients(user).disconnect({ except: own?.id })).toBe(1);
    await second?.ended;
    await are('sse');
    expect(first?.data()).toEqual([]);
  });

  it('may be away between two polls, where the route has hooks', async () => {
    const poll = await connect('/hooks?transport=poll&client=one');
    await poll.ended;
    await are('poll');
    await hub.clients(user).send('for the next poll');
    const cursor = encodeURIComponent(String(JSON.parse(poll.text()).cursor));
    const next = await connect(`/hooks?transport=poll&client=one&cursor=${cursor}`);
    await next.ended;
    expect(next.text()).toContain('for the next poll');
    expect(await hub.clients(user).disconnect({ reason: 'ended' })).toBe(1);
    expect(await transports()).toEqual([]);
  });

  it('are found by the id with which they are present', async () => {
    const client = await connect('/present', {});
    await are('sse');
    await connect('/present');
    await are('sse', 'sse');
    expect(await hub.clients(user).disconnect()).toBe(2);
    await client.ended;
    await until('the member is gone', async () => (await hub.presence('room').count()) === 0);
  });

  it('are refused while authorize takes its time', async () => {
    const opening = connect('/gate');
    const other = connect('/gate', { user: 'somebody else' });
    await until('both wait', () => gates.length === 2);
    expect(await hub.clients(user).disconnect()).toBe(0);
    expect((await opening).status).toBe(403);
    for (const open of gates.splice(0)) open(true);
    expect((await other).status).toBe(200);
    expect(hub.stats().refused.forbidden).toBeGreaterThan(0);
  });

  it('may come back', async () => {
    const client = await connect('/news');
    await are('sse');
    await hub.clients(user).disconnect();
    await client.ended;
    await until('it stays', async () => {
      await connect('/news');
      await new Promise((resolve) => setTimeout(resolve, 100));
      return (await transports()).length > 0;
    });
  });

  it('have keys of any length', async () => {
    user = 'x'.repeat(300);
    await connect('/news');
    await are('sse');
    expect(await hub.clients('x'.repeat(301)).list()).toEqual([]);
  });
});

describe('misuse of the clients of a hub', () => {
  const hub = createHub();
  const aKey = 'client key: expected a string of 1 to 4096 characters, got ';

  it.each<[string, () => unknown, string]>([
    ['no key', () => hub.clients('' as string), `${aKey}the string ""`],
    ['a number', () => hub.clients(7 as never), `${aKey}the number 7`],
    ['a long key', () => hub.clients('x'.repeat(4097)), aKey],
    [
      'an unknown reason',
      () => hub.clients('a').disconnect({ reason: 'gone' as never }),
      'close reason: expected one of',
    ],
    ['a reason as it is', () => hub.clients('a').disconnect('ended' as never), 'disconnect'],
    [
      'an unknown option',
      () => hub.clients('a').disconnect({ all: true } as never),
      'disconnect options: unknown option',
    ],
    [
      'an id of no connection',
      () => hub.clients('a').send(1, { except: 'b' }),
      'except: expected the id of a connection',
    ],
    ['data that cannot be sent', () => hub.clients('a').send(undefined), 'data'],
    ['a reserved event', () => hub.clients('a').send(1, { event: 'open' }), 'event'],
    [
      'an unknown option of send()',
      () => hub.clients('a').send(1, { id: 'b' } as never),
      'send options: unknown option',
    ],
  ])('%s is a TypeError at once', (_title, act, text) => {
    expect(act).toThrow(TypeError);
    expect(act).toThrow(text);
  });

  it('is an error of the promise for a message that is too large, and after close()', async () => {
    const small = createHub({ limits: { messageBytes: 10 } });
    await expect(small.clients('a').send('x'.repeat(11))).rejects.toMatchObject({ code: 'message-too-large' });
    const clients = small.clients('a');
    await small.close();
    await expect(clients.send('x')).rejects.toMatchObject({ code: 'hub-closed' });
    await expect(clients.list()).rejects.toMatchObject({ code: 'hub-closed' });
    await expect(small.clients('a').disconnect()).rejects.toMatchObject({ code: 'hub-closed' });
  });

  it('is a backplane that does not know its processes', () => {
    const bare = createHub({ backplane: () => ({}) as never });
    expect(() => bare.clients('a')).toThrow('The backplane of this hub has no states, which hub.clients() needs.');
  });
});
