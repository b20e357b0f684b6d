import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { HubOptions } from '@pushwire/core';
import type { Browser, Page } from 'playwright-core';
import { Demo } from '../../examples/demo/demo';
import { expressDemo } from '../../examples/demo/express';
import { hereLimits } from '../../examples/demo/here';
import { koaDemo } from '../../examples/demo/koa';
import { describeInChromium, launchChromium } from '../kit/chromium';
import { DemoPage } from '../kit/demo-page';
import { buildExamples } from '../kit/example';
import { testLimit } from '../kit/limits';
import { until } from '../kit/until';

const mounts = [
  ['Express', expressDemo],
  ['Koa', koaDemo],
] as const;

describeInChromium('the panels of states and presences of the demo', () => {
  let browser: Browser;

  beforeAll(async () => {
    await buildExamples();
    browser = await launchChromium();
  });

  afterAll(() => browser?.close());

  describe.each(mounts)('on %s', (framework, mount) => {
    let demo: Demo;
    let server: Server;
    let origin: string;

    const start = async (options?: HubOptions) => {
      demo = new Demo(framework, undefined, options);
      server = mount(demo).listen(0);
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      await demo.start(port);
      origin = `http://localhost:${port}`;
    };

    afterEach(async () => {
      await demo.close();
      server.close();
      await once(server, 'close');
    });

    test('windows see each other and their pointers, until they are closed', async () => {
      await start();
      const [first, second] = await twoWindows();
      const name = await second.page
        .locator('#here .members li', { hasText: 'this window' })
        .locator('strong')
        .textContent();
      expect(await first.page.locator('#here .members').textContent()).toContain(name);

      const cursor = first.page.locator('#here .cursor');
      await pointAt(second.page, 0.25, 0.5);
      await until('the pointer is seen', async () => (await placeOf(first.page)) === '25% 50%');
      expect(await cursor.textContent()).toBe(name);
      expect(await second.page.locator('#here .cursor').count()).toBe(0);
      await pointAt(second.page, 0.75, 0.25);
      await until('the pointer has moved', async () => (await placeOf(first.page)) === '75% 25%');

      await second.page.close();
      await counts(first.page, 'One window is here');
      expect(await cursor.count()).toBe(0);
      expect(first.troubles).toEqual([]);
      await first.close();
    });

    test('a window that is loaded again has not left, and keeps its name and its pointer', async () => {
      // A slow browser may take longer than the demo's own grace.
      await start({ presence: { ...hereLimits, grace: testLimit } });
      const [first, second] = await twoWindows();
      const cursor = first.page.locator('#here .cursor');
      await pointAt(second.page, 0.25, 0.5);
      await cursor.waitFor();
      const name = await cursor.textContent();
      const told: string[] = [];
      await first.page.exposeFunction('tell', (text: string) => told.push(text));
      await first.page.evaluate(`new MutationObserver(() => tell(document.querySelector('#here .count').textContent))
        .observe(document.querySelector('#here .count'), { childList: true })`);
      await second.page.reload();
      await counts(second.page, '2 windows are here');
      await second.page.locator('#here .members li', { hasText: `${name}this window` }).waitFor();
      // The first window has taken what happens now, and so all that came before.
      const place = await placeOf(first.page);
      await pointAt(second.page, 0.75, 0.25);
      await until('the pointer has moved', async () => (await placeOf(first.page)) !== place);
      expect(await cursor.textContent()).toBe(name);
      expect(told.filter((text) => text !== '2 windows are here')).toEqual([]);
      expect(first.troubles).toEqual([]);
      await first.close();
    });

    const twoWindows = async () => {
      const first = await DemoPage.open(browser, origin);
      await counts(first.page, 'One window is here');
      const second = await first.second(origin);
      for (const { page } of [first, second]) await counts(page, '2 windows are here');
      return [first, second] as const;
    };

    test('prices change while somebody looks, and a slow page gets the newest ones', async () => {
      await start();
      const page = await browser.newPage();
      const frames = framesOf(page);
      await page.goto(origin);
      await page.locator('#prices').scrollIntoViewIfNeeded();
      for (const name of ['set', 'received']) {
        await until(`the page shows what is ${name}`, async () => (await figure(page, name)) > 0);
      }
      const picture = page.locator('#prices .map');
      const draw = () => picture.evaluate((drawn: unknown) => (drawn as { toDataURL(): string }).toDataURL());
      const before = await draw();
      await until('the picture changes', async () => (await draw()) !== before);
      await until('values follow the snapshot', () => live(frames).length > 100);

      const slow = framesOf(page);
      await page.getByLabel('This page reads').selectOption('once in 3 s');
      await until('it has skipped values', () => skipped(slow) > 100);
      const keys = new Set(slow.map(({ key }) => key).filter((key) => key !== undefined));
      expect(keys.size).toBe(1001);

      await page.close();
      const state = demo.hub.state('prices');
      await until('prices rest when nobody looks', async () => {
        const clock = await state.get('clock');
        await pause(1000);
        return (await state.get('clock'))?.id === clock?.id;
      });
    });

    test('a slow page that has skipped values has those of the server, once they rest', async () => {
      await start();
      const context = await browser.newContext();
      const [slow, other] = [await context.newPage(), await context.newPage()];
      const frames = framesOf(slow);
      await slow.goto(origin);
      await slow.locator('#prices').scrollIntoViewIfNeeded();
      await slow.getByLabel('This page reads').selectOption('once in 3 s');
      await until('it has skipped values', () => skipped(frames) > 100);

      const state = demo.hub.state<unknown>('prices');
      // The node leaves the prices to another one, which sets none, and whose clock is ahead. Otherwise the
      // node would soon go on if this process stood still.
      const clock = () => ({ node: 'none', time: Date.now() + 1000, perSecond: 0 });
      const rest = setInterval(() => state.set('clock', clock()), 300);
      try {
        const ofServer = async () => {
          const prices = (await state.entries()).filter(({ key }) => key !== 'clock');
          return Object.fromEntries(prices.map(({ key, value }) => [key, value]));
        };
        const ofPage = () => {
          const prices = frames.filter(({ key }) => key !== undefined && key !== 'clock');
          return Object.fromEntries(prices.map(({ key, data }) => [key, data]));
        };
        const isSame = async () => isDeepStrictEqual(ofPage(), await ofServer());
        await until('the page has what the server has', async () => {
          // The comparison takes time that the page needs.
          await pause(300);
          return isSame();
        });
        expect(Object.keys(ofPage())).toHaveLength(1000);
        // What it shows is what a page shows that has got all values just now.
        await other.goto(origin);
        await other.locator('#prices').scrollIntoViewIfNeeded();
        const draw = (page: Page) =>
          page.locator('#prices .map').evaluate((drawn: unknown) => (drawn as { toDataURL(): string }).toDataURL());
        await until('both show the same', async () => (await draw(slow)) === (await draw(other)) && (await isSame()));
      } finally {
        clearInterval(rest);
        await context.close();
      }
    });
  });
});

/** Collects the frames of the page's newest connection to the prices. */
function framesOf(page: Page): readonly Price[] {
  const frames: Price[] = [];
  page.on('websocket', (socket) => {
    if (!socket.url().includes('/prices?')) return;
    frames.length = 0;
    socket.on('framereceived', ({ payload }) => void frames.push(JSON.parse(String(payload))));
  });
  return frames;
}

/** A frame of the prices. */
interface Price {
  readonly id?: string;
  readonly key?: string;
  readonly data?: unknown;
}

/** The values that came after the snapshot, whose values have no id. */
const live = (frames: readonly Price[]) => frames.filter(({ id, key }) => id !== undefined && key !== undefined);

/** How many values were written between those, by their offsets, and did not come. */
function skipped(frames: readonly Price[]): number {
  const offsets = live(frames).map(({ id }) => Number(id?.split('.').at(-1)));
  return offsets.length === 0 ? 0 : (offsets.at(-1) as number) - (offsets[0] as number) + 1 - offsets.length;
}

const counts = (page: Page, text: string) => page.locator('#here .count', { hasText: text }).waitFor();

async function pointAt(page: Page, x: number, y: number): Promise<void> {
  const field = page.locator('#here .field');
  const { width, height } = (await field.boundingBox()) as { width: number; height: number };
  await field.hover({ position: { x: width * x, y: height * y } });
}

/** The place of the other window's pointer. */
async function placeOf(page: Page): Promise<string | undefined> {
  const style = await page.locator('#here .cursor').getAttribute('style');
  const [left, top] = ['left', 'top'].map((side) =>
    Number.parseFloat(new RegExp(`${side}: ([\\d.]+)%`).exec(style ?? '')?.[1] ?? ''),
  );
  return `${Math.round(left as number)}% ${Math.round(top as number)}%`;
}

async function figure(page: Page, name: string): Promise<number> {
  const text = (await page.locator(`#prices .${name}`).textContent()) ?? '';
  return Number.parseFloat(text.replaceAll(',', ''));
}
