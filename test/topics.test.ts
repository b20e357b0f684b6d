import type { Server } from 'node:http';
import { type Channel, createHub, type Hub, type Source } from '@pushwire/core';
import { adapters, type Running } from './kit/adapters';
import { openWebSocket } from './kit/web-socket-client';

// A client names topics. The source decides which channels they are, and is asked again when the
// client changes them over its WebSocket.

const answer = (request: number, error?: object) => ({
  event: 'pushwire:answer',
  data: { request, ...(error && { error }) },
});
const told = { id: expect.any(String), event: 'pushwire:topics', data: { cursor: expect.any(String) } };

describe.each(adapters.filter(({ http2 }) => !http2))('topics on $name', ({ start }) => {
  let hub: Hub;
  let app: Running;
  const reported: unknown[] = [];
  const authorized: string[][] = [];
  const asked: { url: unknown; topics: readonly string[] }[] = [];
  const namesOf = (channels: readonly Pick<Channel, 'name'>[]) => channels.map(({ name }) => name);

  const source: Source<unknown> = async (request, { topics }) => {
    const { url } = request as { url?: string };
    asked.push({ url, topics });
    if (topics.includes('missing')) throw Object.assign(new Error('No such room.'), { status: 404 });
    if (topics.includes('broken')) throw new Error('secret');
    return [hub.channel('base'), ...topics.map((topic) => hub.channel(topic))];
  };
  const authorize = (_request: unknown, channels: readonly Channel[]) => {
    authorized.push(namesOf(channels));
    return !channels.some(({ name }) => name === 'closed');
  };

  beforeEach(async () => {
    for (const list of [reported, authorized, asked]) list.splice(0);
    hub = createHub({ limits: { channels: 3 } });
    const onError = (error: unknown) => void reported.push(error);
    const push = { authorize, reauthorize: Number.POSITIVE_INFINITY, onError };
    app = await start({
      '/': { source, push },
      '/state': {
        source: (_, { topics: [name] }) => (name ? hub.channel(name) : hub.state('seats')),
        push: {},
      },
      '/fixed': { source: hub.channel('base'), push: {} },
      '/snapshot': { source, push: { initial: (_, { channels }) => `state of ${namesOf(channels)}` } },
      '/last': { source, push: { ...push, from: { last: 1 } } },
    });
  });
  afterEach(async () => {
    await hub.close();
    (app.server as Server).closeAllConnections();
    await app.close();
  });

  const open = async (path: string, topics = '') => {
    const url = `${app.url}${path}?sends=frames&topics=${topics}`;
    const client = await openWebSocket(url, { protocol: 'pushwire.v1' });
    const all = () => client.messages().map((bytes) => JSON.parse(bytes.toString()));
    const isShown = ({ event }: { event?: string }) => !event || /^pushwire:(topics|answer|gap)/.test(event);
    const frames = () => all().filter(isShown);
    await client.until(() => all().length > 0);
    return {
      client,
      change: (request: number, data: unknown) =>
        client.send(JSON.stringify({ event: 'pushwire:topics', request, data })),
      first: (n: number) => client.until(() => frames().length >= n).then(frames),
      data: () => frames().map(({ event, data }) => event ?? data),
    };
  };
  const publish = async (...names: string[]) => {
    for (const name of names) await hub.channel(name).publish(name);
  };

  it.each(['sse', 'ndjson', 'comet', 'long-poll', 'poll'])('of the query reach the source over %s', async (name) => {
    const controller = new AbortController();
    const { signal } = controller;
    await publish('base', 'a,b', 'c');
    const url = `${app.url}/?transport=${name}&lastEventId=0&topics=${encodeURIComponent('a%2Cb,c,c')}`;
    const response = await fetch(url, { signal });
    const decoder = new TextDecoder();
    let text = '';
    for await (const bytes of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += decoder.decode(bytes, { stream: true });
      if (['base', 'a,b', 'c'].every((data) => new RegExp(`data(: ?|.{0,2}:.?")${data}`).test(text))) break;
    }
    expect(asked[0]?.topics).toEqual(['a,b', 'c']);
    controller.abort();
    for (const topics of ['a%2', 'a,b,c']) {
      const refused = await fetch(`${app.url}/?transport=${name}&topics=${encodeURIComponent(topics)}`);
      expect(refused.status).toBe(400);
    }
  });

  it('are changed in place over a WebSocket, and nothing of the others is lost', async () => {
    const { client, change, first, data } = await open('/', 'a');
    await publish('base', 'a', 'b');
    change(1, ['a', 'b']);
    expect((await first(4)).slice(2)).toEqual([told, answer(1)]);
    await publish('a', 'b', 'base');
    await first(7);
    change(2, []);
    await first(9);
    await publish('a', 'b', 'base');
    await first(10);
    const changed = ['pushwire:topics', 'pushwire:answer'];
    expect(data().map((each) => (typeof each === 'string' ? each : 'pushwire:answer'))).toEqual([
      'base',
      'a',
      ...changed,
      'a',
      'b',
      'base',
      ...changed,
      'base',
    ]);
    expect(authorized).toEqual([['base', 'a'], ['base', 'a', 'b'], ['base']]);
    // The source gets the request of the handshake again.
    expect(asked.map(({ topics }) => topics)).toEqual([['a'], ['a', 'b'], []]);
    expect(new Set(asked.map(({ url }) => url)).size).toBe(1);
    client.leave();
    expect(reported).toEqual([]);
  });

  it('come with a cursor from which a new connection goes on', async () => {
    const { client, change, first } = await open('/');
    change(1, ['b']);
    const [{ id }] = await first(2);
    client.leave();
    await publish('b', 'base');
    const url = `${app.url}/?transport=poll&topics=b&lastEventId=${encodeURIComponent(id)}`;
    const { messages } = (await (await fetch(url)).json()) as { messages: { event?: string; data: unknown }[] };
    expect(messages.map(({ event, data }) => event ?? data)).toEqual(['b', 'base']);
  });

  it('begin where the route starts', async () => {
    await publish('b', 'c');
    const { client, change, first } = await open('/last', 'b');
    await first(1);
    change(1, ['b', 'c']);
    expect((await first(4)).slice(1)).toEqual([told, expect.objectContaining({ data: 'c' }), answer(1)]);
    client.leave();
  });

  it('come with the snapshot of the channels that it joins', async () => {
    const { client, change, first } = await open('/snapshot', 'b');
    change(1, ['b', 'c']);
    const frames = await first(4);
    const data = (text: string) => expect.objectContaining({ data: text });
    expect(frames).toEqual([data('state of base,b'), told, data('state of c'), answer(1)]);
    client.leave();
  });

  it('leave the name of a connection as it is', async () => {
    const { client, change, first, data } = await open('/', 'a');
    const [connection] = [...hub.connections()];
    const id = connection?.id as string;
    change(1, ['b']);
    await first(2);
    expect([...hub.connections()].map((each) => [each.id, each.channels])).toEqual([[id, ['base', 'b']]]);
    await hub.channel('b').publish('for others', { except: id });
    connection?.send('for this one');
    await publish('b');
    await first(4);
    expect(data().slice(2)).toEqual(['for this one', 'b']);
    client.leave();
  });

  it('may change before the first snapshot has come', async () => {
    const initial = () => new Promise<string>((resolve) => setImmediate(resolve, 'state'));
    const path = app.serve({ source, push: { initial } });
    const client = await openWebSocket(`${app.url}${path}?sends=frames`, { protocol: 'pushwire.v1' });
    client.send(JSON.stringify({ event: 'pushwire:topics', request: 1, data: ['a'] }));
    const answers = () => client.messages().filter((bytes) => bytes.includes('pushwire:answer'));
    await client.until(() => answers().length > 0);
    expect(answers().map((bytes) => JSON.parse(bytes.toString()))).toEqual([answer(1)]);
    client.leave();
  });

  it('that the client may not have are refused, and it keeps what it has', async () => {
    const { client, change, first } = await open('/', 'a');
    const wrong: readonly (readonly [unknown, number])[] = [
      [['missing'], 404],
      [['closed'], 403],
      [['broken'], 500],
      [['b', 'c', 'd'], 400],
      ['b', 400],
      [[1], 400],
      [undefined, 400],
    ];
    for (const [request, [topics]] of wrong.entries()) change(request, topics);
    expect(await first(wrong.length)).toEqual(wrong.map(([, status], request) => answer(request, { status })));
    await publish('b', 'a');
    expect((await first(wrong.length + 1)).at(-1)).toMatchObject({ data: 'a' });
    expect(reported).toEqual([expect.objectContaining({ message: 'secret' })]);
    client.leave();
  });

  it('are refused where the channels of the route are fixed', async () => {
    const { client, change, first } = await open('/fixed');
    change(1, ['a']);
    expect(await first(1)).toEqual([answer(1, { status: 400 })]);
    client.leave();
  });

  it('are refused where the client follows a state, or would', async () => {
    const state = await open('/state');
    const channel = await open('/state', 'a');
    for (const { change } of [state, channel]) change(1, ['b']);
    channel.change(2, []);
    expect(await state.first(1)).toEqual([answer(1, { status: 400 })]);
    expect(await channel.first(3)).toEqual([told, answer(1), answer(2, { status: 400 })]);
    await hub.state('seats').set('a', 1);
    expect((await state.first(2)).at(-1)).toMatchObject({ key: 'a', data: 1 });
    for (const { client } of [state, channel]) client.leave();
  });

  it.each<[string, unknown, number]>([
    ['that are malformed', 5, 1007],
    ['that are too many', ['a', 'b', 'c'], 1007],
    ['that the client may not have', ['closed'], 1008],
  ])('%s and without a number close the WebSocket, and the app is told of no error', async (_what, topics, code) => {
    const { client } = await open('/');
    client.send(JSON.stringify({ event: 'pushwire:topics', data: topics }));
    await client.closed;
    expect([client.code(), reported, app.errors]).toEqual([code, [], []]);
  });

  it('cannot be posted', async () => {
    const body = JSON.stringify({ event: 'pushwire:topics', request: 1, data: [] });
    const path = app.serve({ source, push: { webSocket: { onMessage: () => {} } } });
    const response = await fetch(`${app.url}${path}?sends=frames`, { method: 'POST', body });
    expect(response.status).toBe(400);
  });
});

it('the right to joined topics is asked for again while the connection is open', async () => {
  const hub = createHub();
  const app = await (adapters[0] as (typeof adapters)[number]).start();
  let isClosed = false;
  const authorize = (_: unknown, channels: readonly Channel[]) =>
    !(isClosed && channels.some(({ name }) => name === 'b'));
  const source: Source<unknown> = (_, { topics }) => ['a', ...topics].map((name) => hub.channel(name));
  const path = app.serve({ source, push: { authorize, reauthorize: 1000 } });
  const client = await openWebSocket(`${app.url}${path}?sends=frames`, { protocol: 'pushwire.v1' });
  client.send(JSON.stringify({ event: 'pushwire:topics', request: 1, data: ['b'] }));
  await client.until(() => client.messages().some((bytes) => bytes.includes('pushwire:answer')));
  expect([...hub.connections()].map(({ channels }) => channels)).toEqual([['a', 'b']]);
  isClosed = true;
  await client.closed;
  expect(client.code()).toBe(1008);
  await hub.close();
  await app.close();
});
