import type { Browser, BrowserContext, Page } from 'playwright-core';
import { describeInChromium, launchChromium } from '../kit/chromium';
import type { Run } from '../kit/client-page';
import { NumbersServer } from '../kit/numbers-server';
import { until } from '../kit/until';

jest.setTimeout(60_000);

const tabs = 10;
const patience = 30_000;

describeInChromium('ten tabs that share a connection', () => {
  let browser: Browser;
  let context: BrowserContext;
  let numbers: NumbersServer;
  let pages: Page[];

  beforeAll(async () => {
    [browser, numbers] = await Promise.all([launchChromium(), NumbersServer.start()]);
    context = await browser.newContext();
    pages = [];
    for (let tab = 0; tab < tabs; tab++) {
      const page = await context.newPage();
      await page.goto(`http://127.0.0.1:${numbers.port}`);
      pages.push(page);
    }
  });

  afterAll(async () => {
    await browser.close();
    await numbers.close();
  });

  const got = (page: Page) => page.evaluate('runs.shared') as Promise<Run>;

  const allGoOn = async () => {
    const target = numbers.count('shared') + 10;
    for (const page of pages) {
      await until('the tab goes on', async () => ((await got(page)).numbers.at(-1) ?? 0) >= target, patience);
    }
  };

  const expectAllComplete = async () => {
    for (const page of pages) {
      const { numbers, ids, gaps, status } = await got(page);
      expect(numbers).toEqual(numbers.map((_number, i) => i + 1));
      expect(new Set(ids).size).toBe(ids.length);
      expect([gaps, status]).toEqual([[], 'open']);
    }
  };

  test('hold one connection, and each receives each id once and in order', async () => {
    await numbers.publishOn('shared');
    for (const page of pages) await page.evaluate('follow("shared", { share: true })');
    await allGoOn();
    await expectAllComplete();
    expect(numbers.hub.connections).toBe(1);
  });

  test('lose nothing when the leader closes', async () => {
    const { opened } = numbers.hub.stats();
    // The first tab leads.
    await pages.shift()?.close();
    await until('another leads', () => numbers.hub.stats().opened > opened);
    await allGoOn();
    await expectAllComplete();
    expect(numbers.hub.connections).toBe(1);
  });
});
