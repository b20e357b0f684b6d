import type { Browser, BrowserContext, Page } from 'playwright-core';
import { describeInChromium, launchChromium } from '../kit/chromium';
import { type StateApp, startStateApp } from '../kit/state-apps';
import { until } from '../kit/until';

describeInChromium('tabs that share a copy of a state', () => {
  let browser: Browser;
  let context: BrowserContext;
  let app: StateApp;
  let pages: Page[] = [];

  beforeAll(async () => {
    browser = await launchChromium();
  });
  beforeEach(async () => {
    app = await startStateApp('Express');
    context = await browser.newContext();
  });
  afterEach(async () => {
    await context.close();
    await app.close();
  });
  afterAll(() => browser?.close());

  const open = async (transport: string) => {
    const page = await context.newPage();
    await page.goto(app.origin);
    await page.evaluate(`
      globalThis.changes = 0;
      globalThis.state = pushwire.connectState('/prices', {
        connect: pushwire.connectShared, transports: ['${transport}'], retry: 200, maxRetry: 500, set: '/prices',
      });
      state.onChange(() => changes++);
      undefined;
    `);
    pages.push(page);
  };
  const shown = (page: Page) => page.evaluate('JSON.stringify([...state].sort())');
  const allHave = async (values: Record<string, unknown>) => {
    const wanted = JSON.stringify(Object.entries(values).sort());
    for (const page of pages) await until(`it has ${wanted}`, async () => (await shown(page)) === wanted);
  };
  const oneConnects = () => until('one tab connects', () => app.hub.stats().connections === 1);

  test.each(['sse', 'websocket', 'long-poll'])('have all that the server has, by %s', async (transport) => {
    pages = [];
    await app.prices.set('a', 1);
    for (let n = 0; n < 4; n++) await open(transport);
    await allHave({ a: 1 });
    await oneConnects();
    const prices = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`price ${n}`, n]));
    const before = (await pages[3]?.evaluate('changes')) as number;
    await Promise.all(Object.entries(prices).map(([key, price]) => app.prices.set(key, price)));
    await allHave({ a: 1, ...prices });
    // Each value comes to another tab as an event of its own.
    expect(((await pages[3]?.evaluate('changes')) as number) - before).toBeLessThan(100);
    await app.prices.clear();
    await app.prices.set('b', 2);
    await allHave({ b: 2 });
    await oneConnects();
    // The first tab leads.
    await pages.shift()?.close();
    await app.prices.set('c', 3);
    await allHave({ b: 2, c: 3 });
    await pages[1]?.evaluate('state.delete("b")');
    await allHave({ c: 3 });
    await open(transport);
    await allHave({ c: 3 });
    await oneConnects();
  });
});
