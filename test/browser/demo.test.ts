import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { Demo } from '../../examples/demo/demo';
import { expressDemo } from '../../examples/demo/express';
import { koaDemo } from '../../examples/demo/koa';
import { describeInChromium, launchChromium } from '../kit/chromium';
import { DemoPage, panelNames, panelTitles, tellsOfCut } from '../kit/demo-page';
import { buildExamples } from '../kit/example';
import { until } from '../kit/until';

const mounts = [
  ['Express', expressDemo],
  ['Koa', koaDemo],
] as const;

interface Mounted {
  readonly demo: Demo;
  readonly server: Server;
  readonly origin: string;
}

describeInChromium('the page of the demo, on Express and on Koa', () => {
  let mounted: Mounted[];
  let browser: Browser;

  beforeAll(async () => {
    await buildExamples();
    browser = await launchChromium();
    mounted = await Promise.all(
      mounts.map(async ([name, mount]) => {
        const demo = new Demo(name);
        const server = mount(demo).listen(0);
        await once(server, 'listening');
        const { port } = server.address() as AddressInfo;
        await demo.start(port);
        return { demo, server, origin: `http://localhost:${port}` };
      }),
    );
  });

  afterAll(async () => {
    await browser?.close();
    for (const { demo, server } of mounted) {
      await demo.close();
      server.close();
      await once(server, 'close');
    }
  });

  let rooms = 0;

  /** Runs acts side by side on both frameworks, each with a page and a room of its own. */
  const testOnBoth = (name: string, ...acts: ((page: DemoPage, at: Mounted & { room: string }) => Promise<void>)[]) =>
    test(name, async () => {
      const parts = mounted.flatMap((each) => acts.map((act) => ({ ...each, act, room: `room-${++rooms}` })));
      await Promise.all(
        parts.map(async ({ act, ...at }) => {
          const page = await DemoPage.open(browser, `${at.origin}/?room=${at.room}`);
          await act(page, at);
          await page.close();
        }),
      );
    });

  testOnBoth(
    'every transport delivers the same channel to its panel, and the figures change',
    async (demo, mounted) => {
      const { page } = demo;
      await demo.goOn();
      for (const name of panelNames) {
        await demo.has(name, 'open');
        expect(await demo.tally(name)).toMatchObject({ missing: 0, twice: 0 });
        const { node } = mounted.demo;
        expect([name, await demo.panel(name).locator('.node').textContent()]).toEqual([name, node.name]);
        const delay = await demo.panel(name).locator('[data-figure="delay"] .value').textContent();
        expect([name, delay]).toEqual([name, expect.stringMatching(/^(<1|[\d.]+) m?s$/)]);
        expect(await demo.count(name, 'bytes')).toBeGreaterThan(0);
      }
      expect(await demo.count('long-poll', 'requests')).toBeGreaterThan(2);
      for (const stream of ['comet', 'sse', 'websocket'] as const) {
        const requests = await demo.count(stream, 'requests');
        expect([stream, requests < (await demo.count(stream, 'messages'))]).toEqual([stream, true]);
      }
      for (const value of await page.locator('.tile .value').allTextContents()) expect(value).toMatch(/^\d+(\.\d)?$/);
      const chart = page.locator('[data-chart="cpu"] canvas');
      const spark = demo.panel('sse').locator('[data-figure="messages"] canvas');
      for (const canvas of [chart, spark]) {
        await canvas.scrollIntoViewIfNeeded();
        const draw = () => canvas.evaluate((drawn: unknown) => (drawn as { toDataURL(): string }).toDataURL());
        const before = await draw();
        await until('the chart moves', async () => (await draw()) !== before);
      }
      expect(await page.locator('.chart').first().getAttribute('aria-label')).toMatch(
        /^Processor, .* between \d+ and \d+/,
      );
      expect(demo.troubles).toEqual([]);
      expect([...demo.hosts]).toEqual([new URL(mounted.origin).host]);
    },
  );

  testOnBoth('a panel can be switched off and on', async (demo) => {
    const { page } = demo;
    for (const name of panelNames) await demo.has(name, 'open');
    await page.getByRole('checkbox', { name: 'Comet iframe' }).uncheck();
    expect(await page.locator('iframe').count()).toBe(0);
    await page.getByRole('checkbox', { name: 'Long poll' }).uncheck();
    await demo.has('long-poll', 'off');
    const requests = await demo.count('long-poll', 'requests');
    await page.getByRole('checkbox', { name: 'WebSocket' }).uncheck();
    const handshake = page.waitForEvent('websocket');
    await page.getByRole('checkbox', { name: 'WebSocket' }).check();
    expect((await handshake).url()).toMatch(/^ws:.*[?&]transport=websocket/);
    await demo.has('websocket', 'open');
    await demo.goOn(['websocket']);
    expect(await demo.count('long-poll', 'requests')).toBe(requests);
    expect(await page.locator('#journal').textContent()).not.toContain('the connection was lost');
  });

  testOnBoth('a message published from the form reaches every page as text', async (demo, { origin, room }) => {
    const { page } = demo;
    const other = await DemoPage.open(browser, `${origin}/?room=${room}`);
    await other.has('own', 'open');
    await page.getByLabel('Message', { exact: true }).fill('<b id="hacked">hello</b>');
    await page.getByRole('button', { name: 'Publish', exact: true }).click();
    for (const each of [page, other.page]) {
      const row = each.locator('#events li', { hasText: 'hello' });
      await row.waitFor();
      expect(await row.locator('.data').textContent()).toBe('<b id="hacked">hello</b>');
      expect(await each.locator('#hacked').count()).toBe(0);
    }
    await other.close();
    await page.getByText('Event name, JSON').click();
    await page.getByLabel('Event name').fill('greeting');
    await page.getByLabel('As', { exact: true }).selectOption('JSON');
    await page.getByLabel('Message', { exact: true }).fill('{"a": 1}');
    await page.getByLabel('Message', { exact: true }).press('Enter');
    await page.locator('#events li[data-name="greeting"]', { hasText: '{"a":1}' }).waitFor();

    await page.getByLabel('Message', { exact: true }).fill('{bad');
    await page.getByLabel('Message', { exact: true }).press('Enter');
    await page.getByText(/^The body is not valid JSON: /).waitFor();

    await page.route('**/channels/room-*?event=*', (route) => route.abort());
    await page.getByLabel('Message', { exact: true }).press('Enter');
    await page.locator('#published.failed', { hasText: /^The server cannot be reached\.$/ }).waitFor();
  });

  testOnBoth(
    'a story is read by every window from its start, and stops in all of them',
    async (demo, { demo: { hub }, origin, room }) => {
      const { page } = demo;
      await page.locator('#story .status', { hasText: 'None yet' }).waitFor();
      await demo.hearsItsRoom();
      // A story of the demo could end before a slow browser has opened the other window.
      await hub.run(`story:${room}`).start(async function* ({ signal }) {
        yield 'Once ';
        yield 'upon a time';
        await once(signal, 'abort');
      });
      await hub.channel(room).publish({}, { event: 'story' });
      const other = await DemoPage.open(browser, `${origin}/?room=${room}`);
      await other.hearsItsRoom();
      const textOf = (each: DemoPage) => each.page.locator('#story .text');
      for (const each of [demo, other])
        await textOf(each)
          .filter({ hasText: /^Once upon a time$/ })
          .waitFor();
      await other.page.locator('#story').getByRole('button', { name: 'Stop' }).click();
      for (const each of [demo, other]) await each.page.locator('#story[data-outcome="stopped"]').waitFor();

      await page.locator('#story').getByRole('button', { name: 'Begin a story' }).click();
      for (const each of [demo, other]) await textOf(each).filter({ hasText: 'tells this story' }).waitFor();
      await page.reload();
      for (const each of [demo, other]) await each.page.locator('#story[data-outcome="completed"]').waitFor();
      const told = await textOf(demo).textContent();
      expect(told).toMatch(/^The node .* The end\.$/);
      expect(await textOf(other).textContent()).toBe(told);
      expect(demo.troubles).toEqual([]);
      await other.close();
    },
  );

  test('a story that is begun before the page hears its room is shown', async () => {
    const [{ origin }] = mounted as [Mounted];
    const page = await browser.newPage();
    const held: unknown[] = [];
    await page.route(
      ({ searchParams }) => searchParams.get('panel') === 'page',
      (route) => void held.push(route),
    );
    await page.goto(`${origin}/?room=room-${++rooms}`);
    await page.getByRole('button', { name: 'Begin a story' }).click();
    await page.locator('#story .text', { hasText: 'tells this story' }).waitFor();
    expect(held.length).toBeGreaterThan(0);
    await page.close();
  });

  const cutAll = async (demo: DemoPage, { demo: { hub }, room }: Mounted & { room: string }) => {
    const { page } = demo;
    for (const name of ['own', ...panelNames] as const) await demo.has(name, 'open');
    const handshakes = await demo.count('websocket', 'requests');
    await page.getByLabel('Show pings').check();
    await demo.cut(async () => {
      for (const name of ['own', 'sse', 'websocket', 'long-poll'] as const) await demo.has(name, 'waiting');
      await hub.channel(room).publish('said meanwhile');
    });
    for (const title of ['This page', panelTitles.sse, panelTitles.websocket, panelTitles['long-poll']]) {
      await demo.noted(new RegExp(`${title}.*: the connection was lost`)).waitFor();
      await demo.noted(new RegExp(`${title}.*: reconnected`)).waitFor();
    }
    for (const name of ['own', ...panelNames] as const) await demo.has(name, 'open');
    await demo.noted(/This page.*: reconnected, \d+ messages caught up, none missing, none repeated\./).waitFor();
    const said = page.locator('#events li', { hasText: 'said meanwhile' });
    await said.locator('.tag', { hasText: 'after reconnecting' }).waitFor();
    await page.locator('#own .strip [data-kind="return"] ~ [data-kind="live"]').first().waitFor();
    await demo.goOn();
    for (const name of ['own', ...panelNames] as const) {
      expect([name, await demo.tally(name)]).toEqual([name, { seen: expect.any(Number), missing: 0, twice: 0 }]);
    }
    const data = await page.locator('#events li[data-name="ping"] .data').allTextContents();
    const numbers = data.map((text) => JSON.parse(text).n).reverse();
    expect(numbers.length).toBeGreaterThan(4);
    expect(numbers).toEqual(numbers.map((_n, i) => numbers[0] + i));
    expect(await demo.count('websocket', 'requests')).toBeGreaterThan(handshakes);
    // The browser itself reports the broken stream. Nothing else may be wrong.
    expect(demo.troubles.filter((text) => !tellsOfCut(text))).toEqual([]);
  };

  const dropAndClimb = async (demo: DemoPage) => {
    const { page } = demo;
    const isOver = (title: string) => page.getByText(`Open over ${title}`).waitFor();
    for (const title of ['Server-Sent Events', 'WebSocket', 'Long poll', 'Interval poll']) {
      await isOver(title);
      const rung = page.locator('#ladder [aria-current="true"]');
      expect(await rung.textContent()).toBe(title);
      const drop = page.getByRole('button', { name: 'Drop to the next transport' });
      if (title === 'Interval poll') expect(await drop.isDisabled()).toBe(true);
      else await drop.click();
    }
    await page.getByRole('button', { name: 'Allow all transports again' }).click();
    await isOver('Server-Sent Events');
    await demo.noted('This page continues over Server-Sent Events').waitFor();
    expect(await demo.tally('own')).toMatchObject({ missing: 0, twice: 0 });
  };

  const cutOneAndLose = async (demo: DemoPage, { demo: { hub }, room }: Mounted & { room: string }) => {
    const { page } = demo;
    for (const name of panelNames) await demo.has(name, 'open');
    await page.getByRole('button', { name: 'Cut Server-Sent Events' }).click();
    await demo.noted(/Server-Sent Events: the connection was lost\./).waitFor();
    await demo.noted(/Server-Sent Events: reconnected/).waitFor();

    await demo.has('own', 'open');
    const channel = hub.channel(room);
    await demo.cut(async () => {
      for (let n = 0; n < 700; n++) await channel.publish(n);
    });
    await page
      .locator('#journal .loss', { hasText: /This page.*: a gap was announced: \d+ messages are no longer kept/ })
      .waitFor();
    await demo.has('own', 'open');
    expect(await demo.tally('own')).toMatchObject({ missing: 0, twice: 0 });
    expect(await page.locator('#tally').textContent()).toMatch(/ \d+ announced as lost$/);
  };

  const stall = async (demo: DemoPage) => {
    const { page } = demo;
    const streams = ['comet', 'sse', 'websocket'] as const;
    for (const name of panelNames) await demo.has(name, 'open');
    // A browser that stands still for a moment must not get the end of the stall with its silence.
    await page.route(
      ({ pathname }) => pathname === '/demo/stall',
      (route) => route.continue({ url: route.request().url().replace('seconds=8', 'seconds=20') }),
    );
    await page.getByRole('button', { name: 'Stall' }).click();
    for (const name of streams) await demo.panel(name).getByText('fell silent').waitFor();
    for (const name of streams) await demo.noted(new RegExp(`${panelTitles[name]}.*: fell silent`)).waitFor();
    await demo.goOn();
    for (const name of panelNames) {
      await demo.has(name, 'open');
      expect([name, await demo.tally(name)]).toMatchObject([name, { missing: 0, twice: 0 }]);
    }
  };

  testOnBoth(
    'every transport reconnects after a cut without loss, and the page falls back through all transports and climbs back',
    cutAll,
    dropAndClimb,
  );

  testOnBoth(
    'a single panel can be cut, a loss is announced, and a stalled server is noticed by its silence',
    cutOneAndLose,
    stall,
  );

  testOnBoth(
    'a panel replays from an earlier cursor or from the oldest kept message',
    async (demo, { demo: { hub }, room }) => {
      const { page } = demo;
      for (let n = 0; n < 50; n++) await hub.channel(room).publish(n);
      await demo.goOn(['sse']);
      const { seen } = await demo.tally('sse');
      const panel = demo.panel('sse');
      await panel.getByText('Replay').click();
      const slider = page.getByRole('slider', { name: 'Replay Server-Sent Events from' });
      await slider.press('Home');
      await page.getByRole('button', { name: 'Replay Server-Sent Events' }).click();
      const noted =
        /Server-Sent Events: replayed the history: \d+ messages? caught up, none missing, none repeated, in \d+ ms\./;
      await demo.noted(noted).waitFor();
      const short = (await demo.tally('sse')).seen;
      expect(short).toBeGreaterThan(seen);
      await slider.press('End');
      await page.getByRole('button', { name: 'Replay Server-Sent Events' }).click();
      await until('everything is replayed', async () => (await demo.tally('sse')).seen > short + 50);
      expect(await demo.tally('sse')).toMatchObject({ missing: 0, twice: 0 });
    },
  );

  testOnBoth('two windows of one browser leave connections free for each other', async (demo, { origin }) => {
    await demo.has('comet', 'open');
    const second = await demo.second(origin);
    for (const each of [demo, second]) {
      await each.page.getByText('Another window of this page is open').waitFor();
      for (const name of panelNames) await each.has(name, 'off');
      await each.has('own', 'open');
    }
    await second.page.getByRole('button', { name: 'Publish', exact: true }).click();
    await second.page.getByText(/^Published with the id /).waitFor();
  });

  test('the page fits its window in light and dark, and remembers the chosen theme', async () => {
    const [{ origin }] = mounted as [Mounted];
    const demo = await DemoPage.open(browser, origin, { hasPrices: true });
    const { page } = demo;
    const theme = () => page.evaluate('document.documentElement.dataset.theme');
    for (const name of panelNames) await demo.has(name, 'open');
    for (const width of [360, 390, 768, 1280, 1920]) {
      await page.setViewportSize({ width, height: 800 });
      for (const name of ['Light', 'Dark']) {
        await page.getByRole('radio', { name }).check();
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      }
    }
    expect(await theme()).toBe('dark');
    await page.reload();
    expect(await theme()).toBe('dark');
    await demo.close();
  });

  test('every control has a name and can be reached by keyboard', async () => {
    const [{ origin }] = mounted as [Mounted];
    const demo = await DemoPage.open(browser, origin, { hasPrices: true });
    for (const name of panelNames) await demo.has(name, 'open');
    const reached: string[] = [];
    for (let tabs = 0; tabs < 80 && reached.at(-1) !== 'BODY'; tabs++) {
      await demo.page.keyboard.press('Tab');
      reached.push(
        (await demo.page.evaluate(`(() => {
        const { activeElement: at } = document;
        return at.tagName === 'BODY' ? 'BODY' : at.id || at.className || at.ariaLabel || at.name || at.tagName;
      })()`)) as string,
      );
    }
    for (const id of ['drop', 'away', 'cut', 'stall', 'data', 'hold', 'log']) expect(reached).toContain(id);
    const nameless =
      await demo.page.evaluate(`[...document.querySelectorAll('button, input, select, summary, [role=img]')]
      .filter((each) => !(each.ariaLabel || each.labels?.[0]?.textContent.trim() || each.textContent.trim()))
      .map((each) => each.outerHTML)`);
    expect(nameless).toEqual([]);
    await demo.close();
  });
});
