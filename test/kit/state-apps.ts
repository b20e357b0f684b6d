import { createServer, type IncomingMessage, type Server } from 'node:http';
import { json } from 'node:stream/consumers';
import Router from '@koa/router';
import { createHub, type Hub, type State } from '@pushwire/core';
import { acceptUpgrades as acceptExpress, push as expressPush } from '@pushwire/express';
import { acceptUpgrades as acceptKoa, push as koaPush } from '@pushwire/koa';
import express from 'express';
import Koa from 'koa';
import { clientBundle } from './client-bundle';
import { freePort } from './free-port';

const document = '<!doctype html><title>A page</title><div id="root"></div><script src="/client.js"></script>';
const script = clientBundle();

/** A process of an app that serves the state `prices` of its hub, in memory. */
export interface StateApp {
  readonly hub: Hub;
  readonly prices: State<unknown>;
  readonly origin: string;
  readonly port: number;
  /** The requests for the state so far, by their transports. */
  readonly transports: string[];
  /** Their cursors. */
  readonly cursors: string[];
  close(): Promise<void>;
}

/** Sets or deletes what a page POSTs. A price below 0 is refused. */
async function receive(prices: State<unknown>, request: IncomingMessage): Promise<number> {
  const { key, value, deleted } = (await json(request)) as { key: string; value: number; deleted?: true };
  if (value < 0) return 409;
  if (deleted) await prices.delete(key);
  else await prices.set(key, value);
  return 204;
}

type Make = (hub: Hub, prices: State<unknown>, onRequest: (url: string) => void) => Server;

const frameworks: Record<string, Make> = {
  Express(_hub, prices, onRequest) {
    const app = express();
    app.get('/', (_request, response) => void response.type('html').send(document));
    app.get('/client.js', (_request, response) => void response.type('js').send(script));
    app.use('/prices', (request, _response, next) => {
      onRequest(request.originalUrl);
      next();
    });
    app.get('/prices', expressPush(prices, { poll: { interval: 200 } }));
    app.post('/prices', async (request, response) => void response.sendStatus(await receive(prices, request)));
    const server = createServer(app);
    acceptExpress(server, app);
    return server;
  },
  Koa(_hub, prices, onRequest) {
    const app = new Koa();
    const router = new Router();
    router.get('/', (ctx) => {
      ctx.type = 'html';
      ctx.body = document;
    });
    router.get('/client.js', (ctx) => {
      ctx.type = 'js';
      ctx.body = script;
    });
    router.use('/prices', (ctx, next) => {
      onRequest(ctx.url);
      return next();
    });
    router.get('/prices', koaPush(prices, { poll: { interval: 200 } }));
    router.post('/prices', async (ctx) => {
      ctx.status = await receive(prices, ctx.req);
    });
    app.use(router.routes());
    const server = createServer(app.callback());
    acceptKoa(server, app);
    return server;
  },
};

/** The names of the frameworks. */
export const stateFrameworks = Object.keys(frameworks);

/** @param port that of a process before it, which this one replaces. */
export async function startStateApp(framework: string, port?: number): Promise<StateApp> {
  const hub = createHub({ retry: 500, state: { deletions: 2 } });
  const prices = hub.state('prices');
  const [transports, cursors]: [string[], string[]] = [[], []];
  const server = (frameworks[framework] as Make)(hub, prices, (url) => {
    const { searchParams } = new URL(url, 'http://localhost');
    transports.push(searchParams.get('transport') ?? 'post');
    cursors.push(searchParams.get('cursor') ?? '');
  });
  const own = port ?? (await freePort());
  await new Promise<void>((resolve) => server.listen(own, '127.0.0.1', resolve));
  return {
    hub,
    prices,
    transports,
    cursors,
    port: own,
    origin: `http://127.0.0.1:${own}`,
    async close() {
      await hub.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
