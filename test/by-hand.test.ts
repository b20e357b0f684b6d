import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { get, type IncomingMessage } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createHub, type Hub, type OpenStream } from '@pushwire/core';
import { FakeClock } from '@pushwire/core/testing';
import { adapters, type Openers, type Running } from './kit/adapters';
import { fires } from './kit/fires';
import { type Heard, type ReadRound, readers } from './kit/readers';
import { openStream as openClient, type StreamRequest } from './kit/stream-client';
import { until } from './kit/until';
import { openWebSocket } from './kit/web-socket-client';

const transports = ['sse', 'ndjson', 'comet', 'websocket'];

interface Stalled {
  /** The first byte has come, and nothing is read. */
  readonly began: Promise<unknown>;
  /** Reads all that comes, and returns the number of its bytes so far. */
  read(): () => number;
  leave(): void;
}

/** A client that reads nothing before it is told to. */
function stalledClient(url: string, http2: boolean): Stalled {
  let bytes = 0;
  const read = (body: NodeJS.ReadableStream) => () => {
    body.on('data', (chunk) => {
      bytes += chunk.length;
    });
    return () => bytes;
  };
  if (http2) {
    const { origin, pathname, search } = new URL(url);
    const session = connectHttp2(origin);
    const stream = session.request({ ':path': pathname + search });
    stream.on('error', () => {});
    session.on('error', () => {});
    const began = new Promise((resolve) => stream.once('response', resolve));
    return { began, read: read(stream), leave: () => session.destroy() };
  }
  let body: IncomingMessage;
  const request = get(url, { agent: false });
  request.on('error', () => {});
  const began = new Promise<void>((resolve) => {
    request.once('response', (response) => {
      body = response.on('error', () => {});
      resolve();
    });
  });
  return { began, read: () => read(body)(), leave: () => request.destroy() };
}

describe.each(adapters)('writers by hand on $name', ({ name, http2, hasAfterPart, start }) => {
  let hub: Hub;
  let app: Running;

  beforeAll(async () => {
    hub = createHub();
    app = await start();
  });

  afterEach(async () => {
    await until('all connections are closed', () => hub.stats().connections === 0);
    app.errors.length = 0;
  });

  afterAll(async () => {
    await hub.close();
    await app.close();
  });

  /** Serves a handler that opens a stream, and returns its URL and the streams. */
  const serve = (options: object = {}, use: (stream: OpenStream) => unknown = () => {}) => {
    const streams: OpenStream[] = [];
    const path = app.serve({
      byHand: async ({ openStream }: Openers) => {
        const stream = await openStream({ hub, ...options });
        streams.push(stream);
        await use(stream);
      },
    });
    const first = async () => {
      await until('there is a stream', () => streams.length > 0);
      return streams[0] as OpenStream;
    };
    return { url: app.url + path, first, streams };
  };

  const open = (url: string, request?: StreamRequest) => openClient(url, http2, request);

  it.each(transports)('send messages over %s as asked for', async (transport) => {
    const { url, streams } = serve({}, (stream) => {
      stream.send('one', { id: '1' });
      stream.send({ n: 2 }, { id: '2', event: 'tick' });
      stream.end();
    });
    const read = readers(http2)[transport] as ReadRound;
    const round = await read(url, undefined, 2);
    const two = transport === 'sse' ? '{"n":2}' : { n: 2 };
    expect(round.messages).toEqual<Heard[]>([
      { id: '1', data: 'one' },
      { id: '2', event: 'tick', data: two },
    ]);
    expect(streams[0]?.transport).toBe(transport);
    await until('it is closed', () => streams[0]?.reason !== undefined);
    expect(await streams[0]?.closed).toBe('ended');
    expect(await fires(streams[0]?.signal)).toBe(true);
    expect(app.errors).toEqual([]);
  });

  it.each(transports)(
    'keep a %s stream open after the handler has returned, until its client leaves',
    async (transport) => {
      const { url, first } = serve({ transport });
      const closed: string[] = [];
      const client =
        transport === 'websocket' ? await openWebSocket(url, { http2, protocol: 'pushwire.v1' }) : await open(url);
      const stream = await first();
      stream.closed.then((reason) => closed.push(reason));
      const heard = () => ('messages' in client ? client.messages().join('') : client.text());
      for (const word of ['first', 'second', 'third']) {
        expect(stream.send(word)).toBe(true);
        await client.until(() => heard().includes(word));
      }
      expect([stream.reason, stream.signal.aborted, closed]).toEqual([undefined, false, []]);
      client.leave();
      await until('it has left', () => closed.length > 0);
      expect([closed, stream.reason, stream.signal.aborted]).toEqual([['left'], 'left', true]);
      expect([stream.send('late'), stream.comment('late'), stream.retry(500)]).toEqual([false, false, false]);
      await stream.ready();
      stream.flush();
      stream.end();
      expect(app.errors).toEqual([]);
    },
  );

  it.each(['sse', 'ndjson', 'comet'] as const)(
    'begin over %s with the head and the opening of a route',
    async (transport) => {
      const route = app.serve({ source: hub.channel('news'), push: { retry: 2000 }, headers: { 'x-app': 'yes' } });
      const path = app.serve({
        byHand: ({ openStream }) => openStream({ hub, retry: 2000 }),
        headers: { 'x-app': 'yes' },
      });
      const heads: object[] = [];
      for (const target of [route, path]) {
        const client = await open(`${app.url}${target}?transport=${transport}`);
        await client.until(({ text }) => text().includes('pushwire:open'));
        const { date: _date, 'content-security-policy': _nonce, ...headers } = client.headers;
        heads.push({ status: client.status, ...headers });
        client.leave();
      }
      expect(heads[0]).toMatchObject({ status: 200, 'x-app': 'yes' });
      expect(heads[1]).toEqual(heads[0]);
    },
  );

  it('count as connections of their client and their hub, and are told to diagnostics', async () => {
    const small = createHub({ limits: { perClient: 1 } });
    const heard: string[] = [];
    const listen = (message: unknown, name: string | symbol) => {
      if ((message as { hub: unknown }).hub === small) heard.push(String(name));
    };
    const names = ['pushwire:opened', 'pushwire:delivered', 'pushwire:closed', 'pushwire:refused'];
    for (const each of names) subscribe(each, listen);
    const { url, streams, first } = serve({ hub: small, transport: 'ndjson' });
    const one = await open(url);
    const stream = await first();
    const [connection] = small.connections();
    expect(connection).toBe(stream);
    await (await open(url)).ended;
    await until('the other is refused', () => streams.length === 2);
    expect(streams[1]?.reason).toBe('full');
    stream.send('x');
    await one.until(({ text }) => text().includes('"x"'));
    expect(small.stats()).toMatchObject({ connections: 1, open: { ndjson: 1 }, delivered: 1, refused: { full: 1 } });
    stream.end();
    await one.ended;
    await until('it is closed', () => small.stats().closed.ended === 1);
    for (const each of names) unsubscribe(each, listen);
    expect(heard.filter((each) => each !== 'pushwire:delivered')).toEqual([
      'pushwire:opened',
      'pushwire:refused',
      'pushwire:closed',
    ]);
    expect(heard).toContain('pushwire:delivered');
  });

  it('write comments, retries and what is flushed', async () => {
    const { url, first } = serve({ transport: 'sse' });
    const client = await open(url);
    const stream = await first();
    stream.comment('hello\nyou');
    stream.retry(1234);
    stream.send('a', { retry: 99, event: 'x' });
    stream.flush();
    await client.until(() => client.data().length === 1);
    expect(client.text().split('\n\n').slice(1).join('\n\n')).toBe(
      ':hello\n:you\nretry: 1234\nretry: 99\nevent: x\ndata: a\n\n',
    );
    client.leave();
  });

  it('know the id that a client sends when it comes back, and tell it when there is nothing more', async () => {
    const { url, streams } = serve({ transport: 'sse' }, (stream) => stream.end());
    const client = await open(url, { headers: { 'last-event-id': '41' } });
    await client.ended;
    expect(streams[0]?.lastEventId).toBe('41');
    const again = await open(url, { headers: { 'last-event-id': client.events().at(-1)?.id ?? '' } });
    await again.ended;
    expect([again.status, again.text()]).toEqual([204, '']);
    expect([streams[1]?.reason, await fires(streams[1]?.signal)]).toEqual(['ended', true]);
    expect(() => streams[1]?.send('nobody')).toThrow(TypeError);
  });

  it('close a stream whose client takes too little, once maxPending bytes wait', async () => {
    const { url, first } = serve({ transport: 'ndjson', maxPending: 300_000 });
    const client = stalledClient(url, http2);
    await client.began;
    const stream = await first();
    let sent = 0;
    while (stream.reason === undefined && sent < 1000) {
      stream.send('x'.repeat(65_000));
      sent++;
      await nextTurn();
    }
    expect([stream.reason, sent < 1000]).toEqual(['overrun', true]);
    client.leave();
    expect(await stream.closed).toBe('overrun');
  });

  it('lose nothing and close nothing if the app awaits ready()', async () => {
    const { url, first } = serve({ transport: 'ndjson', maxPending: 300_000 });
    const client = stalledClient(url, http2);
    await client.began;
    const stream = await first();
    let waits = 0;
    let read = () => 0;
    for (let n = 0; n < 150; n++) {
      if (stream.send('x'.repeat(65_000))) continue;
      const ready = stream.ready();
      if (++waits === 1) read = client.read();
      await ready;
    }
    expect(waits).toBeGreaterThan(0);
    await until('all has come', () => read() >= 150 * 65_000);
    expect(stream.reason).toBeUndefined();
    client.leave();
  });

  it('end with their hub', async () => {
    const other = createHub();
    const { url, first } = serve({ hub: other, transport: 'sse' });
    const client = await open(url);
    const stream = await first();
    stream.send('last');
    await other.close();
    await client.ended;
    expect(client.events().map(({ event }) => event)).toEqual(['pushwire:open', 'message', 'pushwire:retry']);
    expect(stream.reason).toBe('draining');
  });

  it('get what their clients send over WebSocket and by POST', async () => {
    const heard: string[] = [];
    const onMessage = (data: string | Buffer) => void heard.push(String(data));
    const { url, first, streams } = serve({ webSocket: { onMessage } });
    const client = await openWebSocket(url, { http2, protocol: 'pushwire.v1' });
    const stream = await first();
    client.send('over WebSocket');
    await until('it is heard', () => heard.length === 1);
    stream.send('answer');
    await client.until(() => client.messages().join().includes('answer'));
    const post = await open(url, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'by POST' });
    await post.ended;
    expect([post.status, heard]).toEqual([204, ['over WebSocket', 'by POST']]);
    await until('its handler has run', () => streams.length === 2);
    expect([streams[1]?.reason, await fires(streams[1]?.signal), streams[1]?.send('x')]).toEqual([
      'answered',
      true,
      false,
    ]);
    client.leave();
  });

  it('send text and bytes to a plain WebSocket, which learns of the end by the close code', async () => {
    const { url, first } = serve();
    const client = await openWebSocket(url, { http2 });
    const stream = await first();
    stream.send('text', { id: '1' });
    stream.send({ n: 1 });
    stream.send(Buffer.from([1, 2]));
    expect([stream.comment('none'), stream.retry(500)]).toEqual([true, true]);
    await client.until(() => client.messages().length === 3);
    expect(client.messages()).toEqual([Buffer.from('text'), Buffer.from('{"n":1}'), Buffer.from([1, 2])]);
    stream.end();
    await client.closed;
    expect([client.code(), await stream.closed]).toEqual([1000, 'ended']);
  });

  it.each([
    ['failed', 1011],
    ['forbidden', 1008],
    ['unavailable', 1013],
  ] as const)('tell a WebSocket by its close code that they close with %s', async (reason, code) => {
    const { url, first } = serve();
    const client = await openWebSocket(url, { http2 });
    (await first()).close(reason);
    await client.closed;
    expect(client.code()).toBe(code);
  });

  it('wait for a WebSocket that takes too little, or close it', async () => {
    const { url, streams } = serve({ maxPending: 300_000 });
    const patient = await openWebSocket(url, { http2, protocol: 'pushwire.v1' });
    const hasty = await openWebSocket(url, { http2, protocol: 'pushwire.v1' });
    await until('both are open', () => streams.length === 2);
    for (const { socket } of [patient, hasty]) socket.pause();
    const data = 'x'.repeat(60_000);
    let waits = 0;
    for (let n = 0; n < 150; n++) {
      if (streams[0]?.send({ n, data })) continue;
      const ready = streams[0]?.ready();
      if (++waits === 1) patient.socket.resume();
      await ready;
    }
    await until('all have come', () => patient.messages().length >= 150);
    expect([waits > 0, streams[0]?.reason]).toEqual([true, undefined]);
    for (let n = 0; n < 1000 && streams[1]?.reason === undefined; n++) {
      streams[1]?.send(data);
      await nextTurn();
    }
    expect(streams[1]?.reason).toBe('overrun');
    for (const client of [patient, hasty]) client.leave();
  });

  it.each(['sse', 'websocket'])('are what onOpen and onClose get over %s', async (transport) => {
    const heard: unknown[] = [];
    const { url, first } = serve({
      transport,
      onOpen: (stream: OpenStream) => {
        stream.data = 'Ada';
        stream.send('from onOpen');
        heard.push('open');
      },
      onClose: (reason: string, stream: OpenStream) => heard.push([reason, stream.data, stream]),
    });
    const client =
      transport === 'websocket' ? await openWebSocket(url, { http2, protocol: 'pushwire.v1' }) : await open(url);
    const stream = await first();
    const text = () => ('messages' in client ? client.messages().join('') : client.text());
    await client.until(() => text().includes('from onOpen'));
    expect([stream.data, heard]).toEqual(['Ada', ['open']]);
    stream.end();
    await until('onClose is called', () => heard.length === 2);
    expect(heard[1]).toEqual(['ended', 'Ada', stream]);
    client.leave();
  });

  it.each(['sse', 'websocket'])('ask authorize again over %s, and close when it says no', async (transport) => {
    const clock = new FakeClock();
    const other = createHub({ clock });
    const authorize = jest.fn(async () => true);
    const options = { hub: other, transport, authorize, webSocket: { ping: 3_600_000 } };
    const { url, first } = serve(options);
    const client =
      transport === 'websocket' ? await openWebSocket(url, { http2, protocol: 'pushwire.v1' }) : await open(url);
    const stream = await first();
    expect(authorize).toHaveBeenCalledWith(expect.anything(), []);
    authorize.mockResolvedValue(false);
    clock.advance(60_000);
    await until('it is closed', () => stream.reason !== undefined);
    expect(stream.reason).toBe('forbidden');
    client.leave();
    await until('it is gone', () => other.stats().connections === 0);
  });

  it('end without a hub when their server and a hub of the process close', async () => {
    const own = await adapters.find((adapter) => adapter.name === name)?.start();
    const streams: OpenStream[] = [];
    const path = own?.serve({ byHand: async ({ openStream }) => streams.push(await openStream({ transport: 'sse' })) });
    const client = await open((own?.url ?? '') + path);
    await client.until(() => client.events().length > 0);
    const closed = own?.close();
    await createHub().close();
    await client.ended;
    expect(streams[0]?.reason).toBe('draining');
    await closed;
  });

  if (name.startsWith('Express') || name === 'node:http') {
    it.each(['at once', 'later'])(
      'are closed by the error handling of the app when a handler throws %s',
      async (when) => {
        const { url, first } = serve({ transport: 'sse' }, async () => {
          if (when === 'later') for (let n = 0; n < 5; n++) await nextTurn();
          throw new Error('too late');
        });
        const client = await open(url);
        await client.ended;
        expect(client.events().map(({ event }) => event)).toEqual(['pushwire:open']);
        const stream = await first();
        expect([await stream.closed, await fires(stream.signal), stream.send('x')]).toEqual(['left', true, false]);
        expect(app.errors).toEqual([expect.objectContaining({ message: 'too late' })]);
      },
    );
  }

  if (hasAfterPart) {
    it('close with failed when the middleware throws after it has opened them', async () => {
      const { url, first } = serve({ transport: 'sse' }, () => {
        throw new Error('too late');
      });
      const client = await open(url);
      await client.ended;
      expect(client.events().at(-1)?.event).toBe('pushwire:error');
      expect((await first()).reason).toBe('failed');
      expect(app.errors).toEqual([expect.objectContaining({ message: 'too late' })]);
    });
  }
});
