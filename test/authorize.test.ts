import { once } from 'node:events';
import type { Socket } from 'node:net';
import { type Channel, type ConnectionOptions, createHub, type Hub, type PushOptions } from '@pushwire/core';
import { FakeClock } from '@pushwire/core/testing';
import { adapters, type Running } from './kit/adapters';
import { readers } from './kit/readers';
import { openStream } from './kit/stream-client';
import { until } from './kit/until';
import { openWebSocket } from './kit/web-socket-client';

const streams = ['sse', 'ndjson', 'comet'];
const transports = ['sse', 'ndjson', 'comet', 'long-poll', 'poll', 'websocket'];

describe.each(adapters)('a route with authorize, onOpen and onClose on $name', ({ http2, start }) => {
  let hub: Hub;
  let clock: FakeClock;
  let app: Running;
  const authorize = jest.fn<boolean | Promise<boolean>, [unknown, readonly Channel[]]>();
  const heard: [string, string, readonly string[]][] = [];
  const onError = jest.fn();
  const options: ConnectionOptions<unknown> & PushOptions<unknown> = {
    authorize,
    onOpen: ({ transport, channels }) => void heard.push(['open', transport, channels]),
    onClose: (reason, { transport, channels }) => void heard.push([reason, transport, channels]),
    onError,
    // The clock jumps, so no pong can arrive in time.
    webSocket: { ping: 3_600_000 },
  };

  beforeEach(async () => {
    authorize.mockReset().mockReturnValue(true);
    onError.mockReset();
    heard.length = 0;
    clock = new FakeClock();
    hub = createHub({ clock });
    app = await start({
      '/news': { source: [hub.channel('news'), hub.channel('weather')], push: options },
      '/generator': {
        source: async function* (_request, { signal }) {
          yield { data: 'x' };
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
        },
        push: { ...options, hub },
      },
      '/asked-once': { source: hub.channel('news'), push: { ...options, reauthorize: Number.POSITIVE_INFINITY } },
    });
  });
  afterEach(async () => {
    // The hub must notice every client that leaves.
    await until('all are gone', () => hub.stats().connections === 0);
    await app.close();
  });

  const url = (transport: string, path = '/news') => `${app.url}${path}?transport=${transport}`;
  async function listen(transport: string, path?: string) {
    if (transport === 'websocket') {
      const client = await openWebSocket(url('websocket', path), { http2, protocol: 'pushwire.v1' });
      await client.until(() => client.messages().length > 0);
      return { leave: client.leave, ended: client.closed, text: () => client.messages().join(''), code: client.code };
    }
    const client = await openStream(url(transport, path), http2);
    await client.until(({ text }) => text().includes('pushwire:open'));
    return { ...client, code: () => undefined };
  }

  it('accepts a client that authorize allows, and passes authorize the request and the channels', async () => {
    authorize.mockImplementation(async () => true);
    for (const transport of [...streams, 'websocket']) {
      const client = await listen(transport);
      client.leave();
      await until('it has left', () => hub.stats().connections === 0);
    }
    expect(authorize).toHaveBeenCalledTimes(4);
    const [request, channels] = authorize.mock.lastCall ?? [];
    expect(channels?.map(({ name }) => name)).toEqual(['news', 'weather']);
    expect(request).toMatchObject({ headers: expect.any(Object) });
  });

  it.each(transports)('answers 403 over %s if authorize returns false', async (transport) => {
    authorize.mockReturnValue(Promise.resolve(false));
    const { status, text } = await refusal(transport);
    expect([status, text]).toEqual([403, 'This client is not allowed here.\n']);
    expect([heard, hub.stats().connections, hub.stats().refused.forbidden]).toEqual([[], 0, 1]);
    expect(app.errors).toEqual([]);
  });

  it.each(transports)(
    'passes an error of authorize, or an answer that is not a boolean, to the framework over %s',
    async (transport) => {
      authorize.mockRejectedValueOnce(Object.assign(new Error('no database'), { status: 500 }));
      expect((await refusal(transport)).status).toBe(500);
      authorize.mockReturnValueOnce(undefined as never);
      expect((await refusal(transport)).status).toBe(500);
      expect(app.errors).toEqual([
        expect.objectContaining({ message: 'no database' }),
        new TypeError('authorize: expected true or false, got undefined'),
      ]);
      expect(heard).toEqual([]);
    },
  );

  async function refusal(transport: string): Promise<{ status: number; text: string }> {
    if (transport === 'websocket') {
      const { status, body } = await openWebSocket(url(transport), { http2 });
      return { status, text: await body };
    }
    const client = await openStream(url(transport), http2);
    await client.ended;
    return { status: client.status, text: client.text() };
  }

  /** Makes `authorize` answer when the test calls the returned function. */
  function slowly(): (yes: boolean) => void {
    let answer: (yes: boolean) => void = () => {};
    const answered = new Promise<boolean>((resolve) => (answer = resolve));
    authorize.mockReturnValue(answered);
    return answer;
  }

  it.each(['/news', '/generator'])('connects no client of %s that left while authorize was pending', async (path) => {
    const answer = slowly();
    const sockets: Socket[] = [];
    app.server.once('connection', (socket: Socket) => sockets.push(socket));
    openStream(`${app.url}${path}`, http2).catch(() => undefined);
    await until('it is asked', () => authorize.mock.calls.length === 1);
    const left = once(sockets[0] as Socket, 'close');
    sockets[0]?.destroy();
    await left;
    answer(true);
    // Everything after an answer happens at once.
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([hub.stats().connections, heard]).toEqual([0, []]);
  });

  it('asks authorize about no more clients at once than there is room for, and refuses the others', async () => {
    const small = createHub({ limits: { connections: 2 } });
    const other = await start({ '/x': { source: small.channel('x'), push: { authorize } } });
    const answer = slowly();
    const clients = Array.from({ length: 5 }, () => openStream(`${other.url}/x`, http2));
    await until('three are refused', () => small.stats().refused.full === 3);
    expect(authorize).toHaveBeenCalledTimes(2);
    answer(true);
    const texts = await Promise.all(
      clients.map(async (opening) => {
        const client = await opening;
        await client.until(({ text }) => text().includes('pushwire:'));
        return client.text();
      }),
    );
    expect(texts.filter((text) => text.includes('pushwire:open'))).toHaveLength(2);
    expect([small.stats().connections, small.stats().refused.full]).toEqual([2, 3]);
    await small.close();
    await other.close();
  });

  it.each(['/news', '/generator'])(
    'asks clients of %s to come back if the hub closes while authorize is pending',
    async (path) => {
      const answer = slowly();
      const opening = openStream(`${app.url}${path}`, http2);
      await until('it is asked', () => authorize.mock.calls.length === 1);
      await hub.close();
      answer(true);
      const client = await opening;
      await client.ended;
      expect([client.status, client.text()]).toEqual([200, expect.stringMatching(/pushwire:retry.*draining/s)]);
      expect([hub.stats().connections, app.errors]).toEqual([0, []]);
    },
  );

  it('calls authorize again on each poll', async () => {
    const poll = readers(http2).poll as NonNullable<ReturnType<typeof readers>[string]>;
    const first = await poll(`${app.url}/news`, undefined, 1);
    authorize.mockReturnValue(false);
    const second = await poll(`${app.url}/news`, first.cursor, 1);
    expect([first.status, second.status, authorize.mock.calls.length]).toEqual([200, 403, 2]);
  });

  it.each([...streams, 'websocket'])(
    'closes a stream over %s whose client is no longer allowed, and no other stream',
    async (transport) => {
      const clients = [await listen(transport), await listen(transport)] as const;
      clock.advance(30_000);
      expect(authorize).toHaveBeenCalledTimes(2);
      authorize.mockReturnValueOnce(false);
      clock.advance(35_000);
      // The calls of authorize are spread, so either stream may be the first.
      const first = await Promise.race(clients.map(({ ended }, i) => ended.then(() => i)));
      const [client, other] = first === 0 ? clients : [clients[1], clients[0]];
      expect(client.text()).toContain('forbidden');
      if (transport === 'websocket') expect(client.code()).toBe(1008);
      await until('it is over', () => heard.length === 3);
      expect(heard[2]).toEqual(['forbidden', transport, ['news', 'weather']]);
      expect(hub.stats().connections).toBe(1);
      other.leave();
      await until('the other has left', () => heard.length === 4);
      const asked = authorize.mock.calls.length;
      clock.advance(600_000);
      expect(authorize).toHaveBeenCalledTimes(asked);
    },
  );

  it('closes a generator’s stream whose client is no longer allowed', async () => {
    const client = await listen('sse', '/generator');
    authorize.mockReturnValue(false);
    clock.advance(60_000);
    await client.ended;
    expect(client.text()).toMatch(
      /data: x\n\n(:\n)*retry: 500\nevent: pushwire:retry\ndata: \{"reason":"forbidden","retry":500\}/,
    );
    expect(authorize.mock.lastCall?.[1]).toEqual([]);
  });

  it('counts an error of authorize, or no answer in time, as false', async () => {
    const client = await listen('sse');
    authorize.mockRejectedValueOnce(new Error('no database'));
    clock.advance(60_000);
    await client.ended;
    expect(client.text()).toContain('forbidden');
    expect(onError.mock.lastCall?.[0]).toEqual(new Error('no database'));

    const slow = await listen('sse');
    let answer: (yes: boolean) => void = () => {};
    authorize.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
    clock.advance(121_000);
    await slow.ended;
    expect(slow.text()).toContain('forbidden');
    expect(onError.mock.lastCall?.[0]).toEqual(new Error('authorize did not answer within 60000 ms'));
    answer(false);
  });

  it('calls authorize only once if reauthorize is Infinity', async () => {
    const client = await listen('sse', '/asked-once');
    clock.advance(400_000);
    expect(authorize).toHaveBeenCalledTimes(1);
    client.leave();
  });

  it('calls onOpen and onClose for each connection, including held polls', async () => {
    for (const transport of [...streams, 'websocket']) (await listen(transport)).leave();
    const poll = readers(http2)['long-poll'] as NonNullable<ReturnType<typeof readers>[string]>;
    const { cursor } = await poll(`${app.url}/news`, undefined, 1);
    await until('all have left', () => hub.stats().connections === 0);
    const held = poll(`${app.url}/news`, cursor, 1);
    await until('the poll is held', () => hub.stats().connections === 1);
    await hub.channel('news').publish('x');
    clock.advance(100);
    await held;
    await until('it is answered', () => hub.stats().connections === 0);
    clock.advance(11_000);
    await until('all are over', () => heard.length === 10);
    const of = (transport: string) => heard.filter(([, each]) => each === transport).map(([what]) => what);
    for (const transport of [...streams, 'websocket']) expect(of(transport)).toEqual(['open', 'left']);
    expect(of('long-poll')).toEqual(['open', 'left']);
    expect(hub.stats()).toMatchObject({ opened: 5, closed: { left: 4, answered: 1 } });
  });
});

it('an error of a hook goes to onError, and the connection continues', async () => {
  const express = adapters.find(({ name }) => name === 'Express 5');
  const hub = createHub();
  const errors: unknown[] = [];
  const app = await express?.start({
    '/news': {
      source: hub.channel('news'),
      push: {
        onOpen: async () => {
          throw new Error('open');
        },
        onClose: () => {
          throw new Error('close');
        },
        onError: (error) => errors.push(error),
      },
    },
  });
  const client = await openStream(`${app?.url}/news`, false);
  await hub.channel('news').publish('x');
  await client.until(() => client.data().length === 1);
  client.leave();
  await until('both were heard', () => errors.length === 2);
  expect(errors).toEqual([new Error('open'), new Error('close')]);
  await app?.close();
});
