import type { Browser, BrowserContext, Page } from 'playwright-core';
import { describeInChromium, launchChromium } from '../kit/chromium';
import type { Run } from '../kit/client-page';
import { NumbersServer } from '../kit/numbers-server';
import { rendererOf } from '../kit/renderer';
import { until } from '../kit/until';

const tabs = 10;

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
      await until('the tab goes on', async () => ((await got(page)).numbers.at(-1) ?? 0) >= target);
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
    expect(numbers.hub.stats().connections).toBe(1);
  });

  test('lose nothing when the leader closes', async () => {
    const { opened } = numbers.hub.stats();
    // The first tab leads.
    await pages.shift()?.close();
    await until('another leads', () => numbers.hub.stats().opened > opened);
    await allGoOn();
    await expectAllComplete();
    expect(numbers.hub.stats().connections).toBe(1);
  });
});

describeInChromium('tabs whose leader is suspended', () => {
  let browser: Browser;
  let numbers: NumbersServer;

  beforeAll(async () => {
    [browser, numbers] = await Promise.all([launchChromium(), NumbersServer.start()]);
  });

  afterAll(async () => {
    await browser.close();
    await numbers.close();
  });

  const runOf = (page: Page) => page.evaluate('runs.suspended') as Promise<Run>;

  /** Suspends a page, and returns a function that wakes it. */
  type Suspend = (page: Page) => Promise<() => unknown>;

  const stopped: Suspend = async (page) => {
    const pid = await rendererOf(browser, page);
    process.kill(pid, 'SIGSTOP');
    return () => process.kill(pid, 'SIGCONT');
  };
  const frozen: Suspend = async (page) => {
    const session = await page.context().newCDPSession(page);
    await session.send('Page.setWebLifecycleState', { state: 'frozen' });
    return () => session.send('Page.setWebLifecycleState', { state: 'active' });
  };

  test.each([
    ['its process is stopped', stopped],
    ['its page is frozen', frozen],
  ])('go on without it when %s, settle what they send, and lose nothing when it wakes', async (_, suspend) => {
    const context = await browser.newContext();
    const open = async () => {
      const page = await context.newPage();
      await page.goto(`http://127.0.0.1:${numbers.port}`);
      await page.evaluate('follow("suspended", { share: true, leaderTimeout: 500 })');
      return page;
    };
    const allGoOn = async (pages: readonly Page[]) => {
      const target = numbers.count('suspended') + 5;
      for (const page of pages)
        await until('the tab goes on', async () => ((await runOf(page)).numbers.at(-1) ?? 0) >= target);
    };
    await numbers.publishOn('suspended');
    const leader = await open();
    await allGoOn([leader]);
    const followers = [await open(), await open()];
    await allGoOn(followers);
    const wake = await suspend(leader);
    try {
      // The route takes no messages, so whatever is answered is a refusal or a failure.
      const sent = followers[0]?.evaluate('runs.suspended.connection.send("x").catch(({ code }) => code)');
      expect(['network', 'not-open', 'refused']).toContain(await sent);
      followers.push(await open());
      await allGoOn(followers);
    } finally {
      await wake();
    }
    const all = [leader, ...followers];
    await allGoOn(all);
    for (const page of all) {
      const { numbers, gaps, status } = await runOf(page);
      expect(numbers).toEqual(numbers.map((_number, i) => i + 1));
      expect([gaps, status]).toEqual([[], 'open']);
    }
    await until('they share one connection again', () => numbers.hub.stats().connections === 1);
    await context.close();
    await until('all are gone', () => numbers.hub.stats().connections === 0);
  });
});
