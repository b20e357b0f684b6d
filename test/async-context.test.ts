import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage } from 'node:http';
import { createHub, type Hub, type InitialContext, type PushOptions, type SourceContext } from '@pushwire/core';
import { FakeClock } from '@pushwire/core/testing';
import { adapters, type Route, type Running } from './kit/adapters';
import { openStream } from './kit/stream-client';
import { until } from './kit/until';
import { openWebSocket } from './kit/web-socket-client';

const user = new AsyncLocalStorage<string>();
const users = ['ann', 'bob', 'eve'];
/** Everything that happens later is caused by somebody else, who is no client. */
const elsewhere = <R>(act: () => R): R => user.run('somebody else', act);

const userOf = (request: unknown): string => {
  const { headers } = ((request as { req?: IncomingMessage }).req ?? request) as IncomingMessage;
  return String(headers['x-user']);
};

describe.each(adapters)(
  'the functions of an app on $name run in the async context of their request',
  ({ http2, start }) => {
    let hub: Hub;
    let clock: FakeClock;
    let app: Running;
    /** Each call: the function, the user of its request, and the user that it saw. */
    let calls: (readonly [name: string, user: string | undefined, seen: string | undefined])[];

    /** True for an `initial` that fails after its first messages. */
    let fails: boolean;

    const see = (name: string, request: unknown) => void calls.push([name, userOf(request), user.getStore()]);
    const seeNobody = (name: string) => void calls.push([name, undefined, user.getStore()]);
    const around: Route['around'] = ({ headers }, next) => user.run(String(headers['x-user']), next);
    /** The functions that were called for all of these users. */
    const calledForAll = (name: string, times = 1) =>
      users.every((one) => calls.filter(([called, of]) => called === name && of === one).length >= times);

    const options: PushOptions<unknown> = {
      authorize: (request) => {
        see('authorize', request);
        return true;
      },
      onOpen: (_connection, request) => see('onOpen', request),
      onClose: (_reason, _connection, request) => see('onClose', request),
      onError: (_error, request) => see('onError', request),
      webSocket: {
        ping: 3_600_000,
        onMessage: (data, { request }) => {
          see('onMessage', request);
          if (String(data) === 'fail') throw new Error('asked to');
        },
      },
      comet: {
        map: (event) => {
          seeNobody('map');
          return event;
        },
      },
      longPoll: {
        envelope: (answer) => {
          seeNobody('envelope');
          return answer;
        },
      },
    };

    async function* generate(request: unknown, { signal }: SourceContext) {
      see('source', request);
      signal.addEventListener('abort', () => see('abort', request));
      try {
        for (let n = 0; n < 2; n++) {
          see('next', request);
          yield { data: 'x'.repeat(40_000) };
        }
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
        see('after abort', request);
        throw new Error('the source fails late');
      } finally {
        see('finally', request);
      }
    }

    async function* initial(request: unknown, { signal }: InitialContext) {
      see('initial', request);
      signal.addEventListener('abort', () => see('abort', request));
      for (let n = 0; n < 2; n++) {
        await new Promise((resolve) => setImmediate(resolve));
        see('part', request);
        yield { data: 'x'.repeat(40_000) };
      }
      see('last part', request);
      if (fails) throw new Error('initial fails late');
    }

    beforeEach(async () => {
      calls = [];
      fails = false;
      clock = new FakeClock();
      const log = () => seeNobody('logger');
      hub = createHub({
        clock,
        logger: { debug: log, info: log, error: log },
        log: () => {
          seeNobody('log');
          return {};
        },
      });
      app = await start({
        '/channel': {
          source: (request) => {
            see('source', request);
            return hub.channel('news');
          },
          push: options,
          around,
        },
        '/snapshot': {
          source: hub.channel('news'),
          push: { ...options, initial },
          around,
        },
        '/generator': { source: generate, push: { ...options, hub }, around },
      });
    });
    afterEach(async () => {
      await elsewhere(() => hub.close());
      await app.close();
      expect(calls.filter(([, of, seen]) => of !== seen)).toEqual([]);
    });

    const url = (path: string, transport: string) => `${app.url}${path}?transport=${transport}`;
    const connect = (path: string, transport: string) =>
      Promise.all(
        users.map(async (name) => {
          const headers = { 'x-user': name };
          if (transport === 'websocket') return openWebSocket(url(path, transport), { http2, headers });
          return openStream(url(path, transport), http2, { headers });
        }),
      );

    describe.each(['sse', 'ndjson', 'comet', 'websocket'])('over %s', (transport) => {
      it('when a channel is followed, asked about again, published to and closed', async () => {
        await connect('/channel', transport);
        await until('all are open', () => calledForAll('onOpen'));
        elsewhere(() => clock.advance(70_000));
        await until('all are asked about again', () => calledForAll('authorize', 2));
        await elsewhere(() => hub.channel('news').publish('hello'));
        elsewhere(() => clock.turn());
        elsewhere(() => hub.close());
        await until('all are closed', () => calledForAll('onClose'));
        expect(calls.map(([name]) => name)).toEqual(expect.arrayContaining(['source', 'logger', 'log']));
      });

      it('when a generator is pulled by turns and ended by the hub', async () => {
        await connect('/generator', transport);
        await until('all are pulled twice', () => {
          elsewhere(() => clock.turn());
          return calledForAll('next', 2);
        });
        elsewhere(() => hub.close());
        await until('all have failed', () =>
          ['abort', 'after abort', 'finally', 'onError'].every((name) => calledForAll(name)),
        );
      });

      it('when the clients leave', async () => {
        const clients = [...(await connect('/channel', transport)), ...(await connect('/generator', transport))];
        await until('all are open', () => calledForAll('onOpen', 2));
        for (const client of clients) client.leave();
        await until('all are closed', () => calledForAll('onClose', 2) && calledForAll('abort'));
      });
    });

    it.each(['sse', 'ndjson', 'comet', 'websocket', 'long-poll', 'poll'])(
      'when a snapshot is read, and when that fails, over %s',
      async (transport) => {
        await connect('/snapshot', transport);
        await until('all have the snapshot', () => calledForAll('last part'));
        fails = true;
        const clients = await connect('/snapshot', transport);
        await until('all have failed', () => calledForAll('last part', 2) && calledForAll('abort'));
        for (const client of clients) client.leave();
        if (!transport.endsWith('poll')) await until('all are told', () => calledForAll('onError'));
      },
    );

    it('when a poll is held, answered and given up', async () => {
      const polls = users.map((name) =>
        openStream(`${url('/channel', 'long-poll')}&cursor=0&client=${name}`, http2, { headers: { 'x-user': name } }),
      );
      await until('all are held', () => calledForAll('onOpen'));
      await elsewhere(() => hub.channel('news').publish('hello'));
      elsewhere(() => clock.advance(1000));
      await Promise.all(polls);
      await until('all are answered', () => hub.stats().connections === 0);
      elsewhere(() => clock.advance(11_000));
      await until('all are closed', () => calledForAll('onClose'));
      expect(calls.map(([name]) => name)).toContain('envelope');
    });

    it('when clients send messages over WebSocket, and the handler throws', async () => {
      const clients = await connect('/channel', 'websocket');
      await until('all are open', () => calledForAll('onOpen'));
      for (const client of clients as Awaited<ReturnType<typeof openWebSocket>>[]) {
        client.send('one');
        client.send('fail');
      }
      await until('all have failed', () => calledForAll('onMessage', 2) && calledForAll('onError'));
    });

    it('when clients POST messages', async () => {
      const post = (name: string) =>
        openStream(`${app.url}/channel`, http2, { method: 'POST', body: 'hello', headers: { 'x-user': name } });
      for (const { status } of await Promise.all(users.map(post))) expect(status).toBe(204);
      expect(calledForAll('onMessage')).toBe(true);
    });
  },
);
