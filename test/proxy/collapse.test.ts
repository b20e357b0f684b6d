import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createHub, type Hub } from '@pushwire/core';
import { longPoll } from '@pushwire/express';
import express from 'express';
import { waitLimit } from '../kit/limits';
import { describeWith } from '../kit/system-program';
import { nginx, startCollapsing } from './nginx';
import { type Poller, Pollers } from './pollers';
import type { ProxyProcess } from './proxy-process';

const clients = 1000;
const messages = [1, 2, 3, 4, 5];
const pause = 300;
const wait = 3000;
/** The number of requests that may reach the origin for each shared answer. */
const handful = 5;

let hub: Hub;
let server: Server;
let originPort: number;
/** The URLs that reached the origin, in order. */
let reached: string[];

beforeEach(async () => {
  hub = createHub();
  reached = [];
  const app = express();
  app.use((request, _response, next) => {
    reached.push(request.url);
    next();
  });
  app.get('/shared', longPoll(hub.channel('news'), { cache: true, wait }));
  app.get('/short', longPoll(hub.channel('news'), { cache: true, wait: 300 }));
  app.get('/plain', longPoll(hub.channel('news'), { wait: 50 }));
  const withCookie = express.Router().use((_request, response, next) => {
    response.cookie('session', '1');
    next();
  });
  app.get('/cookie', withCookie, longPoll(hub.channel('news'), { cache: true, wait: 50 }));
  server = createServer(app).listen({ port: 0, host: '127.0.0.1', backlog: 1024 });
  await once(server, 'listening');
  originPort = (server.address() as AddressInfo).port;
});

afterEach(async () => {
  await hub.close();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

describeWith(nginx, 'long polls through a caching nginx that collapses requests', () => {
  let proxy: ProxyProcess;
  beforeEach(async () => {
    proxy = await startCollapsing(originPort);
  });
  afterEach(() => proxy.stop());

  test(`${clients} clients cost the origin a handful of requests for a message, and no client misses or repeats one`, async () => {
    const pollers = new Pollers(`http://127.0.0.1:${proxy.port}/shared`, clients);
    await all(pollers, ({ requests }) => requests >= 2, 'every client waits at the first cursor');
    await sleep(pause);
    const toJoin = reached.length;

    const channel = hub.channel('news');
    for (const n of messages) {
      await channel.publish({ n });
      await sleep(pause);
    }
    await all(pollers, ({ seen }) => seen.length >= messages.length, 'every client has all messages');
    const toDeliver = counts(reached.slice(toJoin));
    const expected = messages.map((n) => ({ n }));
    expect(pollers.each.filter(({ seen }) => JSON.stringify(seen) !== JSON.stringify(expected))).toEqual([]);
    // A machine that stands still for longer than an answer is cached lets all through once.
    expect(median(toDeliver)).toBeLessThanOrEqual(handful);
    expect(toDeliver.size).toBeLessThanOrEqual(handful * messages.length);
    expect(reached.length).toBeLessThan(pollers.each.reduce((sum, { requests }) => sum + requests, 0) / 2);

    const before = pollers.each.map(({ requests, emptyCursors }) => ({ requests, rounds: emptyCursors.length }));
    const reachedBefore = reached.length;
    const began = performance.now();
    await all(pollers, ({ emptyCursors }, i) => emptyCursors.length > (before[i]?.rounds ?? 0), 'an empty round');
    await pollers.stop();
    const ofRound = counts(reached.slice(reachedBefore));
    const mostRounds = Math.ceil((performance.now() - began) / wait) + 2;

    for (const [i, { requests, emptyCursors, repeated }] of pollers.each.entries()) {
      const rounds = emptyCursors.length - (before[i]?.rounds ?? 0);
      // One request per round, and the one that is under way.
      expect(requests - (before[i]?.requests ?? 0)).toBeLessThanOrEqual(rounds + 1);
      expect(rounds).toBeLessThanOrEqual(mostRounds);
      expect(new Set(emptyCursors).size).toBe(emptyCursors.length);
      expect(repeated).toEqual([]);
    }
    expect(median(ofRound)).toBeLessThanOrEqual(handful);
    expect(ofRound.size).toBeLessThanOrEqual(handful * mostRounds);
    expect(await proxy.errors()).toBe('');
    if (process.env.PUSHWIRE_FIGURES) console.log({ toJoin, toDeliver, ofRound });
  });

  test('waits of less than a second lead no client back to an answer that is still cached', async () => {
    const pollers = new Pollers(`http://127.0.0.1:${proxy.port}/short`, 5);
    const began = performance.now();
    await sleep(3000);
    await pollers.stop();
    const rounds = Math.ceil((performance.now() - began) / 300) + 2;
    for (const { requests, repeated } of pollers.each) {
      expect(repeated.slice(0, 3)).toEqual([]);
      expect(requests).toBeLessThanOrEqual(rounds);
    }
  });
});

describe('the Cache-Control header of a long poll', () => {
  const cacheControl = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${originPort}${path}`);
    const { cursor } = (await response.json()) as { cursor: string };
    return { header: response.headers.get('cache-control'), cursor };
  };

  test.each([
    ['/shared', /^public, max-age=[1-9]\d*$/],
    ['/cookie', /^private, no-store$/],
    ['/plain', /^private, no-store$/],
  ])('of %s is correct in every answer', async (path, expected) => {
    await hub.channel('news').publish({ n: 0 });
    const first = await cacheControl(path);
    expect(first.header).toMatch(expected);
    // The first answer is empty, the second has a message.
    const empty = await cacheControl(`${path}?wait=0.05&cursor=${first.cursor}`);
    expect(empty.header).toMatch(expected);
    const held = cacheControl(`${path}?cursor=${empty.cursor}`);
    await sleep(20);
    await hub.channel('news').publish({ n: 1 });
    expect((await held).header).toMatch(expected);
    expect((await cacheControl(`${path}?cursor=0`)).header).toMatch(expected);
  });
});

async function all(pollers: Pollers, holds: (poller: Poller, index: number) => boolean, what: string): Promise<void> {
  const end = performance.now() + waitLimit;
  while (!pollers.each.every(holds)) {
    if (performance.now() > end) {
      const missing = pollers.each.filter((poller, i) => !holds(poller, i)).length;
      throw new Error(`Timed out, not true for ${missing} of ${pollers.each.length}: ${what}`);
    }
    await sleep(10);
  }
}

function counts(urls: readonly string[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const url of urls) found.set(url, (found.get(url) ?? 0) + 1);
  return found;
}

function median(found: ReadonlyMap<string, number>): number {
  const sorted = [...found.values()].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] as number;
}
