import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Router from '@koa/router';
import { durableStreams } from '@pushwire/durable-streams';
import express from 'express';
import Koa from 'koa';

const express4: typeof express = require('express4');

const streams = durableStreams({ onError: () => {} });
const servers: Server[] = [];

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function koa(): RequestListener {
  const router = new Router();
  router.all('/streams/koa/{*path}', (ctx) => {
    ctx.respond = false;
    return streams.handle(ctx.req, ctx.res);
  });
  const app = new Koa().use(router.routes());
  return app.callback() as RequestListener;
}

const frameworks: readonly (readonly [string, string, () => RequestListener])[] = [
  ['node:http', '/streams/bare', () => streams.handle],
  ['Express 5', '/streams/express', () => express().use('/streams', streams.handle) as RequestListener],
  ['Express 4', '/streams/express4', () => express4().use('/streams', streams.handle) as RequestListener],
  ['Koa', '/streams/koa', koa],
];

afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  await streams.close();
});

describe.each(frameworks)('on %s', (_name, path, make) => {
  it('a stream is created where it is found again, appended to, followed to its end, and deleted', async () => {
    const url = `${await listen(make())}${path}/one`;
    const headers = { 'Content-Type': 'text/plain' };
    const created = await fetch(url, { method: 'PUT', headers, body: 'first ' });
    expect([created.status, created.headers.get('location')]).toEqual([201, url]);
    const live = await fetch(`${url}?offset=-1&live=sse`);
    const text = live.text();
    const closed = await fetch(url, { method: 'POST', headers: { ...headers, 'Stream-Closed': 'true' }, body: 'last' });
    expect([closed.status, closed.headers.get('stream-closed')]).toEqual([204, 'true']);
    const events = (await text).split('\n\n');
    const ends = events.filter((event) => event.includes('"streamClosed":true'));
    expect([events.some((event) => event.includes('data:first')), ends.length]).toEqual([true, 1]);
    expect(await (await fetch(url)).text()).toBe('first last');
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(204);
    expect((await fetch(url)).status).toBe(404);
  });
});

it('an append whose body a parser has read is refused and reported', async () => {
  const errors: unknown[] = [];
  const ours = durableStreams({ onError: (error) => errors.push(error) });
  const url = await listen(express().use(express.json(), ours.handle) as RequestListener);
  const headers = { 'Content-Type': 'application/json' };
  const { status } = await fetch(`${url}/parsed`, { method: 'PUT', headers, body: '[1]' });
  expect(status).toBe(500);
  expect(String(errors[0])).toContain('express.json()');
  await ours.close();
});
