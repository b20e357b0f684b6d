import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AnswerError, createHub, type Hub } from '@pushwire/core';
import { acceptUpgrades, push } from '@pushwire/express';
import express from 'express';
import type { Browser, Page } from 'playwright-core';
import { describeInChromium, launchChromium } from '../kit/chromium';
import { clientBundle } from '../kit/client-bundle';
import { until } from '../kit/until';

describeInChromium('the two-way client in Chromium', () => {
  let browser: Browser;
  let page: Page;
  let hub: Hub;
  let server: Server;
  let origin: string;

  beforeAll(async () => {
    hub = createHub({ retry: 500 });
    const script = clientBundle();
    const app = express()
      .get('/', (_request, response) => void response.type('html').send('<script src="/client.js"></script>'))
      .get('/client.js', (_request, response) => void response.type('js').send(script))
      .all(
        '/rooms',
        push((_, { topics }) => ['base', ...topics].map((name) => hub.channel(name)), {
          poll: { interval: 50 },
          webSocket: {
            onMessage(data) {
              if (data === 'refuse') throw new AnswerError('no', 'No.');
              return data;
            },
          },
        }),
      );
    server = createServer(app);
    acceptUpgrades(server, app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await launchChromium();
  });
  beforeEach(async () => {
    page = await browser.newPage();
    await page.goto(origin);
  });
  afterEach(() => page.close());
  afterAll(async () => {
    await browser.close();
    await hub.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it.each(['sse', 'websocket', 'long-poll', 'poll'])('asks, and changes its topics, by %s', async (transport) => {
    const result = await page.evaluate(
      `(async () => {
        globalThis.seen = [];
        globalThis.gaps = [];
        const options = { transports: ['${transport}'], topics: ['a'], outbox: true };
        const connection = globalThis.connection = pushwire.connectTwoWay('/rooms', options);
        connection.onAny(({ data }) => seen.push(data));
        connection.onGap((gap) => gaps.push(gap));
        const bytes = await connection.request(Uint8Array.of(0, 255));
        const text = await connection.request('grüß');
        const refusal = await connection.request('refuse').catch((error) => error);
        await connection.subscribe('b');
        await connection.leave('a');
        return [[...bytes], text, refusal instanceof pushwire.AnswerError, refusal.code, connection.topics];
      })()`,
    );
    expect(result).toEqual([[0, 255], 'grüß', true, 'no', ['b']]);
    for (const name of ['a', 'b', 'base']) await hub.channel(name).publish(name);
    await until('they have come', async () => ((await page.evaluate('seen')) as unknown[]).length === 2);
    expect(await page.evaluate('[seen, gaps, connection.transport]')).toEqual([['b', 'base'], [], transport]);
  });
});
