// The README's shutdown, with a timer that goes on to publish.

import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as forExpress from '@pushwire/express';
import * as forKoa from '@pushwire/koa';
import express from 'express';
import Koa from 'koa';

const { framework } = JSON.parse(process.argv[2] as string) as { framework: 'express' | 'koa' };
const hub = forExpress.createHub();
const time = hub.channel('time');
setInterval(() => time.publish(Date.now()), 10);

function listen(): Server {
  if (framework === 'koa') return new Koa().use(forKoa.sse(time)).listen(0, '127.0.0.1', announce);
  return express().get('/', forExpress.sse(time)).listen(0, '127.0.0.1', announce);
}

function announce(): void {
  process.send?.((server.address() as AddressInfo).port);
}

const server = listen();

process.on('SIGTERM', async () => {
  server.close();
  await hub.close({ within: 1000 });
  process.exit();
});
