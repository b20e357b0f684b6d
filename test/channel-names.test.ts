import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHub, type Hub, type Source } from '@pushwire/core';
import type express from 'express';
import type { Request } from 'express';
import type Koa from 'koa';
import { adapters, type Running } from './kit/adapters';
import { openStream } from './kit/stream-client';
import { openWebSocket } from './kit/web-socket-client';

// Names of channels that come from a URL and cannot be used are the client's mistake: 400.

const sentence = "A channel's name has 1 to 255 characters without control characters or lone surrogates.\n";

const badNames: Record<string, string> = {
  'an empty name': '',
  'a name of 256 characters': 'x'.repeat(256),
  'a name with a line end': 'a\r\nb',
  'a name with NUL': '\0',
};

/** The values of a parameter in the URL of any framework's request. */
const valuesOf = (request: unknown, name: string) =>
  new URL((request as { url: string }).url, 'http://x').searchParams.getAll(name);

describe.each(adapters)('a channel name from the URL, on $name', ({ http2, start }) => {
  let hub: Hub;
  let app: Running;

  beforeAll(async () => {
    hub = createHub();
    const push = { webSocket: { onMessage() {} } };
    const room: Source<unknown> = (request) => hub.channel(valuesOf(request, 'name')[0] ?? '');
    const later: Source<unknown> = async (request) => {
      await new Promise((resolve) => setImmediate(resolve));
      return room(request, {} as never) as ReturnType<Hub['channel']>;
    };
    const list: Source<unknown> = (request) => valuesOf(request, 'name').map((name) => hub.channel(name));
    const generator: Source<unknown> = async function* (request) {
      await hub.channel(valuesOf(request, 'name')[0] ?? '').publish('x');
      yield { data: 'x' };
    };
    app = await start({
      '/room': { source: room, push },
      '/later': { source: later, push },
      '/list': { source: list, push },
      '/generator': { source: generator, push },
    });
  });
  afterAll(async () => {
    await hub.close();
    await app.close();
  });
  afterEach(() => expect(app.errors).toEqual([]));

  const asHttp = (transport: string) => async (url: string) => {
    const client = await openStream(`${url}&transport=${transport}`, http2);
    await client.ended;
    return [client.status, client.text()];
  };
  const transports: Record<string, (url: string) => Promise<unknown[]>> = {
    sse: asHttp('sse'),
    ndjson: asHttp('ndjson'),
    comet: asHttp('comet'),
    'long-poll': asHttp('long-poll'),
    poll: asHttp('poll'),
    websocket: async (url) => {
      const client = await openWebSocket(url, { http2 });
      return [client.status, await client.body];
    },
    'a POST': async (url) => {
      const client = await openStream(url, http2, {
        method: 'POST',
        body: 'x',
        headers: { 'content-type': 'text/plain' },
      });
      await client.ended;
      return [client.status, client.text()];
    },
  };

  it.each(Object.entries(transports))('is answered with 400 if it is bad, over %s', async (_transport, ask) => {
    for (const path of ['/room', '/later', '/list']) {
      for (const [kind, name] of Object.entries(badNames)) {
        const answer = await ask(`${app.url}${path}?name=${encodeURIComponent(name)}`);
        expect([path, kind, ...answer]).toEqual([path, kind, 400, sentence]);
      }
    }
  });

  it.each(Object.entries(transports))(
    'is answered with 400 if there are none or too many, over %s',
    async (_t, ask) => {
      const names = Array.from({ length: 101 }, (_, n) => `name=${n}`).join('&');
      expect(await ask(`${app.url}/list?`)).toEqual([400, 'One connection follows at least one channel, not 0.\n']);
      expect(await ask(`${app.url}/list?${names}`)).toEqual([
        400,
        'One connection can follow at most 100 channels, not 101.\n',
      ]);
    },
  );

  it('is answered with 400 if a generator uses it before its first message', async () => {
    expect(await asHttp('sse')(`${app.url}/generator?name=%00`)).toEqual([400, sentence]);
  });
});

describe('outside of a source, a bad channel name', () => {
  const hub = createHub();
  let server: Server | undefined;

  async function statusOf(listener: RequestListener): Promise<[number, string]> {
    server = createServer(listener).listen(0, '127.0.0.1');
    await new Promise((resolve) => server?.once('listening', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${'x'.repeat(300)}`;
    const response = await fetch(url);
    return [response.status, await response.text()];
  }
  afterEach(() => new Promise((resolve) => server?.close(resolve)));

  it.each(['express', 'express4'])('is misuse, which the error handling of %s answers with 400', async (version) => {
    const app = (require(version) as typeof express)();
    app.set('env', 'test');
    app.get('/:room', (request: Request, response, next) => {
      hub
        .channel(String(request.params.room))
        .publish('x')
        .then(() => response.end(), next);
    });
    expect(await statusOf(app)).toEqual([400, expect.stringContaining('channel name: expected')]);
  });

  it.each(['koa', 'koa2'])(
    'is misuse, which the error handling of %s answers with 400 and does not log',
    async (name) => {
      const loaded = require(name) as { default?: typeof Koa } & typeof Koa;
      const app = new (loaded.default ?? loaded)();
      const log = jest.spyOn(console, 'error').mockImplementation(() => {});
      app.use(async (ctx) => {
        await hub.channel(ctx.path.slice(1)).publish('x');
      });
      expect(await statusOf(app.callback())).toEqual([400, expect.stringContaining('channel name: expected')]);
      expect(log).not.toHaveBeenCalled();
      log.mockRestore();
    },
  );

  it('is a TypeError', () => {
    for (const name of ['', 'x'.repeat(256), '\x1f', 'a\ud800', undefined, ['a', 'b'], {}]) {
      expect(() => hub.channel(name as string)).toThrow(TypeError);
      expect(() => hub.channel(name as string)).toThrow(/^channel name: expected a string of 1 to 255 characters/);
    }
    expect(hub.channel('é 🙂/%').name).toBe('é 🙂/%');
  });
});
