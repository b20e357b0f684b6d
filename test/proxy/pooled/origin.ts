import { createServer, type RequestListener, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import Router from '@koa/router';
import { createHub } from '@pushwire/core';
import * as onExpress from '@pushwire/express';
import * as onKoa from '@pushwire/koa';
import express from 'express';
import Koa from 'koa';
import { answerCalls } from '../../kit/child';

// The process behind the proxy. It streams numbers and takes orders, which any client may send.

export type FrameworkName = 'express' | 'koa';

interface Settings {
  readonly framework: FrameworkName;
  readonly port: number;
  readonly maxAge: number;
  readonly everyMs: number;
}

const { framework, port, maxAge, everyMs }: Settings = JSON.parse(process.argv[2] as string);
const hub = createHub({ retry: 500, maxAge });
const numbers = hub.channel('numbers');
let published = 0;

const apps: Record<FrameworkName, () => RequestListener> = {
  express() {
    const app = express();
    app.get('/numbers', onExpress.sse(numbers));
    app.post('/orders', express.text(), (request, response) => void response.send(request.body));
    return app;
  },
  koa() {
    const router = new Router();
    router.get('/numbers', onKoa.sse(numbers));
    router.post('/orders', async (ctx) => {
      let body = '';
      for await (const chunk of ctx.req) body += chunk;
      ctx.body = body;
    });
    return new Koa().use(router.routes()).callback();
  },
};

const server: Server = createServer(apps[framework]());
let isPublishing = true;

async function publish(): Promise<void> {
  while (isPublishing) {
    await numbers.publish(++published);
    await sleep(everyMs);
  }
}

export const handlers = {
  async listen() {
    await new Promise<void>((resolve) => server.listen({ port, host: '127.0.0.1', backlog: 1024 }, resolve));
    publish();
  },
  /** Stops publishing, and returns the last number. */
  finish() {
    isPublishing = false;
    return published;
  },
  connections: () => hub.stats().connections,
  /** Shuts down as the README says. Returns the ms until the server has closed, or the timeout. */
  async shutDown({ within, timeout }: { within: number; timeout: number }) {
    const start = performance.now();
    const closed = new Promise((resolve) => server.close(resolve));
    await hub.close({ within });
    await Promise.race([closed, sleep(timeout)]);
    return Math.round(performance.now() - start);
  },
};

answerCalls(handlers);
