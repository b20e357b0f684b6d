import type { AddressInfo } from 'node:net';
import { createHub, type Hub } from '@pushwire/core';
import { parseEventStream, type ReceivedEvent } from '@pushwire/core/testing';
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { WebSocket } from 'ws';
import { acceptUpgrades, push, sse } from './adapter';

let app: FastifyInstance;
let hub: Hub;

beforeEach(() => {
  app = Fastify();
  hub = createHub();
  acceptUpgrades(app);
});
afterEach(async () => {
  await hub.close();
  // fetch opens connections ahead, which a server would wait for.
  app.server.closeAllConnections();
  await app.close();
});

async function listen(): Promise<string> {
  await app.listen({ host: '127.0.0.1', port: 0 });
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
}

/** Reads a stream until it has `count` messages, not counting the opening. */
async function read(response: Response, count: number): Promise<ReceivedEvent[]> {
  let text = '';
  const messages = () => parseEventStream(text).filter(({ event }) => !event.startsWith('pushwire:'));
  const decoder = new TextDecoder();
  for await (const bytes of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(bytes, { stream: true });
    if (messages().length >= count) break;
  }
  return messages();
}

async function until(fits: () => boolean): Promise<void> {
  for (let tries = 0; !fits(); tries++) {
    if (tries === 400) throw new Error(`It never happened: ${fits}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const connectionsTo = async (name: string) => hub.channel(name).reportedConnections();

describe('a stream', () => {
  it('gets what is published, with the headers that hooks have set', async () => {
    const news = hub.channel('news');
    app.addHook('onRequest', async (_request, reply) => void reply.header('x-from-a-hook', 'yes'));
    app.get('/news', sse(news));
    const origin = await listen();

    const response = await fetch(`${origin}/news`);
    const id = await news.publish({ headline: 'It works' }, { event: 'headline' });

    expect([response.status, response.headers.get('content-type'), response.headers.get('x-from-a-hook')]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
      'yes',
    ]);
    expect(await read(response, 1)).toEqual([{ event: 'headline', id, data: '{"headline":"It works"}' }]);
  });

  it('resumes by Last-Event-ID', async () => {
    const news = hub.channel('news');
    app.get('/news', push(news));
    const origin = await listen();
    const ids = await Promise.all(['1', '2', '3'].map((text) => news.publish(text)));

    const headers = { accept: 'text/event-stream', 'last-event-id': ids[0] as string };
    const response = await fetch(`${origin}/news`, { headers });

    expect((await read(response, 2)).map(({ data }) => data)).toEqual(['2', '3']);
  });

  it('serves the channel that a function of the request chooses', async () => {
    type Room = FastifyRequest<{ Params: { room: string } }>;
    app.get(
      '/rooms/:room',
      push<Room>(({ params }) => hub.channel(`room:${params.room}`)),
    );
    const origin = await listen();
    const response = await fetch(`${origin}/rooms/a`, { headers: { accept: 'text/event-stream' } });
    await hub.channel('room:b').publish('other');
    await hub.channel('room:a').publish('mine');
    expect((await read(response, 1)).map(({ data }) => data)).toEqual(['mine']);
  });

  it('is over for the hub when the client leaves', async () => {
    const closed: string[] = [];
    app.get('/news', sse(hub.channel('news'), { onClose: (reason) => closed.push(reason) }));
    const origin = await listen();
    const leaving = new AbortController();

    const response = await fetch(`${origin}/news`, { signal: leaving.signal });
    expect([response.status, await connectionsTo('news')]).toEqual([200, 1]);
    leaving.abort();

    await until(() => closed.length > 0);
    expect([closed, await connectionsTo('news')]).toEqual([['left'], 0]);
  });

  it('ends with the hub, and lets the app close', async () => {
    app.get('/news', sse(hub.channel('news')));
    app.addHook('preClose', () => hub.close());
    const origin = await listen();
    const response = await fetch(`${origin}/news`);

    await app.close();

    const events = parseEventStream(await response.text());
    expect(events.map(({ event }) => event)).toEqual(['pushwire:open', 'pushwire:retry']);
  });
});

describe('an error before the first byte', () => {
  it.each([
    ['authorize', () => sse(hub.channel('news'), { authorize: refuse })],
    ['a source', () => push(refuse)],
    [
      'an async generator',
      () =>
        // biome-ignore lint/correctness/useYield: it throws before its first message
        sse(async function* () {
          refuse();
        }),
    ],
  ])("of %s goes through Fastify's error handler", async (_what, route) => {
    const seen: unknown[] = [];
    app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
      seen.push(error);
      reply.code(error.statusCode ?? 500).send({ sorry: error.message });
    });
    app.get('/news', route());
    const origin = await listen();

    const response = await fetch(`${origin}/news`, { headers: { accept: 'text/event-stream' } });

    expect([response.status, await response.json()]).toEqual([401, { sorry: 'Who are you?' }]);
    expect(seen).toEqual([expect.objectContaining({ statusCode: 401 })]);
  });

  it('is a 403 when authorize says no', async () => {
    app.get('/news', sse(hub.channel('news'), { authorize: () => false }));
    const origin = await listen();
    expect((await fetch(`${origin}/news`)).status).toBe(403);
  });

  function refuse(): never {
    throw Object.assign(new Error('Who are you?'), { statusCode: 401 });
  }
});

describe('other transports', () => {
  it('answer a long poll when something is published', async () => {
    const news = hub.channel('news');
    app.get('/news', push(news));
    const origin = await listen();
    const headers = { accept: 'application/json' };
    const { cursor } = (await (await fetch(`${origin}/news?wait=0`, { headers })).json()) as { cursor: string };

    const polling = fetch(`${origin}/news?cursor=${cursor}&wait=10`, { headers });
    while ((await connectionsTo('news')) === 0) await new Promise(setImmediate);
    const id = await news.publish('now');

    const response = await polling;
    const answer = { cursor: id, from: cursor, messages: [{ id, data: 'now' }] };
    expect([response.status, await response.json()]).toEqual([200, answer]);
  });

  it('take what clients POST, where no parser of the app reads it', async () => {
    const said: unknown[] = [];
    app.register(async (scope) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', (_request, _body, done) => done(null));
      const handler = push(hub.channel('chat'), { webSocket: { onMessage: (text) => said.push(text) } });
      scope.route({ method: ['GET', 'POST'], url: '/chat', handler });
    });
    const origin = await listen();
    const response = await fetch(`${origin}/chat`, { method: 'POST', body: 'hello' });
    expect([response.status, said]).toEqual([204, ['hello']]);
  });

  it("accept a WebSocket whose handshake has been through the app's hooks", async () => {
    const news = hub.channel('news');
    app.addHook('onRequest', async ({ headers }, reply) => {
      if (headers.cookie !== 'user=7') return reply.code(401).send();
    });
    app.get('/news', push(news));
    const url = (await listen()).replace('http', 'ws');

    const refused = new WebSocket(`${url}/news`);
    const [error] = await new Promise<Error[]>((resolve) => refused.once('error', (...seen) => resolve(seen)));
    expect(error?.message).toBe('Unexpected server response: 401');

    const socket = new WebSocket(`${url}/news`, { headers: { cookie: 'user=7' } });
    await new Promise((resolve) => socket.once('open', resolve));
    const received = new Promise((resolve) => socket.once('message', (data) => resolve(String(data))));
    await news.publish('hello');
    expect(await received).toBe('hello');

    const closed = new Promise((resolve) => socket.once('close', resolve));
    await hub.close();
    expect(await closed).toBe(1012);
  });
});
