import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHub } from '@pushwire/core';
import { comet } from '@pushwire/express';
import express from 'express';
import fc from 'fast-check';
import helmet from 'helmet';
import { describeInChromium, launchChromium } from '../kit/chromium';
import { describeInFirefox, launchFirefox } from '../kit/firefox';
import { until } from '../kit/until';

// The forever iframe, seen from the page that embeds it.

/** The parts of a browser that these tests use, whichever library drives it. */
interface AnyBrowser {
  newPage(): Promise<AnyPage>;
  close(): Promise<void>;
}

interface AnyPage {
  goto(url: string): Promise<unknown>;
  evaluate(script: string): Promise<unknown>;
  close(): Promise<void>;
}

/** The argument of the page's callback. */
interface Frame {
  readonly id?: string;
  readonly event?: string;
  readonly data?: unknown;
  readonly encoding?: string;
}

interface Asked {
  readonly query: Record<string, unknown>;
  status?: number;
}

const browsers: readonly [string, typeof describeInFirefox, () => Promise<AnyBrowser>][] = [
  ['Chromium', describeInChromium, launchChromium],
  ['Firefox', describeInFirefox, launchFirefox],
];

const hub = createHub({
  retry: 500,
  log: { count: Infinity, bytes: Infinity },
  limits: { messageBytes: Infinity },
});
const oddId = 'a&b=c#d+1 100%é\'"</script>';
let closingHub = createHub({ retry: 500 });
const violations: unknown[] = [];
const asked: Asked[] = [];

let server: Server;
let origin: string;
/** Two more sites on another port. The route `/origins` is for pages of the first one. */
let elsewhere: Server;
let friend: string;
let stranger: string;

const pageWith = (script = '') => `<!doctype html><title>A page with a frame</title>${script}`;

beforeAll(async () => {
  const app = express();
  server = createServer(app);
  elsewhere = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html').end(pageWith());
  });
  for (const each of [server, elsewhere]) await once(each.listen(0, '127.0.0.1'), 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { port } = elsewhere.address() as AddressInfo;
  [friend, stranger] = [`http://localhost:${port}`, `http://127.0.0.1:${port}`];

  const channelOf = (request: express.Request<Record<string, string>>) => hub.channel(request.params.name ?? '');
  app.get('/', (_request, response) => void response.send(pageWith()));
  app.use('/frames', (request, response, next) => {
    const entry: Asked = { query: request.query };
    asked.push(entry);
    response.once('finish', () => {
      entry.status = response.statusCode;
    });
    next();
  });
  app.get('/frames/plain/:name', comet(channelOf));
  app.get('/frames/silent/:name', comet(channelOf, { heartbeat: 60_000 }));
  app.get('/frames/beating/:name', comet(channelOf, { heartbeat: 300 }));
  app.get('/frames/short/:name', comet(channelOf, { maxBytes: 5000 }));
  app.get('/frames/origins/:name', comet(channelOf, { origins: [friend, 'https://www.example.com'] }));
  // A route that lets requests choose any function. Its map passes what was published to it.
  const published = comet(channelOf, {
    callback: /\w+/,
    map: ({ event, data }) => (event === undefined ? data : undefined),
  });
  app.get('/frames/mapped/:name', published);
  // Browsers send no such header over plain HTTP, except to the machine itself.
  app.get('/frames/unmarked/:name', (request, response, next) => {
    delete request.headers['sec-fetch-dest'];
    published(request, response, next);
  });
  const twoSlashes = comet(() => hub.channel('two-slashes'), { maxBytes: 3000 });
  app.use((request, response, next) => {
    if (!request.url.startsWith('//')) return next();
    asked.push({ query: request.query });
    twoSlashes(request, response, next);
  });
  app.get('/frames/odd', (request, response, next) => {
    const source = async function* (_request: unknown, { signal }: { signal: AbortSignal }) {
      yield { id: oddId, data: '' };
      if (!signal.aborted) await once(signal, 'abort');
    };
    comet(source, { hub: closingHub })(request, response, next);
  });

  app.use('/strict', helmet({ contentSecurityPolicy: { directives: { reportUri: '/violations' } } }));
  app.get('/strict/', (_request, response) => void response.send(pageWith()));
  app.get('/strict/violating', (_request, response) => {
    response.send(pageWith('<script>window.hacked = true</script>'));
  });
  app.get('/strict/frames/:name', comet(channelOf, { heartbeat: 300, maxBytes: 3000 }));
  app.post('/violations', express.json({ type: () => true }), (request, response) => {
    violations.push(request.body);
    response.end();
  });
});

afterAll(async () => {
  await hub.close();
  for (const each of [server, elsewhere]) {
    await new Promise((resolve) => each.close(resolve).closeAllConnections());
  }
});

interface Published {
  readonly data: unknown;
  readonly event: string | undefined;
}

/** Text that could end a script, begin a comment, end a line, or get lost on the way. */
const evil = [
  '</script><script>parent.hacked=1</script>',
  '</SCRIPT ><img src=x onerror="parent.hacked=1">',
  '<!--',
  '<!--<script>',
  '-->',
  ']]>',
  '"',
  "'",
  '`',
  '\\',
  '\\u003c/script>',
  '");parent.hacked=1;("',
  '*/parent.hacked=1/*',
  '\u2028',
  '\u2029',
  '\uD800',
  '\uDFFF',
  '\0',
  '\uFEFF',
  '\r\n',
  '🙂',
  '&lt;',
  '&quot;',
];
const evilText = fc.string({ unit: fc.oneof(fc.constantFrom(...evil), fc.string({ unit: 'binary', maxLength: 3 })) });
const published: fc.Arbitrary<Published> = fc.record({
  data: fc.oneof(
    evilText,
    fc.jsonValue({ stringUnit: 'binary' }),
    fc.dictionary(evilText, fc.oneof(evilText, fc.jsonValue())),
    fc.uint8Array(),
  ),
  event: fc.constantFrom(undefined, 'tick', '</script><script>parent.hacked=1</script>', '__proto__', '\u2028é🙂'),
});
const huge = '</script><!--<script>\u2028🙂"\\\0'.repeat(45_000).slice(0, 1024 * 1024);

/** Fixed cases, since a random one may not occur. */
const examples: [Published[]][] = [
  [evil.map((data) => ({ data, event: undefined }))],
  [[{ data: huge, event: undefined }]],
  [[{ data: JSON.parse('{"__proto__":{"a":[1,{"__proto__":null}]},"constructor":1,"":2}'), event: undefined }]],
  [[{ data: Uint8Array.from({ length: 256 }, (_, byte) => byte), event: 'bytes' }]],
];

describe.each(browsers)('the forever iframe in %s', (name, describeInBrowser, launch) => {
  describeInBrowser('works', () => {
    let browser: AnyBrowser;
    let page: AnyPage;
    let counter = 0;

    const newName = () => `${name}-${++counter}`;

    // One page for all tests, since a new one begins a process of the browser.
    beforeAll(async () => {
      browser = await launch();
      page = await browser.newPage();
    });
    afterAll(() => browser?.close());

    beforeEach(() => {
      asked.length = 0;
    });
    afterEach(async () => {
      await page.goto('about:blank');
      await until('no connection is open', () => hub.stats().connections === 0);
    });

    async function open(url: string): Promise<void> {
      await page.goto(url);
      await page.evaluate('window.seen = []; window.pushwire = (frame) => { seen.push(frame); }; undefined');
    }

    async function addFrame(url: string): Promise<void> {
      await page.evaluate(`{
        window.frame = document.createElement('iframe');
        frame.src = ${JSON.stringify(url)};
        document.body.append(frame);
      }`);
    }

    /** The frames received so far, as JSON, since drivers do not carry lone surrogates. */
    async function seen(): Promise<Frame[]> {
      return JSON.parse(String(await page.evaluate('JSON.stringify(seen)')));
    }

    const messages = async () => (await seen()).filter(({ event }) => !event?.startsWith('pushwire:'));

    const seenOf = (event: string) => async () => (await seen()).filter((frame) => frame.event === event);

    test('the page gets exactly the published messages, and no other script runs', async () => {
      await open(origin);
      const readBack = async (batch: Published[]) => {
        const channel = hub.channel(newName());
        const expected: Frame[] = [];
        for (const { data, event } of [...batch, { data: '', event: 'last' }]) {
          const id = await channel.publish(data, event === undefined ? {} : { event });
          const bytes = data instanceof Uint8Array;
          expected.push({
            id,
            ...(event !== undefined && { event }),
            data: bytes ? Buffer.from(data).toString('base64') : data,
            ...(bytes && { encoding: 'base64' }),
          });
        }
        await page.evaluate(`window.frame?.remove(); seen = []; undefined`);
        await addFrame(`/frames/plain/${channel.name}?cursor=0`);
        await until('the last message has come', () => page.evaluate(`seen.some(({ event }) => event === 'last')`));
        // As JSON text, which tells an own `__proto__` from a prototype.
        expect((await messages()).map((frame) => JSON.stringify(frame))).toEqual(
          expected.map((frame) => JSON.stringify(frame)),
        );
        expect(await page.evaluate('window.hacked')).toBeUndefined();
      };
      await fc.assert(fc.asyncProperty(fc.array(published, { maxLength: 8 }), readBack), { numRuns: 24, examples });
    });

    test('the first call runs even when nothing follows it', async () => {
      await open(origin);
      await addFrame(`/frames/silent/${newName()}`);
      await until('the first call has run', () => page.evaluate('seen.length === 1'));
    });

    test('heartbeats are calls', async () => {
      await open(origin);
      await addFrame(`/frames/beating/${newName()}`);
      await until('the first call has run', () => page.evaluate('seen.length > 0'));
      const [first] = await seen();
      expect(first).toEqual({
        id: expect.any(String),
        event: 'pushwire:open',
        data: { cursor: first?.id, heartbeat: 300, retry: expect.any(Number) },
      });
      await until('two heartbeats have come', () => page.evaluate('seen.length > 2'));
      expect((await seen()).slice(1, 3)).toEqual(Array(2).fill({ event: 'pushwire:heartbeat', data: {} }));
      expect(hub.stats().connections).toBe(1);
      expect(asked).toHaveLength(1);
    });

    test('works under the Content-Security-Policy of helmet without a violation', async () => {
      violations.length = 0;
      await page.goto(`${origin}/strict/violating`);
      await until('the violation was reported', () => violations.length === 1);
      expect(await page.evaluate('window.hacked')).toBeUndefined();

      await open(`${origin}/strict/`);
      const channel = hub.channel(newName());
      await addFrame(`/strict/frames/${channel.name}`);
      await until('the frame is open', async () => (await seenOf('pushwire:open')()).length === 1);
      for (let i = 0; i < 60; i++) await channel.publish(i);
      await until('all messages have come', async () => (await messages()).length >= 60);
      expect((await messages()).map(({ data }) => data)).toEqual(Array.from({ length: 60 }, (_, i) => i));
      await until('the frame has reconnected', async () => (await seenOf('pushwire:open')()).length > 1);
      await until('a heartbeat has come', async () => (await seenOf('pushwire:heartbeat')()).length > 0);
      expect(violations).toHaveLength(1);
    });

    test('a large document ends and reloads itself, and nothing is lost, repeated or accumulated', async () => {
      await open(origin);
      const channel = hub.channel(newName());
      await page.evaluate(`{
        window.peak = 0;
        window.pushwire = (received) => {
          seen.push(received);
          peak = Math.max(peak, frame.contentDocument.getElementsByTagName('*').length);
        };
        window.entries = history.length;
      }`);
      await addFrame(`/frames/short/${channel.name}?app=1&cursor=`);
      await until('the frame is open', () => page.evaluate('seen.length === 1'));
      const numbers = Array.from({ length: 200 }, (_, i) => i);
      for (const number of numbers) {
        await channel.publish({ number });
        if (number % 20 === 0) await sleep(50);
      }
      await until('all messages have come', async () => (await messages()).length >= numbers.length);
      expect((await messages()).map(({ data }) => data)).toEqual(numbers.map((number) => ({ number })));
      // The last document may still be reloading.
      await until('all documents have opened', async () => (await seenOf('pushwire:open')()).length === asked.length);
      const opened = await seenOf('pushwire:open')();
      expect(opened.length).toBeGreaterThan(3);
      expect(asked.map(({ query }) => query)).toEqual([
        { app: '1', cursor: '' },
        ...opened.slice(1).map(({ id }) => ({ app: '1', cursor: id })),
      ]);
      // The elements html, head, body, meta, title and the first script.
      expect(await page.evaluate('peak')).toBeLessThan(10);
      expect(await page.evaluate('history.length - entries')).toBeLessThanOrEqual(0);
    });

    test('reconnects after its hub closes, with any id that a generator may yield', async () => {
      closingHub = createHub({ retry: 500 });
      await open(origin);
      await addFrame('/frames/odd');
      await until('the message has come', async () => (await messages()).length === 1);
      await closingHub.close();
      await until('the frame has reconnected', () => asked.length > 1);
      expect(asked.slice(0, 2).map(({ query }) => query)).toEqual([{}, { cursor: oddId }]);
      await page.evaluate('frame.remove()');
    });

    describe('with a callback that a stranger chooses', () => {
      const script = 'var w = window; do w.hacked = 1; while (w !== w.parent && (w = w.parent))';
      const isHacked = () => page.evaluate('window.hacked');

      test.each(['eval', 'setTimeout', 'pushwire'])('runs nothing as a page of its own: %s', async (callback) => {
        const channel = hub.channel(newName());
        await channel.publish(script);
        const { opened } = hub.stats();
        for (const route of ['mapped', 'unmarked']) {
          await page.goto(origin);
          const path = `/frames/${route}/${channel.name}`;
          // The load event of a document that stops itself may never come.
          const url = `${origin}${path}?callback=${callback}&cursor=0`;
          await page.evaluate(`setTimeout(() => { location.href = ${JSON.stringify(url)}; }); undefined`);
          await until('the document is there', () =>
            page.evaluate('location.pathname').then(
              (now) => now === path,
              () => false,
            ),
          );
          await until('the connection is closed', () => hub.stats().connections === 0);
          expect(await isHacked()).toBeUndefined();
        }
        expect(asked).toHaveLength(2);
        // Without the header, only the document itself can tell that it is no iframe.
        expect(hub.stats().opened - opened).toBe(1);
      });

      test.each(['eval', 'setTimeout'])('runs nothing of the page around it: %s', async (callback) => {
        const channel = hub.channel(newName());
        await channel.publish(script);
        await open(origin);
        await addFrame(`/frames/mapped/${channel.name}?callback=${callback}&cursor=0`);
        await until('the document has come', () => asked.length === 1);
        await until('the document has stopped', () => hub.stats().connections === 0);
        expect(await isHacked()).toBeUndefined();
        await page.evaluate('window.mine = (text) => { window.told = text; }; undefined');
        await addFrame(`/frames/mapped/${channel.name}?callback=mine&cursor=0`);
        await until('a function of the page was called', () => page.evaluate('window.told'));
        expect(await page.evaluate('told')).toBe(script);
      });
    });

    test('a path that begins with two slashes leads to no other site', async () => {
      await open(origin);
      await addFrame(`${origin}//127.0.0.1:1/evil`);
      await until('the frame is open', async () => (await seenOf('pushwire:open')()).length === 1);
      for (let n = 0; n < 4; n++) await hub.channel('two-slashes').publish('x'.repeat(1000));
      await until('the frame has come back', async () => (await seenOf('pushwire:open')()).length === 2);
      expect(asked).toHaveLength(2);
    });

    describe('for pages on other sites', () => {
      const listen = `window.seen = []; addEventListener('message', ({ data, origin }) => {
        if (origin === ${JSON.stringify('ORIGIN')}) seen.push(data);
      }); undefined`;

      async function openAt(site: string): Promise<void> {
        await page.goto(site);
        await page.evaluate(listen.replace('ORIGIN', origin));
      }

      test('posts to the allowed origin', async () => {
        await openAt(friend);
        const channel = hub.channel(newName());
        await addFrame(`${origin}/frames/origins/${channel.name}?origin=${encodeURIComponent(friend)}`);
        await until('the frame is open', () => page.evaluate('seen.length === 1'));
        const data = { text: '</script>\uD800' };
        const id = await channel.publish(data, { event: 'tick' });
        await until('the message has come', () => page.evaluate('seen.length === 2'));
        expect((await seen())[1]).toEqual({ id, event: 'tick', data });
      });

      test('refuses other origins, which get nothing', async () => {
        await openAt(stranger);
        const channel = hub.channel(newName());
        for (const query of [`?origin=${encodeURIComponent(stranger)}`, '?origin=*', '']) {
          asked.length = 0;
          await addFrame(`${origin}/frames/origins/${channel.name}${query}`);
          await until('the request was answered', () => asked[0]?.status !== undefined);
          expect(asked[0]?.status).toBe(400);
        }
        // A claim to be another origin does not help either.
        await addFrame(`${origin}/frames/origins/${channel.name}?origin=${encodeURIComponent(friend)}`);
        await until('the frame is open', () => hub.stats().connections === 1);
        await channel.publish('a secret');
        await sleep(500);
        expect(await seen()).toEqual([]);
      });
    });

    test('a callback that throws stops neither the next calls nor the reconnection', async () => {
      await open(origin);
      await page.evaluate(
        'window.pushwire = (frame) => { seen.push(frame); throw new Error("on purpose"); }; undefined',
      );
      const channel = hub.channel(newName());
      await addFrame(`/frames/short/${channel.name}`);
      await until('the frame is open', () => page.evaluate('seen.length === 1'));
      const texts = Array.from({ length: 10 }, (_, i) => `${i} ${'.'.repeat(600)}`);
      for (const text of texts) await channel.publish(text);
      await until('all messages have come', async () => (await messages()).length >= texts.length);
      expect((await messages()).map(({ data }) => data)).toEqual(texts);
      await until('the frame has reconnected', async () => (await seenOf('pushwire:open')()).length > 1);
    });

    test.each([
      ['stops the frame', 'frame.contentWindow.stop()'],
      ['removes the frame', 'frame.remove()'],
    ])('a page that %s closes the connection', async (_how, script) => {
      await open(origin);
      await addFrame(`/frames/beating/${newName()}`);
      await until('the frame is open', () => page.evaluate('seen.length > 0'));
      expect(hub.stats().connections).toBe(1);
      await page.evaluate(`${script}; undefined`);
      await until('the connection is closed', () => hub.stats().connections === 0);
      await sleep(1000);
      expect(hub.stats().connections).toBe(0);
      expect(asked).toHaveLength(1);
    });
  });
});

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
