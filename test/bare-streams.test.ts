import { once } from 'node:events';
import { IncomingMessage, ServerResponse } from 'node:http';
import { connect, Socket } from 'node:net';
import {
  createHub,
  type Hub,
  type OpenStream,
  type OpenStreamOptions,
  openStream as openBare,
  type SseOptions,
  serveNdjson,
  servePush,
  serveSse,
} from '@pushwire/core';
import { encodeComment, encodeEvent } from '@pushwire/core/encoders';
import { FakeClock } from '@pushwire/core/testing';
import { adapters, type Route, type Running } from './kit/adapters';
import { openStream, type StreamClient, type StreamRequest } from './kit/stream-client';
import { until } from './kit/until';

/** The examples of the HTML Standard, 9.2.6. */
const standard = `data: YHOO
data: +2
data: 10

: test stream

data: first event
id: 1

data:second event
id

data:  third event

event: add
data: 73857293

`;

/** The body of a response of HTTP/1.1 that has arrived so far, without the framing of its chunks. */
function bodyOf(text: string): string {
  let rest = text.slice(text.indexOf('\r\n\r\n') + 4);
  let body = '';
  for (;;) {
    const [line = ''] = /^[0-9a-f]+\r\n/.exec(rest) ?? [];
    const size = Number.parseInt(line, 16);
    if (line === '' || size === 0) return body;
    body += rest.slice(line.length, line.length + size);
    rest = rest.slice(line.length + size + 2);
  }
}

describe.each(adapters)('bare event streams on $name', ({ http2, start }) => {
  let hub: Hub;
  let app: Running;
  let count = 0;
  const clients: StreamClient[] = [];

  beforeAll(async () => {
    hub = createHub();
    app = await start();
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.leave();
    await until('all connections are closed', () => hub.stats().connections === 0);
    expect(app.errors.splice(0)).toEqual([]);
  });

  afterAll(async () => {
    await hub.close();
    await app.close();
  });

  const open = async (path: string, request?: StreamRequest) => {
    const client = await openStream(app.url + path, http2, request);
    clients.push(client);
    return client;
  };
  const newChannel = () => hub.channel(`channel-${++count}`);
  const serve = (source: Route['source'], options: SseOptions<unknown> = {}, headers: Route['headers'] = {}) =>
    app.serve({ source, options: { bare: true, hub, ...options }, headers });
  const serveByHand = (write: (stream: OpenStream) => void, options: OpenStreamOptions<unknown> = {}) =>
    app.serve({
      byHand: async ({ openStream }) => write(await openStream({ hub, bare: true, transport: 'sse', ...options })),
    });

  it('can have the bytes of any example, written as they are', async () => {
    const client = await open(
      serveByHand((stream) => {
        stream.send('YHOO\n+2\n10');
        stream.write(`${encodeComment(' test stream')}\n`);
        stream.write(encodeEvent({ data: 'first event', id: '1' }));
        stream.write('data:second event\nid\n\n');
        stream.send(' third event');
        stream.send('73857293', { event: 'add' });
        stream.end();
      }),
    );
    await client.ended;
    expect(client.text()).toBe(standard);
    expect(client.headers['content-type']).toBe('text/event-stream');
  });

  it('send their head before the first message', async () => {
    let send = () => {};
    const client = await open(
      serveByHand((stream) => {
        send = () => stream.send('x');
      }),
    );
    expect([client.status, client.text()]).toEqual([200, '']);
    send();
    await client.until(() => client.text() === 'data: x\n\n');
    const channel = newChannel();
    const other = await open(serve(channel));
    expect([other.status, other.text()]).toEqual([200, '']);
    await channel.publish('y');
    await other.until(() => other.text() === 'data: y\n\n');
  });

  it('have the messages of a channel without ids, whatever id a client sends', async () => {
    const channel = newChannel();
    await channel.publish('old');
    const path = serve(channel);
    const stream = [
      await open(path),
      await open(path, { headers: { 'last-event-id': '7' } }),
      await open(`${path}?cursor=0`),
    ];
    await channel.publish('a\nb', { event: 'tick' });
    await channel.publish({ n: 1 });
    await channel.end();
    for (const client of stream) {
      await client.ended;
      expect(client.text()).toBe('event: tick\ndata: a\ndata: b\n\ndata: {"n":1}\n\n');
    }
  });

  it('begin with what the route says', async () => {
    const channel = newChannel();
    for (const n of [1, 2, 3]) await channel.publish(n);
    const initial = () => [{ data: 'now', event: 'state' }];
    const client = await open(serve(channel, { from: { last: 1 }, initial }));
    await client.until(() => client.text() === 'event: state\ndata: now\n\ndata: 3\n\n');
  });

  it('have the ids and the retry of a generator, in the order and the spelling of the route', async () => {
    const lastIds: unknown[] = [];
    const source = async function* (_request: unknown, { lastEventId }: { lastEventId?: string | undefined }) {
      lastIds.push(lastEventId);
      yield { data: 'x', id: '8', event: 'e', retry: 700 };
      yield 'y';
    };
    const path = serve(source, { bare: { order: ['data', 'id', 'event', 'retry'], space: false } });
    const client = await open(path, { headers: { 'last-event-id': '7' } });
    await client.ended;
    expect(client.text()).toBe('data:x\nid:8\nevent:e\nretry:700\n\ndata:y\n\n');
    expect(lastIds).toEqual(['7']);
  });

  it('have comment lines as heartbeats', async () => {
    const client = await open(serve(newChannel(), { heartbeat: 100 }));
    await client.until(() => client.text() === ':\n:\n:\n');
  });

  it('end without a word when the hub closes, is full, or the source fails', async () => {
    const closing = createHub();
    const client = await open(serve(closing.channel('a'), { hub: closing }));
    await closing.close();
    await client.ended;
    const late = await open(serve(closing.channel('a'), { hub: closing }));
    await late.ended;
    const full = createHub({ limits: { connections: 1 } });
    await open(serve(full.channel('a'), { hub: full }));
    const refused = await open(serve(full.channel('a'), { hub: full }));
    await refused.ended;
    const errors: unknown[] = [];
    const failing = await open(
      serve(
        async function* () {
          yield 'x';
          throw new Error('broken');
        },
        { onError: (error) => errors.push(error) },
      ),
    );
    await failing.ended;
    expect([client, late, refused].map(({ status, text }) => [status, text()])).toEqual(Array(3).fill([200, '']));
    expect(failing.text()).toBe('data: x\n\n');
    expect(errors).toHaveLength(1);
    await full.close();
  });

  it.each([
    ['text/event-stream; charset=UTF-8', 'text/event-stream; charset=UTF-8'],
    ['Text/Event-Stream;x=1;charset=utf-8', 'Text/Event-Stream;x=1;charset=utf-8'],
    ['text/html; charset=utf-8', 'text/event-stream'],
  ])('keep the Content-Type %j of the app as %j', async (own, sent) => {
    const client = await open(serve(newChannel(), {}, { 'Content-Type': own }));
    expect(client.headers['content-type']).toBe(sent);
  });

  it('are no streams of a state, whose clients have to be told what is gone', async () => {
    const state = hub.state('seats');
    const client = await open(serve(state));
    await client.ended;
    expect(client.status).toBe(500);
    expect(app.errors.splice(0)).toMatchObject([{ message: expect.stringContaining('expected no state beside bare') }]);
    const others = await open(`${app.serve({ source: state, push: { bare: true } })}?transport=ndjson`);
    await others.until(() => others.text().includes('\n'));
  });

  it('leave the other transports of a route as they are, and are the same for clients of pushwire.v1', async () => {
    const channel = newChannel();
    const path = app.serve({ source: channel, push: { bare: true } });
    const plain = await open(`${path}?transport=sse&protocol=pushwire.v1`);
    const lines = await open(`${path}?transport=ndjson`);
    await lines.until(() => lines.text().includes('\n'));
    const id = await channel.publish('x');
    await plain.until(() => plain.text() === 'data: x\n\n');
    await lines.until(() => lines.text().endsWith(`\n{"id":"${id}","data":"x"}\n`));
    expect(lines.text()).toMatch(/^\{"id":"[^"]+","event":"pushwire:open"/);
  });

  it('have no end of their own, since their clients cannot resume', async () => {
    const clock = new FakeClock();
    const aging = createHub({ clock, maxAge: 1000 });
    const [bare, ordinary] = await Promise.all(
      [true, false].map((bare) => open(serve(aging.channel('a'), { hub: aging, bare }))),
    );
    clock.advance(2000);
    await ordinary?.ended;
    await aging.channel('a').publish('x');
    clock.turn();
    await bare?.until((client) => client.text().endsWith('data: x\n\n'));
    await aging.close();
  });

  if (!http2) {
    it('have these bytes on the socket, however they are written', async () => {
      const pieces = standard.match(/[^\n]*\n/g) as string[];
      const path = serveByHand((stream) => {
        for (const piece of pieces) {
          stream.write(piece);
          stream.flush();
        }
        stream.end();
      });
      const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
      let text = '';
      socket.setEncoding('latin1').on('data', (chunk) => (text += chunk));
      socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
      await once(socket, 'close');
      expect(bodyOf(text)).toBe(standard);
      expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect(text).toMatch(/\r\nContent-Type: text\/event-stream\r\n/);
    });
  }
});

describe('the option bare', () => {
  const hub = createHub();
  const news = hub.channel('news');
  const response = () => new ServerResponse(new IncomingMessage(new Socket()));
  const opening = (options: OpenStreamOptions<IncomingMessage>) => {
    const answer = response();
    return openBare(answer.req, answer, options);
  };

  afterAll(() => hub.close());

  it('takes no retry beside it, except on a route that has other transports too', async () => {
    const words = /^sse option retry: expected none beside bare, .* got the number 5000/;
    expect(() => serveSse(news, { bare: true, retry: 5000 })).toThrow(TypeError);
    expect(() => serveSse(news, { bare: true, retry: 5000 })).toThrow(words);
    expect(() => servePush(news, { bare: true, retry: 5000 })).not.toThrow();
    await expect(opening({ bare: {}, transport: 'sse', retry: 5000 })).rejects.toThrow(
      /^openStream option retry: expected/,
    );
  });

  it('goes with Server-Sent Events only', async () => {
    const words = /^openStream option bare: expected none beside the transport ndjson, got true/;
    await expect(opening({ bare: true, transport: 'ndjson' })).rejects.toThrow(words);
    expect(() => serveNdjson(news, { bare: true } as object)).toThrow(/^ndjson options: unknown option "bare"/);
    expect(() => servePush(news, { webSocket: { bare: true } as object })).toThrow(/unknown option "bare"/);
  });

  it.each([
    [7, /^bare: expected true, false, or a format, got the number 7/],
    [{ order: ['id'] }, /^bare option order: expected an array with each of event, id, retry, data once/],
  ])('refuses %j on every route that takes it', async (bare, words) => {
    const options = { bare } as unknown as { bare: true };
    expect(() => serveSse(news, options)).toThrow(words);
    expect(() => servePush(news, options)).toThrow(words);
    await expect(opening(options)).rejects.toThrow(words);
  });
});

describe('write()', () => {
  let app: Running;
  const hub = createHub();

  beforeAll(async () => {
    app = await (adapters[0] as (typeof adapters)[0]).start();
  });

  afterAll(async () => {
    await hub.close();
    await app.close();
  });

  /** Returns what a handler throws that writes to its stream. */
  const thrownBy = async (options: OpenStreamOptions<unknown>, write: (stream: OpenStream) => unknown) => {
    let thrown: unknown;
    const path = app.serve({
      byHand: async ({ openStream }) => {
        const stream = await openStream({ hub, ...options });
        try {
          write(stream);
        } catch (error) {
          thrown = error;
        }
        stream.close();
      },
    });
    const client = await openStream(app.url + path, false);
    await client.ended;
    return thrown as Error;
  };
  const bare = { bare: true, transport: 'sse' } as const;

  it.each([
    ['x', /^write: expected lines, each with its end, got the string "x"/],
    [7, /^write: expected lines, each with its end, got the number 7/],
    ['', /^write: expected lines/],
  ])('refuses %j with a TypeError', async (lines, words) => {
    const error = await thrownBy(bare, (stream) => stream.write(lines as string));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(words);
  });

  it.each([{}, { bare: true }, { transport: 'sse' as const }, { bare: false, transport: 'sse' as const }])(
    'is a TypeError with the options %j, since the client may have another transport',
    async (options) => {
      const error = await thrownBy(options, (stream) => stream.write(':\n'));
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toMatch(/^write: expected a stream with the options bare and transport: 'sse'/);
    },
  );

  it('is a TypeError after end(), and does nothing after the client has left', async () => {
    const error = await thrownBy(bare, (stream) => {
      stream.close('left');
      expect(stream.write(':\n')).toBe(false);
      stream.end();
      stream.write(':\n');
    });
    expect(error.message).toMatch(/^write: expected a stream that has not ended/);
  });

  it('has the limit of messages', async () => {
    const error = await thrownBy(bare, (stream) => stream.write(`:${'x'.repeat(2 ** 21)}\n`));
    expect(error).toMatchObject({ code: 'message-too-large' });
  });
});
