import type { Browser, Page } from 'playwright-core';
import { describeInChromium, launchChromium } from '../kit/chromium';
import { clientBundle } from '../kit/client-bundle';
import { ClientServer } from '../kit/client-server';
import { until } from '../kit/until';

// The places in a browser from which a client connects, by a URL that is relative to the place.

/** Reports the data of messages, and the status, from a worker to those who listen. */
const inWorker = (connect: string) => `
  ${clientBundle()}
  const listeners = new Set();
  const report = (item) => {
    if (globalThis.clients) clients.matchAll({ includeUncontrolled: true }).then((all) => all.forEach((each) => each.postMessage(item)));
    else postMessage(item);
  };
  const connection = pushwire.${connect};
  connection.onAny(({ data }) => report(data));
  connection.onStatus(({ status }) => report(status));
  connection.onError(({ code }) => report(code));
  // The driving library takes pages offline, but not their workers.
  addEventListener('message', ({ data }) => dispatchEvent(new Event(data)));
`;

describeInChromium('the client in Chromium', () => {
  let browser: Browser;
  let server: ClientServer;
  let page: Page;

  beforeAll(async () => {
    browser = await launchChromium();
    server = await ClientServer.start((app) => {
      const serve = (path: string, script: string) =>
        app.get(path, (_request, response) => void response.type('js').send(script));
      serve('/places/worker.js', inWorker("connect('../channels/worker')"));
      serve('/places/shared-worker.js', inWorker("connectShared('../channels/shared')"));
      serve('/service.js', inWorker("connect('/channels/service', { transports: ['sse'] })"));
    });
  });
  beforeEach(async () => {
    const context = await browser.newContext();
    page = await context.newPage();
  });
  afterEach(async () => {
    await page.context().close();
    await until('all have disconnected', () => server.hub.stats().connections === 0);
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
  });

  const seen = () => page.evaluate('seen') as Promise<unknown[]>;
  const expectMessages = async (name: string) => {
    await until('it is open', async () => (await seen()).includes('open'));
    await server.hub.channel(name).publish({ n: 1 });
    await until('it has arrived', async () => (await seen()).length > 2);
    expect(await seen()).toEqual(['connecting', 'open', { n: 1 }]);
  };

  test.each([
    ['dedicated worker', 'worker', "new Worker('/places/worker.js')"],
    ['dedicated worker that shares', 'shared', "new Worker('/places/shared-worker.js')"],
  ])('connects in a %s, by a URL that is relative to its script', async (_, name, worker) => {
    await page.goto(server.origin);
    await page.evaluate(`
      globalThis.seen = [];
      globalThis.worker = ${worker};
      worker.onmessage = ({ data }) => seen.push(data);
      worker.onerror = ({ message }) => seen.push(message);
    `);
    await expectMessages(name);
    await page.evaluate('worker.terminate()');
  });

  test('connects in a service worker', async () => {
    await page.goto(server.origin);
    await page.evaluate(`
      globalThis.seen = [];
      navigator.serviceWorker.onmessage = ({ data }) => seen.push(data);
      navigator.serviceWorker.register('/service.js').catch(({ message }) => seen.push(message));
    `);
    await expectMessages('service');
    await page.evaluate('navigator.serviceWorker.getRegistration().then((each) => each.unregister())');
  });

  test.each(['sse', 'websocket', 'long-poll', 'poll', 'comet'])(
    'connects by %s in a page whose URL has a user name and a password',
    async (transport) => {
      await page.goto(`http://somebody:secret@${server.host}/#fragment`);
      await page.evaluate(`
        globalThis.seen = [];
        const connection = pushwire.connect('channels/page', {
          transports: [${transport === 'comet' ? 'pushwire.comet' : `'${transport}'`}],
        });
        connection.onAny(({ data }) => seen.push(data));
        connection.onStatus(({ status }) => seen.push(status));
        connection.onError(({ code }) => seen.push(code));
      `);
      await expectMessages('page');
    },
  );

  test('reconnects in a worker when the network is back', async () => {
    await page.goto(server.origin);
    await page.evaluate(`
      globalThis.seen = [];
      globalThis.worker = new Worker('/places/worker.js');
      worker.onmessage = ({ data }) => seen.push(data);
    `);
    await until('it is open', async () => (await seen()).includes('open'));
    const { opened } = server.hub.stats();
    for (const event of ['offline', 'online']) await page.evaluate(`worker.postMessage('${event}')`);
    await until('it has reconnected', () => server.hub.stats().opened > opened && server.hub.stats().connections === 1);
    await page.evaluate('worker.terminate()');
  });
});
