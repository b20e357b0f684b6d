import { setTimeout as sleep } from 'node:timers/promises';
import { redisBackplane } from '@pushwire/redis';
import { createClient } from 'redis';
import type { Run } from '../kit/client-page';
import { Middlebox } from '../kit/middlebox';
import { NumbersServer } from '../kit/numbers-server';
import { type PageBrowser, pageBrowsers } from '../kit/page-browsers';
import { RedisServer, redisServer } from '../kit/redis-server';
import { describeWith } from '../kit/system-program';
import { until } from '../kit/until';

/** Milliseconds in which a transport opens on any machine, unless it is held up. */
const openTimeout = 6000;

describe.each(pageBrowsers)('the client in %s', (name, describeIn, launch) => {
  describeIn('receives each id once and in order:', () => {
    let browser: PageBrowser;

    beforeAll(async () => {
      browser = await launch();
    });
    afterAll(() => browser.close());

    /** A page behind a proxy of its own, and what its connections have got. */
    const visit = async () => {
      const numbers = await NumbersServer.start();
      const box = await Middlebox.start(numbers.port);
      const page = await browser.newPage();
      await page.goto(box.url);
      const follow = (name: string, options: object = {}) =>
        page.evaluate(`follow(${JSON.stringify(name)}, ${JSON.stringify(options)})`);
      const got = (name: string) => page.evaluate(`runs[${JSON.stringify(name)}]`) as Promise<Run>;

      /** Waits until it has received more than was published by now. */
      const goesOn = async (name: string, published = () => numbers.count(name)) => {
        const target = published() + 10;
        // The whole run grows, and drivers carry each of its numbers and ids by itself.
        const reached = `runs[${JSON.stringify(name)}].numbers.at(-1) >= ${target}`;
        await until(`${name} goes on`, () => page.evaluate(reached));
      };

      const expectComplete = async (name: string): Promise<Run> => {
        const run = await got(name);
        expect([name, run.numbers]).toEqual([name, run.numbers.map((_number, i) => i + 1)]);
        expect(new Set(run.ids).size).toBe(run.ids.length);
        expect([name, run.gaps]).toEqual([name, []]);
        // The server's heartbeat is short. On a busy machine, a connection may seem dead, and is made again.
        return { ...run, errors: run.errors.filter((code) => code !== 'silent') };
      };

      const end = async () => {
        await numbers.publishOn();
        await page.close();
        await box.close();
        await numbers.close();
      };
      return { numbers, box, page, follow, got, goesOn, expectComplete, end };
    };
    type Visit = Awaited<ReturnType<typeof visit>>;
    const visiting = (act: (visit: Visit) => Promise<void>) => async () => {
      const one = await visit();
      try {
        await act(one);
      } finally {
        await one.end();
      }
    };
    // Of the windows of one Firefox, one is in front, and timers of the others are slow.
    const test = name === 'Chromium' ? it.concurrent : it;

    const transports = ['sse', 'websocket', 'long-poll', 'poll', 'comet'];

    test(
      'by every transport, and after a cut',
      visiting(async ({ numbers, box, follow, goesOn, expectComplete }) => {
        await numbers.publishOn(...transports);
        for (const transport of transports) await follow(transport, { transports: [transport] });
        for (const transport of transports) await goesOn(transport);
        box.cut();
        for (const transport of transports) await goesOn(transport);
        for (const transport of transports) expect((await expectComplete(transport)).transports).toEqual([transport]);
      }),
    );

    test(
      'through a proxy that buffers, by a transport that gets through',
      visiting(async ({ numbers, box, follow, goesOn, expectComplete }) => {
        box.buffers = true;
        await numbers.publishOn('buffered', 'buffered-without-sockets');
        await follow('buffered', { openTimeout });
        await follow('buffered-without-sockets', { openTimeout, transports: ['sse', 'long-poll', 'poll'] });
        await goesOn('buffered');
        await goesOn('buffered-without-sockets');
        expect(await expectComplete('buffered')).toMatchObject({ transports: ['websocket'], errors: ['timeout'] });
        const other = await expectComplete('buffered-without-sockets');
        expect(other).toMatchObject({ transports: ['long-poll'], errors: ['timeout'] });
      }),
    );

    test(
      'through a proxy that refuses upgrades, and one that buffers too',
      visiting(async ({ numbers, box, follow, goesOn, expectComplete }) => {
        box.refusesUpgrades = true;
        await numbers.publishOn('socket-first', 'nothing-but-polls');
        await follow('socket-first', { transports: ['websocket', 'sse'] });
        await goesOn('socket-first');
        expect((await expectComplete('socket-first')).transports).toEqual(['sse']);
        box.buffers = true;
        await follow('nothing-but-polls', { openTimeout });
        await goesOn('nothing-but-polls');
        expect(await expectComplete('nothing-but-polls')).toMatchObject({
          transports: ['long-poll'],
          errors: ['timeout', 'refused'],
        });
      }),
    );

    test(
      'through a proxy that cuts every 2 s',
      visiting(async ({ numbers, box, follow, goesOn, expectComplete }) => {
        const names = transports.map((transport) => `cut-${transport}`);
        await numbers.publishOn(...names);
        for (const transport of transports) await follow(`cut-${transport}`, { transports: [transport] });
        for (let cuts = 0; cuts < 3; cuts++) {
          await sleep(2000);
          box.cut();
        }
        for (const name of names) await goesOn(name);
        for (const name of names) await expectComplete(name);
      }),
    );

    test(
      'through a proxy that drops the cursor, with a gap for what is lost and no haste',
      visiting(async ({ numbers, box, follow, got, goesOn }) => {
        const names = transports.map((transport) => `dropped-${transport}`);
        await numbers.publishOn(...names);
        for (const transport of transports) await follow(`dropped-${transport}`, { transports: [transport] });
        for (const name of names) await goesOn(name);
        await numbers.publishOn();
        for (const name of names) {
          await until('it has all', async () => (await got(name)).numbers.length === numbers.count(name));
        }
        box.rewrite = (url) => url.replace(/&cursor=[^&]*/, '');
        box.cut();
        const [requests, began] = [box.requests, Date.now()];
        await numbers.publishOn(...names);
        await sleep(500);
        await numbers.publishOn();
        const told = async (name: string) =>
          ((await got(name)).gaps as { reason: string }[]).map(({ reason }) => reason);
        for (const name of names) await until(`${name} is told`, async () => (await told(name)).length > 0);
        for (const name of names) expect(new Set(await told(name))).toEqual(new Set(['unseen']));
        // Polls go on for as long as it takes until all are told, some 14 requests a second.
        expect(box.requests - requests).toBeLessThan(20 + (Date.now() - began) / 40);
      }),
    );

    test(
      'of its own server only, and by that as soon as a page for logging in is gone',
      visiting(async ({ numbers, box, follow, got, goesOn, expectComplete }) => {
        const names = ['sse', 'long-poll', 'poll'].map((transport) => `login-${transport}`);
        let isPage = true;
        box.answers = ({ url = '' }, response) => {
          const answers = isPage && url.startsWith('/channels');
          if (answers) response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Log in</h1>');
          return answers;
        };
        await numbers.publishOn(...names);
        for (const name of names) await follow(name, { transports: [name.slice(6)] });
        for (const name of names) await until('it failed', async () => (await got(name)).errors.length > 0);
        isPage = false;
        for (const name of names) await goesOn(name);
        for (const name of names) expect(new Set((await expectComplete(name)).errors)).toEqual(new Set(['wrong-type']));
      }),
    );

    test(
      'after 5 s without a network',
      visiting(async ({ numbers, box, page, follow, got, goesOn, expectComplete }) => {
        await numbers.publishOn('away');
        await follow('away');
        await goesOn('away');
        box.isAway = true;
        box.cut();
        await page.setOffline?.(true);
        // Messages from before the cut may wait in a busy page.
        await until('it is away', async () => (await got('away')).status !== 'open');
        const before = (await got('away')).numbers.length;
        await sleep(5000);
        expect(await got('away')).toMatchObject({ status: expect.not.stringMatching('open') });
        expect((await got('away')).numbers.length).toBe(before);
        box.isAway = false;
        await page.setOffline?.(false);
        await goesOn('away');
        await expectComplete('away');
      }),
    );

    describeWith(redisServer, 'during a deploy:', () => {
      test(
        'a server drains, and another takes over',
        visiting(async ({ box, follow, goesOn, expectComplete }) => {
          const redis = await RedisServer.start();
          const join = () => ({ backplane: redisBackplane({ client: createClient({ url: redis.url }) }) });
          const [old, young] = [await NumbersServer.start(join()), await NumbersServer.start(join())];
          const names = transports.map((transport) => `deploy-${transport}`);
          box.target = old.port;
          await old.publishOn(...names);
          for (const transport of transports) await follow(`deploy-${transport}`, { transports: [transport] });
          for (const name of names) await goesOn(name, () => old.count(name));
          await old.publishOn();
          box.target = young.port;
          await old.close();
          young.countFrom(old);
          await young.publishOn(...names);
          for (const name of names) await goesOn(name, () => young.count(name));
          for (const name of names) await expectComplete(name);
          await young.close();
          await redis.stop();
        }),
      );
    });
  });
});
