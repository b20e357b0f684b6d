import { connect as connectSocket } from 'node:net';
import { text } from 'node:stream/consumers';
import { createHub, type Hub, type OpenStream } from '@pushwire/core';
import { events, FakeClock } from '@pushwire/core/testing';
import request from 'supertest';
import { adapters, type Running } from './kit/adapters';
import { fires } from './kit/fires';
import { openStream } from './kit/stream-client';
import { until } from './kit/until';

const isOpen = (client: { events(): unknown[] }) => client.events().length > 0;
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe.each(adapters)('clients of streams by hand on $name', ({ http2, hasAfterPart, start }) => {
  let hub: Hub;
  let app: Running;
  let streams: OpenStream[];
  let path: string;

  const serve = (options: object = {}, use: (stream: OpenStream) => unknown = () => {}) =>
    app.serve({
      byHand: async (openers) => {
        const stream = await openers.openStream({ hub, transport: 'sse', ...options });
        streams.push(stream);
        await use(stream);
      },
      headers: { 'x-app': 'yes', 'cache-control': 'private' },
    });
  const open = (target = path) => openStream(app.url + target, http2);

  beforeAll(async () => {
    app = await start();
  });

  beforeEach(() => {
    hub = createHub();
    streams = [];
    app.errors.length = 0;
    app.finished.length = 0;
    path = serve();
  });

  afterEach(async () => {
    await until('all connections are closed', () => hub.stats().connections === 0);
    await hub.close();
  });

  afterAll(() => app.close());

  it('get the headers that the app has set, heartbeats, and the padding that they ask for', async () => {
    const clock = new FakeClock();
    const still = createHub({ clock });
    const client = await open(`${serve({ hub: still, heartbeat: 1000 })}?padding=true`);
    await client.until(isOpen);
    expect(client.headers).toMatchObject({
      'x-app': 'yes',
      'cache-control': 'private, no-transform',
      'content-type': 'text/event-stream; charset=utf-8',
    });
    expect(client.text()).toMatch(/^: {2048}\n/);
    const opening = client.text().length;
    clock.advance(3500);
    await client.until(({ text }) => text().length >= opening + 3 * ':\n'.length);
    expect(client.text().slice(opening)).toMatch(/^(:\n){3,4}$/);
    await still.close();
  });

  it.each(['leave', 'reset'] as const)('leave nothing behind when they %s', async (way) => {
    const leaving = await Promise.all(Array.from({ length: 10 }, () => open()));
    await Promise.all(leaving.map((client) => client.until(isOpen)));
    for (const client of leaving) client[way]();
    for (let n = 0; hub.stats().connections > 0 && n < 10_000; n++) {
      for (const stream of streams) stream.send('x'.repeat(100));
      await turn();
    }
    expect(await Promise.all(streams.map(({ closed }) => closed))).toEqual(Array(10).fill('left'));
    expect(await Promise.all(streams.map(({ signal }) => fires(signal)))).toEqual(Array(10).fill(true));
    expect(app.errors).toEqual([]);
    // The code after `await next()` has run when the handler returned.
    if (hasAfterPart) expect(app.finished).toEqual(Array(10).fill(path));
  });

  it('get each message once and in order, however they come', async () => {
    const client = await open();
    await client.until(isOpen);
    const [stream] = streams;
    for (let n = 1; n <= 1000; n++) {
      if (!stream?.send(n, { id: String(n) })) await stream?.ready();
      if (n % 7 === 0) await turn();
      if (n % 50 === 0) stream?.flush();
    }
    await client.until(() => client.data().length === 1000);
    expect(client.data()).toEqual(Array.from({ length: 1000 }, (_, n) => String(n + 1)));
    client.leave();
  });

  it.each(['small', 'large'] as const)(
    'may POST a %s body, which the handler reads when the stream is open',
    async (size) => {
      const sent = size === 'small' ? 'a prompt' : 'x'.repeat(300_000);
      const target = app.serve({
        byHand: async ({ openStream }, incoming) => {
          const stream = await openStream({ hub, transport: 'sse' });
          const body = await text(incoming);
          stream.send(body.length === sent.length ? 'all of it' : body.length);
          stream.end();
        },
      });
      const client = await openStream(app.url + target, http2, {
        method: 'POST',
        headers: { 'content-type': 'text/plain' },
        body: sent,
      });
      await client.ended;
      expect([client.data(), app.errors]).toEqual([['all of it'], []]);
    },
  );

  it('may be asked to come back by a closing hub, before their server closes', async () => {
    const own = await start();
    const target = own.serve({ byHand: ({ openStream }) => openStream({ hub, transport: 'sse' }) });
    const client = await openStream(own.url + target, http2);
    await client.until(isOpen);
    await hub.close();
    await client.ended;
    const refused = await openStream(own.url + target, http2);
    await refused.ended;
    expect([client, refused].map((each) => each.events().at(-1)?.event)).toEqual(['pushwire:retry', 'pushwire:retry']);
    await own.close();
  });

  if (!http2) {
    it('may be supertest, by events()', async () => {
      const target = serve({}, (stream) => {
        stream.send('one', { id: '1' });
        stream.send({ two: 2 }, { event: 'tick', id: '2' });
      });
      const { status, messages } = await events(request(app.server as never).get(target), { take: 2 });
      expect(status).toBe(200);
      expect(messages).toEqual([
        { event: 'message', id: '1', data: 'one' },
        { event: 'tick', id: '2', data: '{"two":2}' },
      ]);
    });

    it('may speak HTTP/1.0, and get no chunks', async () => {
      const socket = connectSocket(Number(new URL(app.url).port), '127.0.0.1');
      let heard = '';
      socket.setEncoding('utf8').on('data', (more) => (heard += more));
      socket.write(`GET ${path} HTTP/1.0\r\n\r\n`);
      await until('the stream is open', () => heard.includes('pushwire:open'));
      streams[0]?.send('x');
      await until('the message is there', () => heard.includes('data: x'));
      expect(heard).not.toMatch(/chunked/i);
      const closed = new Promise((resolve) => socket.once('close', resolve));
      streams[0]?.end();
      await closed;
      expect(heard).toMatch(/pushwire:end/);
    });

    it.each([0, 1, 2])(
      'may POST head and body at once, which a handler reads %i turns after it is open',
      async (turns) => {
        const bodies: string[] = [];
        const target = app.serve({
          byHand: async ({ openStream }, incoming) => {
            // As behind middleware that takes its time.
            await turn();
            const stream = await openStream({ hub, transport: 'sse' });
            for (let n = 0; n < turns; n++) await turn();
            bodies.push(await text(incoming));
            stream.end();
          },
        });
        const socket = connectSocket(Number(new URL(app.url).port), '127.0.0.1');
        const closed = new Promise((resolve) => socket.resume().once('close', resolve));
        const head = `POST ${target} HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 8`;
        socket.write(`${head}\r\n\r\na prompt`);
        await closed;
        expect([bodies, app.errors]).toEqual([['a prompt'], []]);
      },
    );

    it('may send requests ahead, which are served when their turn comes', async () => {
      const socket = connectSocket(Number(new URL(app.url).port), '127.0.0.1');
      socket.on('error', () => {}).resume();
      socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`.repeat(3));
      await until('the first is connected', () => hub.stats().connections === 1);
      socket.destroy();
      await until('it is closed', () => streams[0]?.reason !== undefined);
      await until('the others know', () => streams.length === 3);
      expect(streams.map(({ reason }) => reason)).toEqual(['left', 'left', 'left']);
    });
  }
});
