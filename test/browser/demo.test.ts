import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { Demo } from '../../examples/demo/demo';
import { expressDemo } from '../../examples/demo/express';
import { koaDemo } from '../../examples/demo/koa';
import { describeInChromium, launchChromium } from '../kit/chromium';

const frameworks = [
  ['Express', expressDemo],
  ['Koa', koaDemo],
] as const;

const transports = ['poll', 'long-poll', 'comet', 'sse', 'ndjson', 'websocket'];

jest.setTimeout(60_000);

describeInChromium('the page of the demo', () => {
  describe.each(frameworks)('on %s', (name, mount) => {
    let demo: Demo;
    let server: Server;
    let origin: string;
    let browser: Browser;

    beforeAll(async () => {
      demo = new Demo(name).start();
      server = mount(demo).listen(0);
      await once(server, 'listening');
      origin = `http://localhost:${(server.address() as AddressInfo).port}`;
      browser = await launchChromium();
    });

    afterAll(async () => {
      await browser?.close();
      await demo.close();
      server.close();
      await once(server, 'close');
    });

    test('the figures move, and nothing goes wrong or comes from elsewhere', async () => {
      const { page, troubles, hosts } = await open(browser, origin);
      await page.locator('#status[data-state="live"]').waitFor();
      const [before, canvas] = [await newestPing(page), await picture(page)];
      while ((await newestPing(page)) < before + 2) await page.waitForTimeout(100);
      expect(await picture(page)).not.toBe(canvas);
      for (const value of await page.locator('.tile .value').allTextContents()) expect(value).toMatch(/^\d+(\.\d)?$/);
      expect(await page.locator('.chart').first().getAttribute('aria-label')).toMatch(
        /^Processor, .* between \d+ and \d+/,
      );
      expect(troubles).toEqual([]);
      expect([...hosts]).toEqual([new URL(origin).host]);
      await page.context().close();
    });

    test('what is published from the box comes to every page, as text', async () => {
      const [{ page }, other] = [await open(browser, origin), await open(browser, origin)];
      await other.page.locator('#status[data-state="live"]').waitFor();
      await page.getByLabel('Message').fill('<b id="hacked">hello</b>');
      await page.getByRole('button', { name: 'Publish' }).click();
      for (const each of [page, other.page]) {
        const row = each.locator('#events li', { hasText: 'hello' });
        await row.waitFor();
        expect(await row.locator('.data').textContent()).toBe('<b id="hacked">hello</b>');
      }
      expect(await page.locator('#hacked').count()).toBe(0);

      await page.getByLabel('Event name').fill('greeting');
      await page.getByLabel('As', { exact: true }).selectOption('JSON');
      await page.getByLabel('Message').fill('{"a": 1}');
      await page.getByLabel('Message').press('Enter');
      await page.locator('#events li[data-name="greeting"]', { hasText: '{"a":1}' }).waitFor();

      await page.getByLabel('Message').fill('{bad');
      await page.getByLabel('Message').press('Enter');
      await page.getByText(/^The body is no valid JSON: /).waitFor();

      await page.route('**/channels/lobby?*', (route) => route.abort());
      await page.getByLabel('Message').press('Enter');
      await page.locator('#published.failed', { hasText: /^The server cannot be reached\.$/ }).waitFor();
      await page.context().close();
      await other.page.context().close();
    });

    test('a connection that is cut comes back, and every ping was seen once', async () => {
      const { page, troubles } = await open(browser, origin);
      await page.locator('#status[data-state="live"]').waitFor();
      await page.locator('#strip [data-kind="live"]').first().waitFor();
      await page.getByLabel('Show pings').check();
      await page.getByLabel('Stay away').selectOption('5');
      await page.getByRole('button', { name: 'Cut the connection' }).click();
      await page.locator('#status[data-state="away"]').waitFor();
      await demo.hub.channel('lobby').publish('said meanwhile');

      const account = await page.getByText(/^Away for /).textContent({ timeout: 20_000 });
      const [, seconds, messages] =
        /^Away for (\d+\.\d) s\. On return (\d+) messages came at once: 0 lost, 0 twice\.$/.exec(account ?? '') ?? [];
      expect(Number(seconds)).toBeGreaterThan(4);
      expect(Number(messages)).toBeGreaterThan(4);
      await page
        .locator('#events li', { hasText: 'said meanwhile' })
        .locator('.tag', { hasText: 'on return' })
        .waitFor();
      await page.locator('#strip [data-kind="return"] ~ [data-kind="live"]').first().waitFor();

      const data = await page.locator('#events li[data-name="ping"] .data').allTextContents();
      const numbers = data.map((text) => JSON.parse(text).n).reverse();
      expect(numbers.length).toBeGreaterThan(4);
      expect(numbers).toEqual(numbers.map((_n, i) => numbers[0] + i));
      expect(await page.locator('#tally').textContent()).toMatch(/^Pings \d+ to \d+: \d+ came, 0 missing, 0 twice\.$/);
      // The browser itself notes a stream that broke off; nothing else may be wrong.
      expect(troubles.filter((text) => !tellsOfCut(text))).toEqual([]);
      await page.context().close();
    });

    test('what was cut with it comes back too, over each transport, and every ping was seen once', async () => {
      const { page, troubles } = await open(browser, origin);
      const { count, state } = figuresOf(page);
      // A comet frame tells by its silence, which takes longer; what it does then is shown below and by its own tests.
      const quick = transports.filter((transport) => transport !== 'comet');
      for (const transport of transports) {
        while ((await count(transport, 'messages')) < 2) await page.waitForTimeout(100);
      }
      const handshakes = await count('websocket', 'requests');
      expect(handshakes).toBe(1);
      await page.getByLabel('Stay away').selectOption('5');
      const away = Promise.all(quick.map((transport) => state(transport, 'away').waitFor()));
      await page.getByRole('button', { name: 'Cut the connection' }).click();
      await away;
      const before = await newestPing(page);
      for (const transport of quick) {
        await state(transport, 'live').waitFor();
        const came = await count(transport, 'messages');
        while ((await count(transport, 'messages')) < came + 2) await page.waitForTimeout(100);
        expect([transport, await count(transport, 'lost'), await count(transport, 'twice')]).toEqual([transport, 0, 0]);
      }
      expect(await newestPing(page)).toBeGreaterThan(before);
      expect(await count('websocket', 'requests')).toBeGreaterThan(handshakes);
      expect(troubles.filter((text) => !tellsOfCut(text))).toEqual([]);
      await page.context().close();
    });

    test('every transport brings the same channel to its panel', async () => {
      const { page, troubles } = await open(browser, origin);
      const { figure, count } = figuresOf(page);
      for (const transport of transports) {
        while ((await count(transport, 'messages')) < 2) await page.waitForTimeout(100);
      }
      // Again and again, since what the server says in between is the last message then.
      const saying = setInterval(() => demo.hub.channel('lobby').publish('hello, panels'), 300);
      for (const transport of transports) {
        await page.locator(`[data-transport="${transport}"]`, { hasText: 'hello, panels' }).waitFor();
        const before = await count(transport, 'messages');
        while ((await count(transport, 'messages')) <= before) await page.waitForTimeout(100);
        expect([transport, await figure(transport, 'state').textContent()]).toEqual([transport, 'live']);
        expect([transport, await figure(transport, 'delay').textContent()]).toEqual([
          transport,
          expect.stringMatching(/^[\d,]+ ms$/),
        ]);
        expect(await count(transport, 'bytes')).toBeGreaterThan(0);
      }
      clearInterval(saying);
      expect(await count('long-poll', 'requests')).toBeGreaterThan(2);
      for (const stream of ['comet', 'sse', 'ndjson', 'websocket']) expect(await count(stream, 'requests')).toBe(1);

      await page.getByLabel('Long poll').uncheck();
      const requests = await count('long-poll', 'requests');
      await page.waitForTimeout(1500);
      expect(await count('long-poll', 'requests')).toBe(requests);
      await page.getByLabel('Comet iframe').uncheck();
      expect(await page.locator('iframe').count()).toBe(0);
      await page.getByLabel('WebSocket').uncheck();
      const handshake = page.waitForEvent('websocket');
      await page.getByLabel('WebSocket').check();
      expect((await handshake).url()).toMatch(/^ws:.*[?&]transport=websocket/);
      await page.locator('[data-transport="websocket"][data-state="live"]').waitFor();
      // What was said while it was off is not lost.
      const told = await count('websocket', 'messages');
      while ((await count('websocket', 'messages')) < told + 2) await page.waitForTimeout(100);
      expect(await count('websocket', 'lost')).toBe(0);
      expect(troubles).toEqual([]);
      await page.context().close();
    });

    test('two windows of one browser leave connections free for each other', async () => {
      const { page } = await open(browser, origin);
      await page.locator('[data-transport="comet"][data-state="live"]').waitFor();
      const second = await page.context().newPage();
      await second.goto(origin);
      for (const each of [page, second]) {
        await each.getByText('Another window of this page is open').waitFor();
        await each.waitForFunction('document.querySelectorAll(".panel[data-state=off]").length === 6');
        await each.locator('#status[data-state="live"]').waitFor();
      }
      await second.getByRole('button', { name: 'Publish' }).click();
      await second.getByText(/^Published with the id /).waitFor();
      await page.context().close();
    });

    test.each([360, 1366])('nothing is wider than a window of %i px, light or dark', async (width) => {
      for (const colorScheme of ['light', 'dark'] as const) {
        const { page } = await open(browser, origin, { viewport: { width, height: 800 }, colorScheme });
        await page.locator('#status[data-state="live"]').waitFor();
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
        await page.context().close();
      }
    });
  });
});

interface Opened {
  readonly page: Page;
  /** What the console complains of, and errors of the page's scripts. */
  readonly troubles: string[];
  readonly hosts: Set<string>;
}

async function open(browser: Browser, url: string, options = {}): Promise<Opened> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const troubles: string[] = [];
  const hosts = new Set<string>();
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) troubles.push(message.text());
  });
  page.on('pageerror', (error) => troubles.push(String(error)));
  page.on('request', (request) => hosts.add(new URL(request.url()).host));
  await page.goto(url);
  return { page, troubles, hosts };
}

/** The browser itself notes what broke off, and what could not begin again at once. */
function tellsOfCut(trouble: string): boolean {
  return /net::ERR_(INCOMPLETE_CHUNKED_ENCODING|EMPTY_RESPONSE)|^WebSocket connection to .* failed/.test(trouble);
}

/** The figures in the panels of the transports. */
function figuresOf(page: Page) {
  const figure = (transport: string, what: string) =>
    page.locator(`[data-transport="${transport}"] [data-figure="${what}"]`);
  return {
    figure,
    count: async (transport: string, what: string) =>
      Number.parseFloat(((await figure(transport, what).textContent()) ?? '').replaceAll(',', '')),
    state: (transport: string, is: string) => page.locator(`[data-transport="${transport}"][data-state="${is}"]`),
  };
}

async function newestPing(page: Page): Promise<number> {
  const [, n] = /to (\d+):/.exec((await page.locator('#tally').textContent()) ?? '') ?? [];
  return Number(n ?? 0);
}

function picture(page: Page): Promise<string> {
  return page.evaluate('document.querySelector(\'[data-chart="cpu"] canvas\').toDataURL()');
}
