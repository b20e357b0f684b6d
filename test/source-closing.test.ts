import { EventEmitter, on } from 'node:events';
import { Readable } from 'node:stream';
import { createHub, type Hub, type Messages } from '@pushwire/core';
import { adapters, type Running } from './kit/adapters';
import { openStream } from './kit/stream-client';
import { until } from './kit/until';
import { openWebSocket } from './kit/web-socket-client';

/** An iterable that counts how often it is closed. */
interface Counted {
  readonly iterable: Messages;
  readonly closed: () => number;
}

/** Iterables that give nothing until they are closed. */
const iterables: Record<string, () => Counted> = {
  'an iterator': () => {
    let closed = 0;
    let finish = () => {};
    const iterator = {
      next: () =>
        new Promise<IteratorResult<never>>((resolve) => {
          finish = () => resolve({ done: true, value: undefined });
        }),
      async return(): Promise<IteratorResult<never>> {
        closed++;
        finish();
        return { done: true, value: undefined };
      },
    };
    return { iterable: { [Symbol.asyncIterator]: () => iterator }, closed: () => closed };
  },
  'a Readable': () => {
    let closed = 0;
    const iterable = new Readable({
      objectMode: true,
      read() {},
      destroy(error, done) {
        closed++;
        done(error);
      },
    });
    return { iterable: iterable as AsyncIterable<never>, closed: () => closed };
  },
  'a web stream': () => {
    let closed = 0;
    const iterable = new ReadableStream({ cancel: () => void closed++ });
    return { iterable: iterable as unknown as AsyncIterable<never>, closed: () => closed };
  },
  'a synchronous iterator': () => {
    let closed = 0;
    let finish = () => {};
    const iterator = {
      next: () => {
        const value = new Promise<string>((resolve) => {
          finish = () => resolve('the last one');
        });
        return { done: false, value: value as unknown as string };
      },
      return() {
        closed++;
        finish();
        return { done: true as const, value: undefined };
      },
    };
    return { iterable: { [Symbol.iterator]: () => iterator }, closed: () => closed };
  },
  'the events of an emitter': () => {
    const emitter = new EventEmitter();
    const iterable = on(emitter, 'message') as AsyncIterable<never>;
    return { iterable, closed: () => (emitter.listenerCount('message') === 0 ? 1 : 0) };
  },
  'a channel that is read': () => {
    const hub = createHub();
    const items = hub.channel('read').read()[Symbol.asyncIterator]();
    let closed = 0;
    const iterator = {
      next: () => items.next() as Promise<IteratorResult<never>>,
      async return(): Promise<IteratorResult<never>> {
        closed++;
        await items.return?.();
        return { done: true, value: undefined };
      },
    };
    const isFollowed = () => hub.stats().channels > 0;
    return { iterable: { [Symbol.asyncIterator]: () => iterator }, closed: () => (isFollowed() ? 0 : closed) };
  },
};

/** A source that gives a channel beside the iterable. */
const besideChannel = (iterable: Messages) => [createHub().channel('beside'), iterable] as never;

interface Setting {
  readonly app: Running;
  readonly http2: boolean;
  readonly hub: Hub;
  /** Serves a source that gives the iterable, at a path. */
  serve(options?: object): string;
}

const finish = async (url: string, http2: boolean, request = {}) => (await openStream(url, http2, request)).ended;

/** What may become of a request, after the source has given an iterable. */
const outcomes: Record<string, (setting: Setting) => Promise<unknown>> = {
  'a HEAD request': ({ app, http2, serve }) => finish(app.url + serve(), http2, { method: 'HEAD' }),
  'a client without the right': ({ app, http2, serve }) => finish(app.url + serve({ authorize: () => false }), http2),
  'a client that is done with it': ({ app, http2, serve }) => finish(`${app.url}${serve()}?cursor=end`, http2),
  'a poll': ({ app, http2, serve }) => finish(`${app.url}${serve()}?transport=poll`, http2),
  'a message by POST': ({ app, http2, serve }) =>
    finish(app.url + serve({ webSocket: { onMessage: () => {} } }), http2, { method: 'POST', body: '1' }),
  'a hub that has closed': async ({ app, http2, hub, serve }) => {
    await hub.close();
    await finish(`${app.url}${serve()}?transport=sse`, http2);
  },
  'a hub that is full': async ({ app, http2, hub, serve }) => {
    const occupant = await openStream(
      `${app.url}${app.serve({ source: hub.channel('x'), push: {} })}?transport=sse`,
      http2,
    );
    await finish(`${app.url}${serve()}?transport=sse`, http2);
    occupant.leave();
  },
  'a client that leaves while it waits': async ({ app, http2, hub, serve }) => {
    const client = openStream(`${app.url}${serve({ firstMessageTimeout: 0 })}?transport=sse`, http2);
    await until('it is connected', () => hub.stats().connections === 1);
    (await client).leave();
  },
  'a hub that closes while it waits': async ({ app, http2, hub, serve }) => {
    const client = openStream(`${app.url}${serve({ firstMessageTimeout: 0 })}?transport=sse`, http2);
    await until('it is connected', () => hub.stats().connections === 1);
    await hub.close();
    await (await client).ended;
  },
  'a WebSocket that leaves': async ({ app, http2, hub, serve }) => {
    const client = await openWebSocket(app.url + serve(), { http2 });
    await until('it is connected', () => hub.stats().connections === 1);
    client.leave();
  },
  'a WebSocket that is done with it': async ({ app, http2, serve }) => {
    await (await openWebSocket(`${app.url}${serve()}?cursor=end`, { http2 })).closed;
  },
  'a WebSocket without the right': async ({ app, http2, serve }) => {
    await (await openWebSocket(app.url + serve({ authorize: () => false }), { http2 })).body;
  },
  'a WebSocket that a closed hub refuses': async ({ app, http2, hub, serve }) => {
    await hub.close();
    await (await openWebSocket(app.url + serve(), { http2 })).body;
  },
};

// The other adapters differ only in what is around the source.
const chosen = adapters.filter(({ name }) => /^(node:http|Express 5|Koa 3.*)$/.test(name));

describe.each(chosen)('a source on $name', ({ http2, start }) => {
  const kinds = Object.entries(iterables).map(([kind, make]) => ({
    kind,
    make,
    given: (iterable: Messages) => iterable,
  }));
  const [iterator] = kinds as [(typeof kinds)[number]];

  describe.each([...kinds, { ...iterator, kind: 'a channel and an iterator', given: besideChannel }])(
    'that gives $kind',
    ({ make, given: giving }) => {
      it.each(Object.entries(outcomes))('closes it once, and fires its signal, for %s', async (_name, act) => {
        const hub = createHub({ limits: { connections: 1 } });
        const app = await start();
        const { iterable, closed } = make();
        let given = 0;
        let signal: AbortSignal | undefined;
        const source = async (_request: unknown, context: { signal: AbortSignal }) => {
          given++;
          signal = context.signal;
          return giving(iterable);
        };
        const serve = (options = {}) => app.serve({ source, push: { hub, ...options } });
        await act({ app, http2, hub, serve });
        await until('it is closed', () => given === 0 || closed() > 0);
        await hub.close();
        // A hub that is known to be closed or full need not ask the source.
        expect([closed(), signal?.aborted ?? true, app.errors.filter((error) => !(error instanceof Error))]).toEqual([
          given,
          true,
          [],
        ]);
        const stopped = app.close();
        if ('closeAllConnections' in app.server) app.server.closeAllConnections();
        await stopped;
      });
    },
  );

  it('closes an iterable that comes after its client has left', async () => {
    const hub = createHub();
    const app = await start();
    const { iterable, closed } = (iterables['a Readable'] as () => Counted)();
    let give: (iterable: Messages) => void = () => {};
    const source = () =>
      new Promise<Messages>((resolve) => {
        give = resolve;
      });
    const leaving = new AbortController();
    if (http2) {
      const session = (await import('node:http2')).connect(app.url);
      session.on('error', () => {}).request({ ':path': `${app.serve({ source, push: { hub } })}?transport=sse` });
      leaving.signal.addEventListener('abort', () => session.destroy());
    } else {
      fetch(`${app.url}${app.serve({ source, push: { hub } })}?transport=sse`, { signal: leaving.signal }).catch(
        () => {},
      );
    }
    const ask = give;
    await until('the source is called', () => give !== ask);
    leaving.abort();
    await new Promise((resolve) => setImmediate(resolve));
    give(iterable);
    await until('it is closed', () => closed() === 1);
    await hub.close();
    await app.close();
  });
});

it('a fixed iterable of a route stays as it is for clients that are refused', async () => {
  const [adapter] = adapters;
  const app = await (adapter as (typeof adapters)[number]).start();
  const begun = jest.fn(async function* () {});
  const iterable = { [Symbol.asyncIterator]: begun };
  await finish(app.url + app.serve({ source: iterable, push: {} }), false, { method: 'HEAD' });
  expect(begun).not.toHaveBeenCalled();
  await app.close();
});
