// A process whose app awaits nothing. Each scenario makes promises reject that nobody handles.

import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '@pushwire/client';
import { connectShared } from '@pushwire/client/shared';
import type { BackplaneFactory, HubOptions, PushOptions, Source } from '@pushwire/core';
import * as forExpress from '@pushwire/express';
import * as forKoa from '@pushwire/koa';
import express from 'express';
import Koa from 'koa';
import { WebSocket } from 'ws';
import { answerCalls } from '../kit/child';

// Frameworks print the errors that reach them.
console.error = () => {};

const { createHub } = forExpress;
type Hub = ReturnType<typeof createHub>;

/** The lines of the logger, and what the app's `onError` got. */
const seen: string[] = [];
const note = (fields: object, message: string) =>
  void seen.push(`${message}: ${(fields as { err: Error }).err.message}`);
const ignore = () => {};
const logger = { debug: ignore, info: ignore, error: note };
const fail = async () => {
  throw new Error('on purpose');
};

/** Serves one route on both frameworks, and lets `use` be its client. */
async function serve(
  source: Source<unknown>,
  push: PushOptions<unknown>,
  use: (url: string) => Promise<unknown>,
): Promise<void> {
  const expressApp = express();
  expressApp.use(forExpress.push(source as never, push as never));
  const koaApp = new Koa();
  koaApp.use(forKoa.push(source as never, push as never));
  koaApp.on('error', (error) => seen.push(`app error: ${error.message}`));
  const accepts = [
    (server: forExpress.UpgradableServer) => forExpress.acceptUpgrades(server, expressApp),
    (server: forExpress.UpgradableServer) => forKoa.acceptUpgrades(server, koaApp),
  ];
  for (const [i, listener] of [expressApp as RequestListener, koaApp.callback() as RequestListener].entries()) {
    const server = createServer(listener);
    accepts[i]?.(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    server.close();
    server.closeAllConnections();
  }
}

const hubWith = (options: HubOptions = {}): Hub => createHub({ logger, ...options });

/** A backplane whose methods reject. */
const failing: BackplaneFactory = () => ({
  append: fail,
  end: fail,
  follow: fail,
  connectionsTo: fail,
  close: fail,
});

/** Opens a stream and reads it to its end. */
async function read(url: string): Promise<string> {
  const response = await fetch(url);
  return response.text().catch(() => 'cut');
}

async function webSocket(url: string, message: string): Promise<void> {
  const socket = new WebSocket(url.replace('http', 'ws'));
  await once(socket, 'open');
  socket.send(message);
  await once(socket, 'close');
}

/** Comet streams that age, that the hub closes, and whose generator ends and fails. */
async function mapThatThrowsOn(event: string): Promise<void> {
  const map = ({ event: name = 'message' }) => {
    if (name === event) throw new Error(`no ${event}`);
  };
  const hub = hubWith({ maxAge: 1000 });
  const news = hub.channel('news');
  const options: PushOptions<unknown> = { hub, firstMessageTimeout: 1, comet: { map } };
  const slow = async function* () {
    await sleep(30);
    yield { data: 'x' };
    if (event === 'pushwire:error') await fail();
  };
  const readComet = (url: string) => read(`${url}?transport=comet`);
  await serve(slow, options, readComet);
  await serve(news, options, async (url) => {
    const reading = readComet(url);
    await sleep(30);
    news.publish('hello');
    await reading;
  });
  await serve(news, options, async (url) => {
    const reading = readComet(url);
    await sleep(30);
    await hub.close();
    await reading;
  });
}

const handlers = {
  async publish() {
    const hub = hubWith();
    const [news, old] = [hub.channel('news'), hub.channel('old')];
    news.publish('x'.repeat(1024 * 1024 + 1));
    await old.end();
    old.publish('x');
    hub.close();
    news.publish('x');
    news.publish('x').then(() => 'published');
    news.publish('x').finally(() => 'tried');
    news.end();
    news.reportedConnections();
  },
  async backplane() {
    const hub = hubWith({ backplane: failing });
    const news = hub.channel('news');
    news.publish('x');
    news.end();
    news.reportedConnections();
    hub.close();
  },
  async postOverTheLimit() {
    const hub = hubWith();
    const news = hub.channel('news');
    const onMessage = (data: string | Buffer) => void news.publish({ text: String(data) });
    await serve(news, { webSocket: { onMessage, maxPayload: 2 * 1024 * 1024 } }, async (url) => {
      const headers = { 'content-type': 'text/plain' };
      const { status } = await fetch(url, { method: 'POST', headers, body: 'x'.repeat(1024 * 1024 + 1) });
      if (status !== 204) throw new Error(`The POST was answered with ${status}`);
    });
  },
  async sendAfterAnswer() {
    const hub = hubWith();
    const onMessage: NonNullable<PushOptions<unknown>['webSocket']>['onMessage'] = (_data, client) => {
      setTimeout(() => client.send('late'), 20);
    };
    await serve(hub.channel('news'), { webSocket: { onMessage } }, (url) => fetch(url, { method: 'POST', body: 'x' }));
    await sleep(50);
  },
  async asyncFunctions() {
    const hub = hubWith({ logger: { debug: fail, info: fail, error: fail } });
    const options: PushOptions<unknown> = {
      onOpen: fail,
      onClose: fail,
      onError: fail,
      webSocket: { onMessage: fail },
    };
    await serve(hub.channel('news'), options, async (url) => {
      await webSocket(url, 'hello');
      const leaving = new AbortController();
      await fetch(url, { signal: leaving.signal });
      leaving.abort();
      await sleep(20);
    });
  },
  async asyncInPlaceOfSync() {
    const clientKey = fail as never;
    const hub = hubWith({ clientKey, limits: { perClient: 10 } });
    await serve(hub.channel('news'), { comet: { map: fail }, longPoll: { envelope: fail } }, async (url) => {
      for (const transport of ['sse', 'comet', 'long-poll']) await fetch(`${url}?transport=${transport}`);
    });
  },
  async mapThatThrows() {
    const events = ['pushwire:open', 'pushwire:retry', 'pushwire:end', 'pushwire:error', 'message'];
    await Promise.all(events.map(mapThatThrowsOn));
  },
  async runs() {
    const hub = hubWith();
    const start = (id: string, produce: Parameters<ReturnType<Hub['run']>['start']>[0]) => hub.run(id).start(produce);
    const iterator = { next: fail, return: fail };
    start('async', fail);
    start('sync', () => {
      throw new Error('on purpose');
    });
    start('iterator', () => ({ [Symbol.asyncIterator]: () => iterator }) as never);
    start('sends', async ({ run }) => void run.send('x'.repeat(2_000_000)));
    start('finally', async function* ({ signal }) {
      try {
        yield 'a';
        await sleep(10_000, undefined, { signal });
      } finally {
        await fail();
      }
    });
    await sleep(20);
    hub.run('finally').stop();
    start('joined', () => sleep(100));
    await sleep(20);
    start('joined', fail).then(({ done }) => void done);
    await sleep(20);
    await hub.close();
    start('closed', fail);
    hub.run('closed').stop();
    hub.run('closed').state();
    // Failures of one second are one report.
    await sleep(1100);
  },

  async generatorWhoseReturnRejects() {
    const iterable = { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}), return: fail }) };
    await serve(
      () => iterable as never,
      { firstMessageTimeout: 0 },
      async (url) => {
        const leaving = new AbortController();
        await fetch(url, { signal: leaving.signal });
        leaving.abort();
        await sleep(20);
      },
    );
  },
  async clientSends() {
    const news = connect('http://127.0.0.1:9/', { memory: new Map() });
    news.send('while it is not open');
    news.send(() => 'no JSON');
    connectShared('http://127.0.0.1:9/', { name: 'tabs', locks: { request: async () => {} } }).send('before it joins');
    await sleep(20);
    news.close();
  },
  async sourceThatIsLate() {
    const hub = hubWith({ sourceTimeout: 20 });
    const late = async () => {
      await sleep(200);
      throw new Error('on purpose');
    };
    await serve(late as never, { hub, authorize: late }, read);
    await serve(hub.channel('news'), { authorize: late }, read);
    await sleep(250);
  },
};

const scenarios = Object.fromEntries(
  Object.entries(handlers).map(([name, act]) => [
    name,
    async () => {
      seen.length = 0;
      await act();
      // A rejection that nobody handles would end the process in this time.
      await sleep(30);
      return [...seen];
    },
  ]),
);

export type Scenarios = typeof scenarios;

answerCalls(scenarios);
