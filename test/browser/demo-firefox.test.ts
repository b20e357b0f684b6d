import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'puppeteer-core';
import { Demo } from '../../examples/demo/demo';
import { expressDemo } from '../../examples/demo/express';
import { panelNames } from '../kit/demo-page';
import { buildExamples } from '../kit/example';
import { describeInFirefox, launchFirefox } from '../kit/firefox';
import { until } from '../kit/until';

describeInFirefox('the page of the demo in Firefox', () => {
  let demo: Demo;
  let server: Server;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    await buildExamples();
    demo = new Demo('Express');
    server = expressDemo(demo).listen(0);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await demo.start(port);
    browser = await launchFirefox();
    page = await browser.newPage();
    await page.goto(`http://localhost:${port}`);
  });

  afterAll(async () => {
    await browser?.close();
    await demo.close();
    server.close();
    await once(server, 'close');
  });

  const text = (selector: string) =>
    page.evaluate(`document.querySelector(${JSON.stringify(selector)}).textContent`) as Promise<string>;

  /** Waits until every panel is open and has received more than so many messages. */
  const allHaveMoreThan = (messages: number) =>
    until(`all panels have more than ${messages}`, async () => {
      for (const name of panelNames) {
        const panel = `[data-transport="${name}"][data-status="open"]`;
        if (!(await page.evaluate(`!!document.querySelector(${JSON.stringify(panel)})`))) return false;
        if (Number.parseInt(await text(`${panel} [data-figure="messages"] .value`), 10) <= messages) return false;
      }
      return true;
    });

  test('every transport delivers the same channel before and after a cut', async () => {
    await allHaveMoreThan(1);
    await page.evaluate('document.querySelector("#cut").click()');
    await until('the cut is over', async () => /: reconnected, /.test(await text('#journal')));
    await allHaveMoreThan(8);
    for (const name of panelNames) {
      const tally = await text(`[data-transport="${name}"] .tally`);
      expect([name, tally]).toEqual([name, expect.stringMatching(/^\d+ seen, 0 missing, 0 repeated$/)]);
    }
  });

  test('the page fits a phone, and its colours follow the switch', async () => {
    await page.setViewport({ width: 390, height: 844 });
    const { scrollWidth, clientWidth } = (await page.evaluate(
      '({ scrollWidth: document.documentElement.scrollWidth, clientWidth: document.documentElement.clientWidth })',
    )) as Record<'scrollWidth' | 'clientWidth', number>;
    expect(scrollWidth).toBe(clientWidth);
    const background = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    await page.evaluate('document.querySelector("[name=theme][value=light]").click()');
    const light = await background();
    await page.evaluate('document.querySelector("[name=theme][value=dark]").click()');
    expect(await background()).not.toBe(light);
  });
});
