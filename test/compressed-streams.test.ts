import { createServer, get, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHub, type Hub, type PushOptions } from '@pushwire/core';
import { push as expressPush, sse as expressSse } from '@pushwire/express';
import { push as koaPush } from '@pushwire/koa';
import compression from 'compression';
import express from 'express';
import Koa from 'koa';
import koaCompress from 'koa-compress';
import { adapters, type Running } from './kit/adapters';
import { openStream, type StreamClient } from './kit/stream-client';
import { until } from './kit/until';

const gzip = { 'accept-encoding': 'gzip, deflate, br' };
const message = (n: number) => `message ${n} of some length, which repeats itself: of some length`;
const transports = ['sse', 'ndjson', 'comet'] as const;
type Name = (typeof transports)[number];

/** The numbers of the messages in what a client has read. */
const numbersIn = (text: string) => [...text.matchAll(/message (\d+) of/g)].map(([, digits]) => Number(digits));
const upTo = (n: number, from = 1) => Array.from({ length: n - from + 1 }, (_, i) => from + i);

describe.each(adapters.map((adapter) => [adapter.name, adapter] as const))(
  'with compress, on %s,',
  (_name, adapter) => {
    let hub: Hub;
    let app: Running;

    beforeEach(async () => {
      hub = createHub({ heartbeat: 60_000 });
      app = await adapter.start();
    });
    afterEach(async () => {
      await hub.close();
      await app.close();
    });

    const open = (path: string, headers: Record<string, string> = gzip, method = 'GET') =>
      openStream(app.url + path, adapter.http2, { headers, method });
    const publish = (n: number) => hub.channel('news').publish(message(n));
    const serve = (push: PushOptions<unknown> = {}) =>
      app.serve({ source: hub.channel('news'), push: { compress: { window: 300 }, ...push } });

    describe.each(transports)('a stream of %s', (transport: Name) => {
      it('comes event by event to all clients, also to those who join amid them, and ends whole', async () => {
        const path = serve();
        const clients: { readonly client: StreamClient; readonly from: number }[] = [];
        for (let n = 1; n <= 12; n++) {
          if (n % 3 === 1) clients.push({ client: await open(`${path}?transport=${transport}`), from: n });
          await until('all are connected', () => hub.stats().connections === clients.length);
          await publish(n);
          for (const { client, from } of clients) {
            await client.until(() => numbersIn(client.text()).length === n - from + 1);
            expect(numbersIn(client.text())).toEqual(upTo(n, from));
          }
        }
        await hub.close();
        for (const { client } of clients) {
          expect(client.headers).toMatchObject({
            'content-encoding': 'gzip',
            vary: expect.stringMatching(/accept-encoding/i),
          });
          expect(client.headers['cache-control']).toContain('no-transform');
          await client.ended;
          expect(client.isWhole()).toBe(true);
          expect(client.text()).toContain('pushwire:retry');
        }
      });

      it('is as plain as ever for clients that do not accept gzip, or like it less', async () => {
        const path = serve();
        for (const accepted of [undefined, 'br', 'gzip;q=0, *', 'identity, gzip;q=0.5']) {
          const client = await open(
            `${path}?transport=${transport}`,
            accepted === undefined ? {} : { 'accept-encoding': accepted },
          );
          expect(client.headers).toMatchObject({ 'content-encoding': 'identity', vary: 'Accept-Encoding' });
          await client.until(() => client.text().includes('pushwire:open'));
          client.leave();
        }
      });

      it('has the same head for HEAD', async () => {
        const client = await open(`${serve()}?transport=${transport}`, gzip, 'HEAD');
        expect(client.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
        client.leave();
      });
    });

    it('resumes from the log after a cut, and reads on what it has missed', async () => {
      const path = serve();
      const first = await open(`${path}?transport=sse`);
      await publish(1);
      await first.until((client) => client.data().length === 1);
      const id = first.events().at(-1)?.id ?? '';
      first.leave();
      for (const n of [2, 3, 4]) await publish(n);
      const second = await open(`${path}?transport=sse&cursor=${id}`);
      await second.until((client) => client.data().length === 3);
      await publish(5);
      await second.until((client) => client.data().length === 4);
      expect(numbersIn(second.text())).toEqual([2, 3, 4, 5]);
      second.leave();
    });

    it('leaves one-off streams, refusals and an encoding of the app as they are', async () => {
      const paths = [
        app.serve({
          source: () =>
            (async function* () {
              yield 'one';
            })(),
          options: { compress: true },
        }),
        app.serve({
          source: hub.channel('news'),
          options: { compress: true },
          headers: { 'Content-Encoding': 'identity' },
        }),
      ];
      for (const path of paths) {
        const client = await open(path);
        expect(client.headers['content-encoding']).toBe('identity');
        await client.until(() => /one|pushwire:open/.test(client.text()));
        client.leave();
      }
      await hub.close();
      const refused = await open(serve());
      await refused.ended;
      expect(refused.headers['content-encoding']).toBe('identity');
      expect(refused.text()).toContain('draining');
    });
  },
);

describe('compress', () => {
  let server: Server;
  const listen = async (listener: RequestListener) => {
    server = createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  afterEach(
    () => new Promise<unknown>((resolve) => (server ? server.close(resolve).closeAllConnections() : resolve(0))),
  );

  const expectOneByOne = async (hub: Hub, url: string) => {
    const client = await openStream(url, false, { headers: { ...gzip, accept: 'text/event-stream' } });
    expect(client.headers['content-encoding']).toBe('gzip');
    for (let n = 1; n <= 5; n++) {
      await hub.channel('news').publish(message(n));
      await client.until(() => client.data().length === n);
    }
    await hub.close();
    await client.ended;
    expect(client.isWhole()).toBe(true);
  };

  it('is not done twice by compression on Express, even where it insists', async () => {
    const hub = createHub({ compress: true });
    const app = express().use(compression({ threshold: 0, filter: () => true }));
    await expectOneByOne(hub, await listen(app.get('/', expressPush(hub.channel('news')))));
  });

  it('is not done twice by koa-compress', async () => {
    const hub = createHub({ compress: true });
    const app = new Koa().use(koaCompress({ threshold: 0, filter: () => true }));
    await expectOneByOne(hub, await listen(app.use(koaPush(hub.channel('news'))).callback()));
  });

  it('is the default of a hub, which a route overrides', async () => {
    const hub = createHub({ compress: true });
    const plain = expressSse(hub.channel('news'), { compress: false });
    const url = await listen(
      express()
        .get('/on', expressSse(hub.channel('news')))
        .get('/off', plain),
    );
    const encodingOf = (path: string) =>
      new Promise((resolve) => {
        const request = get(url + path, { headers: gzip, agent: false }, (response: IncomingMessage) => {
          resolve(response.headers['content-encoding']);
          request.destroy();
        });
      });
    expect([await encodingOf('/on'), await encodingOf('/off')]).toEqual(['gzip', 'identity']);
  });

  it.each([
    [{ compress: 1 }, 'sse option compress: expected true, false or an object of options, got the number 1'],
    [{ compress: null }, 'sse option compress: expected true, false or an object of options, got null'],
    [{ compress: { level: 10 } }, 'compress option level: expected an integer from -1 to 9, got the number 10'],
    [{ compress: { window: -1 } }, 'compress option window: expected an integer from 0 to 32768, got the number -1'],
    [{ compress: { size: 1 } }, 'compress options: unknown option "size"; known options: level, window'],
  ])('refuses %j', (options, sentence) => {
    expect(() => expressSse(createHub().channel('x'), options as never)).toThrow(new TypeError(sentence));
    const forHub = sentence.replace('sse option', 'createHub option');
    expect(() => createHub(options as never)).toThrow(new TypeError(forHub));
  });
});
