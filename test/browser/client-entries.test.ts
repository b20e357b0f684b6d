import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHub, type Hub } from '@pushwire/core';
import { acceptUpgrades, push } from '@pushwire/express';
import express, { type Request } from 'express';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { describeInChromium, launchCachingChromium, launchChromium } from '../kit/chromium';
import { clientBundle } from '../kit/client-bundle';
import { until } from '../kit/until';

// The entries of the client that need a page.

let hub: Hub;
let server: Server;
let origin: string;
let elsewhere: Server;
let foreign: string;
const received: unknown[] = [];

const listen = async (each: Server) => {
  await new Promise<void>((resolve) => each.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(each.address() as AddressInfo).port}`;
};

beforeAll(async () => {
  const script = clientBundle();
  const page = '<!doctype html><title>A page</title><div id="root"></div><script src="/client.js"></script>';
  const pages = () =>
    express()
      .get('/', (_request, response) => void response.type('html').send(page))
      .get('/client.js', (_request, response) => void response.type('js').send(script));
  elsewhere = createServer(pages());
  foreign = await listen(elsewhere);
  const app = pages();
  server = createServer(app);
  origin = await listen(server);
  hub = createHub({ retry: 500 });
  const source = (request: Request<Record<string, string>>) => hub.channel(`${request.params.name}`);
  acceptUpgrades(server, app);
  app.all('/channels/:name', push(source, { webSocket: { onMessage: (data) => void received.push(data) } }));
  app.all('/foreign/:name', push(source, { comet: { origins: [foreign] } }));
});

afterAll(async () => {
  await hub.close();
  for (const each of [server, elsewhere]) {
    each.closeAllConnections();
    await new Promise((resolve) => each.close(resolve));
  }
});

/** The items that a page has received. */
const seenBy = (page: Page) => page.evaluate('seen') as Promise<unknown[]>;

describeInChromium('the client in Chromium', () => {
  let browser: Browser;
  let caching: Browser;
  let context: BrowserContext;

  beforeAll(async () => {
    browser = await launchChromium();
    caching = await launchCachingChromium();
  });
  beforeEach(async () => {
    context = await browser.newContext();
  });
  afterEach(async () => {
    await context.close();
    await until('all are closed', () => hub.stats().connections === 0);
  });
  afterAll(async () => {
    await browser.close();
    await caching.close();
  });

  const open = async (at: string, script: string) => {
    const page = await context.newPage();
    await page.goto(at);
    await page.evaluate(`globalThis.seen = []; ${script}`);
    return page;
  };

  it.each([
    ['a page of the same origin', () => origin, '/channels/comet'],
    ['a page of another origin', () => foreign, '/foreign/comet'],
  ])('receives all kinds of data by the comet entry, in %s', async (_, at, path) => {
    const channel = hub.channel('comet');
    const page = await open(
      at(),
      `connection = pushwire.connect('${origin}${path}', { transports: [pushwire.comet] });
       connection.onAny(({ event, data }) => seen.push([event, data instanceof Uint8Array ? [...data] : data]));`,
    );
    await until('it is open', () => page.evaluate('connection.status === "open"'));
    await channel.publish('</script>');
    await channel.publish({ n: 1 }, { event: 'tick' });
    await channel.publish(Buffer.from([0, 255]));
    await until('all has arrived', async () => (await seenBy(page)).length === 3);
    expect(await seenBy(page)).toEqual([
      ['message', '</script>'],
      ['tick', { n: 1 }],
      ['message', [0, 255]],
    ]);
    expect(await page.evaluate('document.querySelectorAll("iframe").length')).toBe(1);
    await page.evaluate('connection.close()');
    expect(await page.evaluate('document.querySelectorAll("iframe").length')).toBe(0);
    await until('the server has no connection', () => hub.stats().connections === 0);
  });

  it.each([
    ['it gets something else than a frame', 'waiting', (page: Page) => page.evaluate('callback()(null)')],
    ['its iframe shows another page', 'waiting', (page: Page) => page.evaluate('iframe().src = "/nothing"')],
    ['its channel ends', 'ended', () => hub.channel('left behind').end()],
  ])('leaves no iframe and no function behind by the comet entry when %s', async (_, status, end) => {
    const page = await open(
      origin,
      `globalThis.connection = pushwire.connect('/channels/left behind', { transports: [pushwire.comet] });
       connection.onStatus(({ status }) => seen.push(status));
       globalThis.iframe = () => document.querySelector('iframe');
       globalThis.callback = () => globalThis[Object.keys(globalThis).find((name) => name.startsWith('pushwire_'))];`,
    );
    await until('it is open', async () => (await seenBy(page)).includes('open'));
    expect(await page.evaluate('typeof callback()')).toBe('function');
    await end(page);
    await until('it is closed', async () => (await seenBy(page)).includes(status));
    await page.evaluate('connection.close()');
    expect(await page.evaluate('[typeof callback(), iframe()]')).toEqual(['undefined', null]);
  });

  it('shows a channel by the hook, sends, and disconnects when it is unmounted', async () => {
    const page = await open(
      origin,
      `const { createElement, createRoot, StrictMode, useChannel } = pushwire;
       const add = (list, { event, data }) => event === 'note' ? [...list, data] : list;
       const List = () => {
         const { state, status, transport, send } = useChannel('/channels/hook', add, []);
         globalThis.send = send;
         return status + ' ' + transport + ': ' + state.join();
       };
       root = createRoot(document.getElementById('root'));
       root.render(createElement(StrictMode, null, createElement(List)));`,
    );
    const shown = () => page.textContent('#root');
    await until('it is open', async () => (await shown()) === 'open sse: ');
    for (const text of ['a', 'b']) await hub.channel('hook').publish(text, { event: 'note' });
    await until('it shows them', async () => (await shown()) === 'open sse: a,b');
    expect(hub.stats().connections).toBe(1);
    await page.evaluate('send("hello")');
    expect(received).toEqual(['hello']);
    await page.evaluate('root.unmount()');
    await until('the server has no connection', () => hub.stats().connections === 0);
  });

  it.each(['sse', 'websocket', 'long-poll', 'poll'])(
    'by %s, stays in the back/forward cache, and loses nothing meanwhile',
    async (transport) => {
      const channel = hub.channel(`back by ${transport}`);
      const page = await caching.newPage();
      await page.goto(origin);
      await page.evaluate(
        `globalThis.seen = [];
         connection = pushwire.connect('/channels/${channel.name}', { transports: ['${transport}'] });
         connection.onAny(({ data }) => seen.push(data));`,
      );
      await until('it is open', () => page.evaluate('connection.status === "open" && !!connection.cursor'));
      await channel.publish(1);
      await until('it has arrived', async () => (await seenBy(page)).length === 1);
      await page.goto(`${origin}/client.js`);
      // A WebSocket's closing handshake may stop with its page.
      if (transport !== 'websocket') await until('it has disconnected', () => hub.stats().connections === 0);
      await channel.publish(2);
      // The restored page still has what it received before. A page that is being left has nothing.
      const seen = () => page.evaluate('globalThis.seen ?? []').catch(() => []) as Promise<unknown[]>;
      await page.evaluate('history.back()');
      await until('it has reconnected', async () => (await seen()).length === 2);
      expect(await seen()).toEqual([1, 2]);
      await page.evaluate('connection.close()');
      await page.close();
    },
  );

  it('hands over the lead when the leading page goes to the back/forward cache, and follows when it is back', async () => {
    const channel = hub.channel('shared and back');
    const connected = `globalThis.seen = [];
      connection = pushwire.connectShared('/channels/${channel.name}');
      connection.onAny(({ data }) => seen.push(data));`;
    const both = await caching.newContext();
    const leader = await both.newPage();
    await leader.goto(origin);
    await leader.evaluate(connected);
    const follower = await both.newPage();
    await follower.goto(origin);
    await follower.evaluate(connected);
    const isOpen = (page: Page) => page.evaluate('connection.status === "open" && !!connection.cursor');
    for (const page of [leader, follower]) await until('it is open', () => isOpen(page));
    const { opened } = hub.stats();
    await leader.goto(`${origin}/client.js`);
    await until('another leads', () => hub.stats().opened > opened && hub.stats().connections === 1);
    await channel.publish(1);
    await until('it has arrived', async () => (await seenBy(follower)).length === 1);
    await leader.evaluate('history.back()');
    const seen = () => leader.evaluate('globalThis.seen ?? []').catch(() => []) as Promise<unknown[]>;
    await until('it has caught up', async () => (await seen()).length === 1);
    await until('it follows', () => hub.stats().connections === 1);
    await channel.publish(2);
    await until('both have it', async () => (await seen()).length === 2 && (await seenBy(follower)).length === 2);
    expect([await seen(), await seenBy(follower)]).toEqual([
      [1, 2],
      [1, 2],
    ]);
    await both.close();
  });

  it('holds one connection for ten tabs, and loses nothing when their leader is killed', async () => {
    const channel = hub.channel('tabs');
    const pages: Page[] = [];
    for (let n = 0; n < 10; n++) {
      pages.push(
        await open(
          origin,
          `connection = pushwire.connectShared('/channels/tabs');
           connection.onAny(({ data }) => seen.push(data));
           connection.onGap((gap) => seen.push(gap));`,
        ),
      );
    }
    const allOpen = () => Promise.all(pages.map((page) => page.evaluate('connection.status === "open"')));
    await until('all are open', async () => (await allOpen()).every(Boolean));
    expect(hub.stats().connections).toBe(1);
    let published = 0;
    const publishing = setInterval(() => channel.publish(++published), 5);
    await until('some have arrived', () => published > 20);
    // The first tab leads.
    await pages.shift()?.close();
    const atKill = published;
    await until('they go on', async () => (await seenBy(pages[0] as Page)).length > atKill + 20);
    clearInterval(publishing);
    const all = () => Promise.all(pages.map(seenBy));
    await until('all have all', async () => (await all()).every(({ length }) => length >= published));
    const expected = Array.from({ length: published }, (_, n) => n + 1);
    expect(await all()).toEqual(pages.map(() => expected));
    expect(hub.stats().connections).toBe(1);
  });
});
