import { Agent, get, IncomingMessage, ServerResponse } from 'node:http';
import { connect, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  type Channel,
  createHub,
  type Hub,
  type OpenStream,
  openStream as openByHand,
  servePush,
  serveSse,
} from '@pushwire/core';
import { agUi, aiSdkUiMessages, bareSse, type Dialect, openAiChat, openAiResponses } from '@pushwire/core/dialects';
import { sse } from '@pushwire/express';
import compression from 'compression';
import express from 'express';
import { type Adapter, adapters, type Route, type Running } from './kit/adapters';
import { openStream, type StreamClient, type StreamRequest } from './kit/stream-client';
import { until } from './kit/until';

const done = 'data: [DONE]\n\n';

/** Waits until an idle response may have been detached from its socket. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 30));

/** The first message, and then nothing for as long as the client stays. */
async function* endless(_request: unknown, { signal }: { signal: AbortSignal }) {
  yield 'one';
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
}

/** What a client of HTTP/1.0 gets, whose body has no other end than that of the connection. */
function readHttp10(url: string): Promise<{ text: string; error: string | undefined }> {
  const { hostname, port, pathname } = new URL(url);
  return new Promise((resolve) => {
    let text = '';
    let error: string | undefined;
    const socket = connect(Number(port), hostname);
    socket.on('data', (bytes) => (text += bytes));
    socket.on('error', ({ code }: NodeJS.ErrnoException) => (error = code));
    socket.on('close', () => resolve({ text, error }));
    socket.write(`GET ${pathname} HTTP/1.0\r\n\r\n`);
  });
}

const ways = adapters.flatMap((adapter) =>
  (adapter.http2 ? [true] : [true, false]).map((fastPath) => [adapter.name, fastPath, adapter] as const),
);

describe.each(ways)('dialects on %s, with direct writes: %s', (_name, fastPath, { http2, start }: Adapter) => {
  let hub: Hub;
  let app: Running;
  let channel: Channel;
  const clients: StreamClient[] = [];

  beforeEach(async () => {
    hub = createHub({ fastPath, log: { count: 3 } });
    channel = hub.channel('answer');
    app = await start();
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.leave();
    await hub.close();
    await app.close();
    expect(app.errors.splice(0)).toEqual([]);
  });

  const open = async (path: string, request?: StreamRequest) => {
    const client = await openStream(app.url + path, http2, request);
    clients.push(client);
    return client;
  };
  const serve = (dialect: Dialect, route: Route = {}) =>
    app.serve({ source: channel, options: { dialect, hub, from: 'oldest' }, ...route });
  const generator = (dialect: Dialect, source: Route['source'], onError?: () => void) =>
    app.serve({ source, options: { dialect, hub, ...(onError && { onError }) } });
  const ended = async (client: StreamClient) => {
    await client.ended;
    return [client.text(), client.isWhole()];
  };

  it('give a whole answer to a client that is live and to one that comes late', async () => {
    const path = serve(aiSdkUiMessages());
    const live = await open(path);
    await channel.publish({ type: 'start' });
    await live.until((client) => client.text().includes('start'));
    await channel.publish({ type: 'finish' });
    await channel.end();
    const late = await open(path);
    const text = `data: {"type":"start"}\n\ndata: {"type":"finish"}\n\n${done}`;
    expect(await ended(live)).toEqual([text, true]);
    expect(await ended(late)).toEqual([text, true]);
    expect(live.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'x-vercel-ai-ui-message-stream': 'v1',
      'cache-control': 'no-cache, no-store, no-transform',
    });
  });

  it.each([
    ['at once', async () => {}],
    ['when the connection is idle', settle],
  ])('cut a connection when the hub closes, %s, after all that was published', async (_when, wait) => {
    const client = await open(serve(openAiChat()));
    await channel.publish('one');
    await client.until(({ text }) => text().includes('one'));
    await wait();
    await channel.publish('x'.repeat(100_000));
    await hub.close({ within: 0 });
    expect(await ended(client)).toEqual([`data: one\n\ndata: ${'x'.repeat(100_000)}\n\n`, false]);
  });

  it('cut the connection of a generator when the hub closes', async () => {
    const client = await open(generator(openAiChat(), endless));
    await client.until(({ text }) => text().includes('one'));
    await settle();
    await hub.close({ within: 0 });
    expect(await ended(client)).toEqual(['data: one\n\n', false]);
  });

  it('cut a connection that the app closes', async () => {
    const client = await open(serve(agUi()));
    await until('the client is connected', () => hub.stats().connections === 1);
    for (const connection of hub.connections()) connection.close();
    expect(await ended(client)).toEqual(['', false]);
  });

  it('end a generator that throws with their words, or cut it', async () => {
    const onError = jest.fn();
    const source = async function* () {
      yield 'one';
      throw new Error('secret');
    };
    const withWords = await open(generator(aiSdkUiMessages(), source, onError));
    const words = `data: {"type":"error","errorText":"source-failed"}\n\n${done}`;
    expect(await ended(withWords)).toEqual([`data: one\n\n${words}`, true]);
    const without = await open(generator(bareSse(), source, onError));
    expect(await ended(without)).toEqual(['data: one\n\n', false]);
    expect(onError).toHaveBeenCalledTimes(2);
  });

  it('are an error of `fetch` when they are cut', async () => {
    if (http2) return;
    const response = await fetch(app.url + generator(openAiChat(), endless));
    const failing = expect(response.text()).rejects.toThrow('terminated');
    await settle();
    await hub.close({ within: 0 });
    await failing;
  });

  it('leave the connection to the next request after a clean end', async () => {
    if (http2) return;
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const path = generator(openAiChat(), () => ['one']);
    const sockets = new Set<unknown>();
    for (let n = 0; n < 3; n++) {
      const response = await new Promise<IncomingMessage>((resolve) => get(app.url + path, { agent }, resolve));
      sockets.add(response.socket);
      expect([response.headers.connection, await text(response)]).toEqual(['keep-alive', `data: one\n\n${done}`]);
    }
    expect(sockets.size).toBe(1);
    agent.destroy();
  });

  it('reset a connection of HTTP/1.0, and end it after the end of the source', async () => {
    if (http2) return;
    const path = serve(bareSse({ ids: false }));
    const whole = app.serve({
      source: () => ['one'],
      options: { dialect: bareSse(), hub },
    });
    const cut = readHttp10(app.url + path);
    await channel.publish('one');
    await settle();
    await hub.channel('other').publish('turn');
    const complete = await readHttp10(app.url + whole);
    expect([complete.text.endsWith('\r\n\r\ndata: one\n\n'), complete.error]).toEqual([true, undefined]);
    await hub.close({ within: 0 });
    const { text, error } = await cut;
    expect([text.endsWith('\r\n\r\ndata: one\n\n'), error]).toEqual([true, 'ECONNRESET']);
  });

  it('resume by the id of a message, and answer 204 after the end', async () => {
    const path = serve(bareSse());
    const [first = ''] = [await channel.publish('one'), await channel.publish('two')];
    const client = await open(path, { headers: { 'last-event-id': first } });
    await client.until(({ text }) => text().includes('two'));
    const second = client.events()[0]?.id;
    expect(client.text()).toBe(`id: ${second}\ndata: two\n\n`);
    await channel.end();
    expect(await ended(client)).toEqual([client.text(), true]);
    const back = await open(path, { headers: { 'last-event-id': second ?? '' } });
    expect([back.status, back.headers['content-type']]).toEqual([204, undefined]);
  });

  it('resume by the number of a message', async () => {
    const [responses, messages] = [serve(openAiResponses()), serve(aiSdkUiMessages())];
    for (const n of [0, 1, 2]) await channel.publish({ type: 'response.n', n });
    await channel.end();
    const client = await open(`${responses}?starting_after=1`);
    expect(await ended(client)).toEqual([
      'event: response.n\ndata: {"type":"response.n","n":2,"sequence_number":2}\n\n',
      true,
    ]);
    expect(await ended(await open(`${responses}?starting_after=2`))).toEqual(['', true]);
    expect((await open(`${messages}?startIndex=3`)).status).toBe(204);
    const later = await open(`${messages}?startIndex=2`);
    expect(await ended(later)).toEqual([`data: {"type":"response.n","n":2}\n\n${done}`, true]);
  });

  it('answer 410 for what is lost, 400 for what is malformed, and 503 while the hub closes', async () => {
    const path = serve(aiSdkUiMessages());
    for (let n = 0; n < 5; n++) await channel.publish({ n });
    await settle();
    const statuses = [];
    for (const query of ['startIndex=1', 'startIndex=9', 'cursor=other.1', 'startIndex=x']) {
      const { status, headers } = await open(`${path}?${query}`);
      statuses.push([status, headers['content-type'], headers['x-vercel-ai-ui-message-stream']]);
    }
    const plain = 'text/plain; charset=utf-8';
    expect(statuses).toEqual([410, 410, 410, 400].map((status) => [status, plain, undefined]));
    await hub.close();
    const refused = await open(path);
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '3']);
    await refused.ended;
    expect(refused.text()).toBe('The server is closing.\n');
  });

  it('give the answer of a run from its start, and how it has ended', async () => {
    const run = hub.run('answer');
    const path = app.serve({ source: () => run, options: { dialect: aiSdkUiMessages() } });
    expect((await open(path)).status).toBe(204);
    const started = await run.start(async function* ({ signal }) {
      yield { data: { type: 'start' } };
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    });
    const live = await open(path);
    await live.until(({ text }) => text().includes('start'));
    await run.stop('enough');
    await started.done;
    const late = await open(path);
    const text = `data: {"type":"start"}\n\ndata: {"type":"abort","reason":"enough"}\n\n${done}`;
    for (const client of [live, late]) expect(await ended(client)).toEqual([text, true]);
  });

  it('answer 410 to a client with a part of a run that is kept no longer', async () => {
    const source = () => hub.run('forgotten');
    const serveIt = (dialect: Dialect, options = {}) => app.serve({ source, options: { dialect, hub, ...options } });
    const [ids, responses, messages] = [serveIt(agUi()), serveIt(openAiResponses()), serveIt(aiSdkUiMessages())];
    const statusOf = async (path: string, headers = {}) => (await open(path, { headers })).status;
    expect([
      await statusOf(ids),
      await statusOf(`${responses}?starting_after=-1`),
      await statusOf(`${messages}?startIndex=0`),
      await statusOf(`${messages}?startIndex=-3`),
    ]).toEqual([204, 204, 204, 204]);
    expect([
      await statusOf(ids, { 'last-event-id': 'k3v9.7' }),
      await statusOf(`${responses}?starting_after=0`),
      await statusOf(`${messages}?startIndex=3`),
    ]).toEqual([410, 410, 410]);
    expect(await statusOf(`${serveIt(aiSdkUiMessages(), { unknownRun: 404 })}?startIndex=3`)).toBe(404);
  });

  it('cut the answer of a run when the hub closes, though its producer goes on', async () => {
    const run = hub.run('answer');
    const path = app.serve({ source: run, options: { dialect: openAiChat() } });
    let finish: (value?: unknown) => void = () => {};
    await run.start(async function* () {
      yield 'one';
      await new Promise((resolve) => (finish = resolve));
    });
    const client = await open(path);
    await client.until(({ text }) => text().includes('one'));
    const closing = hub.close({ within: 0 });
    expect(await ended(client)).toEqual(['data: one\n\n', false]);
    finish();
    await closing;
  });

  it('answer HEAD with their headers', async () => {
    const client = await open(serve(aiSdkUiMessages()), { method: 'HEAD' });
    expect([client.status, client.headers['x-vercel-ai-ui-message-stream']]).toEqual([200, 'v1']);
  });

  it('answer HEAD as GET', async () => {
    const run = hub.run('headed');
    const path = app.serve({ source: run, options: { dialect: aiSdkUiMessages({ whenEnded: 'no-content' }) } });
    const headOf = async (query = '') => {
      const [head, get] = [await open(path + query, { method: 'HEAD' }), await open(path + query)];
      get.leave();
      const tails = [head, get].map(({ headers }) => headers['x-workflow-stream-tail-index']);
      expect([head.status, tails[0]]).toEqual([get.status, tails[1]]);
      return [head.status, tails[0]];
    };
    expect(await headOf()).toEqual([204, undefined]);
    let finish: (value?: unknown) => void = () => {};
    const { done } = await run.start(async function* () {
      yield* ['one', 'two'];
      await new Promise((resolve) => (finish = resolve));
    });
    const reader = await open(path);
    await reader.until(({ text }) => text().includes('two'));
    expect(await headOf()).toEqual([200, '1']);
    expect(await headOf('?cursor=other.1')).toEqual([410, undefined]);
    finish();
    await done;
    expect(await headOf()).toEqual([204, undefined]);
    await hub.close();
    expect(await headOf()).toEqual([503, undefined]);
  });

  describe('by hand', () => {
    const lines: Dialect = {
      name: 'lines',
      contentType: 'text/plain',
      message: ({ text, offset, event, id }) => `${offset} ${text} ${event} ${id}\n`,
      end: () => 'done\n',
      error: ({ code, offset }) => `${code} after ${offset}\n`,
    };
    const write = (dialect: Dialect, act: (stream: OpenStream) => unknown) =>
      app.serve({ byHand: async ({ openStream: open }) => act(await open({ dialect, hub })) });

    it.each([
      ['its end', (stream: OpenStream) => stream.end(), 'done\n', true],
      ['its failure', (stream: OpenStream) => stream.close('failed'), 'source-failed after 2\n', true],
      ['any other reason', (stream: OpenStream) => stream.close(), '', false],
      ['a hub that closes', () => hub.close(), '', false],
    ])('number the messages, and end cleanly by the app alone: %s', async (_what, finish, words, isWhole) => {
      const client = await open(
        write(lines, (stream) => {
          stream.comment('not of this dialect');
          stream.send('one', { event: 'a', id: 'x' });
          stream.send({ n: 2 });
          void finish(stream);
        }),
      );
      expect(client.headers['content-type']).toBe('text/plain');
      expect(await ended(client)).toEqual([`1 one a x\n2 {"n":2} undefined undefined\n${words}`, isWhole]);
    });

    it('are for event streams alone, and have comments there', async () => {
      const path = write(openAiChat(), (stream) => {
        stream.comment('hello');
        stream.send({ n: 1 });
        stream.end();
      });
      for (const accept of ['text/event-stream', '*/*']) {
        const client = await open(path, { headers: { accept } });
        expect(await ended(client)).toEqual([`:hello\ndata: {"n":1}\n\n${done}`, true]);
      }
      const frames = await open(path, { headers: { accept: 'application/x-ndjson' } });
      await frames.ended;
      expect(frames.text()).toContain('"event":"pushwire:end","data":{"cursor":"end"}');
    });

    it('throw to the app, and go on', async () => {
      const errors: unknown[] = [];
      const dialect: Dialect = {
        ...lines,
        message: ({ text, offset }) => {
          if (text === 'bad') throw new Error('no word for it');
          return `${offset} ${text} `;
        },
      };
      const client = await open(
        write(dialect, (stream) => {
          try {
            stream.send('bad');
          } catch (error) {
            errors.push(error);
          }
          stream.send('good');
          stream.end();
        }),
      );
      expect(await ended(client)).toEqual(['1 good done\n', true]);
      expect(errors).toEqual([expect.objectContaining({ message: 'no word for it' })]);
    });
  });

  it('join messages for clients that go on after a number that they were told', async () => {
    const join = (a: { delta: string }, b: { delta: string }) => ({ delta: a.delta + b.delta });
    const path = app.serve({ source: channel, options: { dialect: openAiResponses(), from: 'oldest', join } as never });
    for (const delta of ['a', 'b']) await channel.publish({ delta });
    const client = await open(path);
    await client.until(({ text }) => text().endsWith('\n\n'));
    expect(client.text()).toBe('data: {"delta":"ab","sequence_number":1}\n\n');
    await channel.publish({ delta: 'c' });
    await channel.end();
    expect(await ended(await open(`${path}?starting_after=1`))).toEqual([
      'data: {"delta":"c","sequence_number":2}\n\n',
      true,
    ]);
  });

  it('take one channel', async () => {
    const dialect = openAiChat();
    const source = () => [channel, hub.channel('other')];
    const client = await open(serve(dialect, { source }));
    expect(client.status).toBe(500);
    expect(app.errors.splice(0)).toMatchObject([{ message: expect.stringContaining('one channel beside dialect') }]);
  });

  it('take no state', async () => {
    const client = await open(serve(bareSse(), { source: hub.state('seats'), options: { dialect: bareSse() } }));
    expect(client.status).toBe(500);
    expect(app.errors.splice(0)).toMatchObject([
      { message: expect.stringContaining('expected no state beside dialect') },
    ]);
  });

  it('are for the event streams of `push()` alone', async () => {
    const path = app.serve({ source: channel, push: { dialect: openAiChat(), from: 'oldest' } });
    await channel.publish('one');
    await channel.end();
    const stream = await open(path, { headers: { accept: 'text/event-stream' } });
    expect(await ended(stream)).toEqual([`data: one\n\n${done}`, true]);
    const poll = await open(path, { headers: { accept: 'application/json' } });
    await poll.ended;
    expect(poll.text()).toContain('"data":"one"');
  });
});

describe('compressed by middleware', () => {
  it('a dialect ends cleanly or is cut', async () => {
    const hub = createHub();
    const channel = hub.channel('answer');
    const app = express().use(compression({ threshold: 0, filter: () => true }));
    app.get('/', sse(channel, { dialect: openAiChat(), from: 'oldest' }));
    app.get(
      '/whole',
      sse(() => ['one'] as never, { dialect: openAiChat(), hub }),
    );
    const server = app.listen(0);
    const { port } = server.address() as { port: number };
    const getCompressed = (path: string) =>
      fetch(`http://127.0.0.1:${port}${path}`, { headers: { 'accept-encoding': 'gzip' } });
    const whole = await getCompressed('/whole');
    expect(await whole.text()).toBe(`data: one\n\n${done}`);
    const failing = expect((await getCompressed('/')).text()).rejects.toThrow('terminated');
    await channel.publish('one');
    await settle();
    await hub.close({ within: 0 });
    await failing;
    server.close();
  });
});

describe('the option dialect', () => {
  const channel = createHub().channel('a');
  const dialect = bareSse();

  it.each([
    [
      'no dialect',
      { dialect: 'openai' },
      'dialect: expected a dialect, such as aiSdkUiMessages(), got the string "openai"',
    ],
    ['nothing', { dialect: null }, 'dialect: expected a dialect, such as aiSdkUiMessages(), got null'],
    ['an unknown part', { dialect: { ...dialect, ending: () => '' } }, 'dialect options: unknown option "ending"'],
    [
      'a bad part',
      { dialect: { ...dialect, end: 'x' } },
      'dialect option end: expected a function, got the string "x"',
    ],
    ['bare beside it', { dialect, bare: true }, ' option bare: expected none beside dialect'],
    ['initial beside it', { dialect, initial: () => [] }, ' option initial: expected none beside dialect'],
    [
      'join beside clients that count',
      { dialect: aiSdkUiMessages(), join: () => undefined },
      ' option join: expected none beside the dialect AI SDK UI messages, whose clients count messages, got a function',
    ],
    [
      'a number in the place of true',
      { dialect: { ...dialect, tellsNumbers: 1 } },
      'dialect option tellsNumbers: expected true or false, got the number 1',
    ],
  ])('is a TypeError for %s', (_what, options, message) => {
    for (const serve of [serveSse, servePush]) {
      expect(() => serve(channel, options as never)).toThrow(message);
    }
  });

  it('takes join where clients count nothing, or send back what they were told', () => {
    const { received: _counted, ...uncounted } = aiSdkUiMessages();
    for (const each of [openAiResponses(), openAiChat(), agUi(), dialect, uncounted]) {
      expect(() => serveSse(channel, { dialect: each, join: () => undefined })).not.toThrow();
    }
  });

  it.each([
    ['no dialect', { dialect: 'openai' }, 'dialect: expected a dialect'],
    ['bare beside it', { dialect, bare: true }, 'openStream option bare: expected none beside dialect'],
    [
      'another transport',
      { dialect, transport: 'ndjson' },
      'openStream option dialect: expected none beside the transport ndjson',
    ],
  ])('is a TypeError of a stream by hand for %s', async (_what, options, message) => {
    const request = new IncomingMessage(new Socket());
    const opening = openByHand(request, new ServerResponse(request), options as never);
    await expect(opening).rejects.toThrow(TypeError);
    await expect(opening).rejects.toThrow(message);
  });

  it.each([{ ids: 1 }, { order: ['data'] }, { space: 0 }, { id: true }])('bareSse(%j) is a TypeError', (options) => {
    expect(() => bareSse(options as never)).toThrow(TypeError);
  });
});
