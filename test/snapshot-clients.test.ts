import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { connect, type WebSocketClass } from '@pushwire/client';
import { type Channel, createHub, type Hub } from '@pushwire/core';
import { EventSource as NodeEventSource } from 'eventsource';
import type { Browser, Page } from 'playwright-core';
import { WebSocket } from 'ws';
import { adapters, type Running } from './kit/adapters';
import { describeInChromium, launchChromium } from './kit/chromium';
import { until } from './kit/until';

// Clients that are cut off in the middle of a snapshot, and after it.

const first = 'first part'.padEnd(70_000, '.');

let hub: Hub;
let app: Running;
let channel: Channel;
let count = 0;
let url: string;
/** The number of snapshots that were begun. */
let asked: number;
const sockets = new Set<Socket>();

beforeAll(async () => {
  hub = createHub({ log: { count: 3 } });
  const { start } = adapters.find(({ name }) => name === 'Express 5') as (typeof adapters)[number];
  app = await start();
  (app.server as Server).on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
});
beforeEach(() => {
  channel = hub.channel(`channel-${++count}`);
  asked = 0;
  const initial = async function* (_request: unknown, { signal }: { signal: AbortSignal }) {
    const isFirst = ++asked === 1;
    yield first;
    // The first snapshot is cut off here.
    if (isFirst) await new Promise((resolve) => signal.addEventListener('abort', resolve));
    yield 'second part';
  };
  url =
    app.url +
    app.serve({
      source: channel,
      push: { initial, retry: 500, poll: { interval: 20 } },
      headers: { 'Access-Control-Allow-Origin': '*' },
    });
});
afterAll(async () => {
  await hub.close();
  cutAll();
  await app.close();
});

const cutAll = () => {
  for (const socket of sockets) socket.destroy();
};

/**
 * Cuts a client off in the middle of its snapshot, then after it, and then for so long that it has
 * a gap.
 *
 * @param dataOf returns what the client has seen.
 */
async function expectWhole(
  dataOf: () => readonly unknown[] | Promise<readonly unknown[]>,
  name: string,
): Promise<void> {
  const seen = async (text: string, times = 1) =>
    until(`${name} has seen ${text}`, async () => (await dataOf()).filter((data) => data === text).length === times);
  await seen(first);
  cutAll();
  await seen('second part');
  await channel.publish('live');
  await seen('live');
  cutAll();
  await channel.publish('while away');
  await seen('while away');
  expect([asked, await dataOf()]).toEqual([2, [first, first, 'second part', 'live', 'while away']]);
  cutAll();
  for (let n = 1; n <= 5; n++) await channel.publish(`lost ${n}`);
  await seen('second part', 2);
  await channel.publish('after the gap');
  await seen('after the gap');
  expect([asked, (await dataOf()).slice(5)]).toEqual([3, [first, 'second part', 'after the gap']]);
}

describe('the client, whose snapshot is cut off', () => {
  it.each(['sse', 'websocket'])('gets it again by %s, and then every message once', async (transport) => {
    const connection = connect(url, {
      transports: [transport as 'sse'],
      WebSocket: WebSocket as unknown as WebSocketClass,
      memory: new Map(),
      random: () => 0,
    });
    const data: unknown[] = [];
    connection.onAny((message) => data.push(message.data));
    await expectWhole(() => data, 'the client');
    connection.close();
  });

  it.each(['long-poll', 'poll'])('has a whole snapshot with one answer by %s', async (transport) => {
    asked = 1;
    const connection = connect(url, { transports: [transport as 'poll'], memory: new Map(), random: () => 0 });
    const data: unknown[] = [];
    connection.onAny((message) => data.push(message.data));
    await until('it has the snapshot', () => data.length === 2);
    await channel.publish('live');
    await until('it has the message', () => data.length === 3);
    expect([asked, data]).toEqual([2, [first, 'second part', 'live']]);
    connection.close();
  });
});

describe('the npm package eventsource, whose snapshot is cut off', () => {
  it('gets it again, and then every message once', async () => {
    const data: unknown[] = [];
    const source = new NodeEventSource(url);
    source.addEventListener('message', (event) => data.push(event.data));
    await expectWhole(() => data, 'the EventSource');
    source.close();
  });
});

describeInChromium('the EventSource of Chromium, whose snapshot is cut off', () => {
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    browser = await launchChromium();
    page = await browser.newPage();
  });
  afterAll(() => browser?.close());

  it('gets it again, and then every message once', async () => {
    await page.evaluate(`
      data = [];
      source = new EventSource(${JSON.stringify(url)});
      source.onmessage = (event) => data.push(event.data);
    `);
    await expectWhole(() => page.evaluate('data') as Promise<unknown[]>, 'the page');
    await page.evaluate('source.close()');
  });
});
