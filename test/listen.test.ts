import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { events, listen, type TestStream } from '@pushwire/core/testing';
import * as onExpress from '@pushwire/express';
import * as onKoa from '@pushwire/koa';
import express from 'express';
import Koa from 'koa';
import request from 'supertest';

const transports = ['sse', 'ndjson', 'comet', 'long-poll', 'poll', 'websocket'] as const;

/** What `request()` of supertest takes, with a route `/news` that serves every transport. */
const apps = {
  Express: (channel: onExpress.Channel) => {
    const app = express().get('/news', onExpress.push(channel));
    const server = createServer(app);
    onExpress.acceptUpgrades(server, app);
    return server;
  },
  Koa: (channel: onKoa.Channel) => {
    const app = new Koa().use(onKoa.push(channel));
    const server = createServer(app.callback());
    onKoa.acceptUpgrades(server, app);
    return server;
  },
};

describe.each(Object.entries(apps))('listen() with %s', (_name, serve) => {
  it.each(transports)('gets what is published once %s is open, in order', async (transport) => {
    const hub = onExpress.createHub();
    const news = hub.channel('news');
    const server = serve(news);
    const stream = listen(request(server).get('/news'), { transport });
    expect((await stream.opened).status).toBe(transport === 'websocket' ? 101 : 200);
    const id = await news.publish({ n: 1 }, { event: 'tick' });
    expect(await stream.next()).toEqual({ event: 'tick', data: '{"n":1}', id });
    for (const text of ['a', 'b', 'c', 'd']) await news.publish(text);
    expect((await stream.take(2)).map(({ data }) => data)).toEqual(['a', 'b']);
    expect((await stream.until(({ data }) => data === 'd')).map(({ data }) => data)).toEqual(['c', 'd']);
    await news.publish(Buffer.from([1, 2, 255]));
    expect(await stream.next()).toMatchObject({ event: 'message', data: 'AQL/' });
    await news.publish(JSON.parse('{"__proto__":"<x>\\n"}'));
    expect((await stream.next()).data).toBe('{"__proto__":"<x>\\n"}');
    await stream.close();
    await stream.closed;
    expect(server.listening).toBe(false);
    await hub.close();
  });

  it.each(transports)('is told of the end over %s', async (transport) => {
    const hub = onExpress.createHub();
    const news = hub.channel('news');
    const stream = listen(request(serve(news)).get('/news'), { transport });
    await stream.opened;
    await news.publish('last');
    await news.end();
    expect((await stream.next()).data).toBe('last');
    await stream.closed;
    expect(stream.events.at(-1)?.event).toBe('pushwire:end');
    await expect(stream.next()).rejects.toThrow(/^listen: expected a message, but the stream is over\.\n.* status/);
    expect(stream.closeCode).toBe(transport === 'websocket' ? 1000 : undefined);
    await stream.close();
  });

  it.each(transports)('events() reads the history over %s', async (transport) => {
    const news = onExpress.createHub().channel('news');
    for (const text of ['a', 'b', 'c']) await news.publish(text);
    const seen = await events(request(serve(news)).get('/news?cursor=0'), { transport, take: 2 });
    expect(seen.messages.map(({ data }) => data)).toEqual(['a', 'b']);
    expect(seen.status).toBe(transport === 'websocket' ? 101 : 200);
    expect(seen.text).toContain('a');
  });
});

describe('listen()', () => {
  let stream: TestStream | undefined;
  afterEach(() => stream?.close());

  it.each(['sse', 'websocket'] as const)('settles with the status of a refusal of %s', async (transport) => {
    const app = express().get('/news', (_request, response) => void response.status(401).send('Log in first.'));
    stream = listen(request(app).get('/news'), { transport });
    expect((await stream.opened).status).toBe(401);
    await expect(stream.next()).rejects.toThrow(
      /the stream is over\.\nThe response had status 401\. .*\nLog in first\./,
    );
    expect(await events(request(app).get('/news'), { transport })).toMatchObject({
      status: 401,
      messages: [],
      text: 'Log in first.',
    });
  });

  it('sends headers, cookies, query and body of the request', async () => {
    const app = express().post('/echo', express.json(), (req, response) => {
      const { cookie, authorization } = req.headers;
      response.json([req.query, cookie, authorization, req.body]);
    });
    stream = listen(
      request(app).post('/echo?a=1').query({ b: 2 }).query('c=3').set('Cookie', 'd=4').auth('e', 'f').send({ g: 7 }),
    );
    const { data } = await stream.next();
    expect(JSON.parse(data)).toEqual([{ a: '1', b: '2', c: '3' }, 'd=4', 'Basic ZTpm', { g: 7 }]);
  });

  it('sends the cookies of an agent', async () => {
    const app = express()
      .get('/login', (_request, response) => void response.cookie('user', 'ann').end())
      .get('/echo', (req, response) => void response.send(req.headers.cookie));
    const server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const agent = request.agent(server);
    await agent.get('/login');
    stream = listen(agent.get('/echo'));
    expect((await stream.next()).data).toBe('user=ann');
    await stream.close();
    expect(server.listening).toBe(true);
    await new Promise((resolve) => server.close(resolve));
  });

  it('listens to a URL, by two clients at a time', async () => {
    const news = onExpress.createHub().channel('news');
    const server = createServer(express().get('/news', onExpress.sse(news))) as Server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/news`;
    const [one, two] = [listen(url), listen(new URL(url))];
    await Promise.all([one.opened, two.opened]);
    await news.publish('x');
    expect([(await one.next()).data, (await two.next()).data]).toEqual(['x', 'x']);
    await Promise.all([one.close(), two.close()]);
    server.close();
  });

  it('keeps the server of a request object until the last of its clients has left', async () => {
    const news = onExpress.createHub().channel('news');
    const server = createServer(express().get('/news', onExpress.sse(news)));
    const [one, two] = [listen(request(server).get('/news')), listen(request(server).get('/news'))];
    await Promise.all([one.opened, two.opened]);
    await one.close();
    await news.publish('x');
    expect((await two.next()).data).toBe('x');
    await two.close();
    expect(server.listening).toBe(false);
  });

  it('reads a long poll that is held from its first request on', async () => {
    const news = onExpress.createHub().channel('news');
    const app = express().get('/news', onExpress.longPoll(news, { first: 'wait' }));
    stream = listen(request(app).get('/news'), { transport: 'long-poll' });
    await stream.opened;
    await news.publish('x');
    expect((await stream.next()).data).toBe('x');
  });

  it('shows an answer in a form of the app itself as one message', async () => {
    const news = onExpress.createHub().channel('news');
    await news.publish('x');
    const envelope = ({ messages }: onExpress.PollAnswer) => messages.map(({ data }) => data);
    stream = listen(request(express().get('/news', onExpress.poll(news, { envelope }))).get('/news?cursor=0'));
    expect(await stream.next()).toEqual({ event: 'message', data: '["x"]', id: '' });
    await stream.closed;
  });

  it('reads a compressed stream as it comes', async () => {
    const app = express().get('/x', (_request, response) => {
      response.set({ 'Content-Type': 'text/event-stream', 'Content-Encoding': 'gzip' });
      response.end(gzipSync('data: x\n\n'));
    });
    stream = listen(request(app).get('/x'));
    expect((await stream.next()).data).toBe('x');
  });

  it('sends to a WebSocket, and gets its answers and its close code', async () => {
    const app = express().get(
      '/echo',
      onExpress.webSocket(onExpress.createHub().channel('x'), {
        onMessage: (data, client) => (String(data) === 'bye' ? client.close(4000) : client.send(`${data}!`)),
      }),
    );
    const server = createServer(app);
    onExpress.acceptUpgrades(server, app);
    stream = listen(request(server).get('/echo'), { transport: 'websocket' });
    expect(() => stream?.send('x')).toThrow(/^send: expected an open WebSocket; await opened first/);
    await stream.opened;
    stream.send('é'.repeat(40_000));
    expect((await stream.next()).data).toBe(`${'é'.repeat(40_000)}!`);
    stream.send('bye');
    await stream.closed;
    expect(stream.closeCode).toBe(4000);
  });

  it('takes what an app sends on a raw WebSocket as it is', async () => {
    const app = express().get(
      '/raw',
      onExpress.rawWebSocket((socket) => {
        socket.send('{"n":1}');
        socket.send(Buffer.from('x'));
      }),
    );
    const server = createServer(app);
    onExpress.acceptUpgrades(server, app);
    stream = listen(request(server).get('/raw'), { transport: 'websocket' });
    expect((await stream.take(2)).map(({ data }) => data)).toEqual(['{"n":1}', 'eA==']);
  });

  it('rejects with what came when there is not enough in time', async () => {
    const news = onExpress.createHub().channel('news');
    await news.publish('one');
    const app = express().get('/news', onExpress.sse(news));
    stream = listen(request(app).get('/news?cursor=0'), { within: 50 });
    await expect(stream.take(2)).rejects.toThrow(/expected 2 messages, but none came within 50 ms\.\n.*\n.*data: one/s);
    expect((await stream.next()).data).toBe('one');
    await expect(stream.until(() => false)).rejects.toThrow(/expected a message that fits, but/);
  });

  it('rejects where nobody listens', async () => {
    stream = listen('http://127.0.0.1:1/');
    await expect(stream.opened).rejects.toThrow(/expected a response, but the stream is over: .*ECONNREFUSED/);
  });

  it.each([
    [() => listen(7 as never), /^listen request: expected a request of supertest or a URL, got the number 7/],
    [() => listen(null as never), /^listen request: .* got null/],
    [() => events({} as never), /^events request: expected a request of supertest or a URL/],
    [() => listen(request(express()).get('/').expect(200)), /^listen request: expected one without \.expect\(\)/],
    [() => listen('http://x', { transport: 'sockets' as never }), /listen option transport: expected "sse" or/],
    [() => listen('http://x', { within: 0 }), /listen option within: expected an integer number of milliseconds/],
    [() => listen('http://x', { take: 1 } as never), /listen options: unknown option "take"/],
  ])('refuses at once: %#', (act, words) => {
    expect(act).toThrow(TypeError);
    expect(act).toThrow(words);
  });

  it.each([
    [(s: TestStream) => s.take(0), /^take: expected an integer from 1 up, got the number 0/],
    [(s: TestStream) => s.until('x' as never), /^until: expected a function of a message/],
  ])('rejects with a TypeError: %#', async (act, words) => {
    stream = listen(request(express()).get('/'));
    await expect(act(stream)).rejects.toThrow(words);
  });
});
