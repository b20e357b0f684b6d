import { type BrowserPage, type PageBrowser, pageBrowsers } from '../kit/page-browsers';
import { type StateApp, startStateApp, stateFrameworks } from '../kit/state-apps';
import { until } from '../kit/until';

// A page's copy of a state: by each transport, over each framework, and over a restart of the server,
// whose states are in its memory.

/** What a page knows of its copy. */
interface Copy {
  readonly ready: boolean;
  readonly values: Record<string, unknown>;
  /** What a listener has made of the changes alone. */
  readonly mirror: Record<string, unknown>;
  readonly transport: string;
  readonly status: string;
  readonly errors: string[];
  /** The number of keys after each change. */
  readonly sizes: number[];
}

const follow = (transport: string) => `
  globalThis.errors = [];
  globalThis.mirror = {};
  globalThis.sizes = [];
  globalThis.state = pushwire.connectState('/prices', {
    transports: [pushwire['${transport}'] ?? '${transport}'], retry: 200, maxRetry: 500, set: '/prices',
  });
  state.onChange((keys) => {
    for (const key of keys) {
      const value = state.get(key);
      if (value === undefined) delete mirror[key];
      else mirror[key] = value;
    }
    sizes.push(state.snapshot().size);
  });
  state.onError(({ code, status }) => errors.push(code + ' ' + status));
  undefined;
`;

/** As text: WebDriver BiDi leaves out an object that comes twice. */
const copyOf = `JSON.stringify({
  ready: state.ready, values: Object.fromEntries(state), mirror, transport: state.transport,
  status: state.status, errors, sizes,
})`;

describe.each(pageBrowsers)('a state in %s', (_name, describeIn, launch) => {
  describeIn('follows that of the server,', () => {
    let browser: PageBrowser;
    beforeAll(async () => {
      browser = await launch();
    });
    afterAll(() => browser.close());

    describe.each(stateFrameworks)('which is on %s,', (framework) => {
      let app: StateApp;
      let page: BrowserPage;
      beforeEach(async () => {
        app = await startStateApp(framework);
        page = await browser.newPage();
        await page.goto(app.origin);
      });
      afterEach(async () => {
        await page.evaluate('state.close()');
        await page.close();
        await app.close();
      });

      const copy = async () => JSON.parse((await page.evaluate(copyOf)) as string) as Copy;
      const untilIts = async (values: Record<string, unknown>) => {
        const wanted = JSON.stringify(Object.entries(values).sort());
        const has = async () => {
          const { ready, values: now, mirror } = await copy();
          const all = [now, mirror].map((each) => JSON.stringify(Object.entries(each).sort()));
          return ready && all.every((each) => each === wanted);
        };
        await until(`it has ${wanted}`, has).catch(async (error) => {
          throw new Error(`${error.message}, but it has ${JSON.stringify(await copy())}`);
        });
      };

      test.each(['sse', 'websocket', 'long-poll', 'poll', 'comet'])('by %s', async (transport) => {
        for (const [key, price] of Object.entries({ a: 1, b: { bid: 2 }, gone: 3 })) await app.prices.set(key, price);
        await page.evaluate(follow(transport));
        await untilIts({ a: 1, b: { bid: 2 }, gone: 3 });
        await app.prices.patch('b', { ask: 4 });
        await app.prices.delete('gone');
        await app.prices.set('c', null);
        await untilIts({ a: 1, b: { bid: 2, ask: 4 }, c: null });

        // All begins anew, as an epoch of its own.
        await app.prices.clear();
        await app.prices.set('d', 5);
        await untilIts({ d: 5 });
        await app.prices.clear();
        await untilIts({});
        for (const key of ['a', 'b', 'c']) await app.prices.set(key, key);
        await untilIts({ a: 'a', b: 'b', c: 'c' });

        // The next process knows nothing of the one before.
        const { port } = app;
        const before = (await copy()).sizes.length;
        await app.close();
        app = await startStateApp(framework, port);
        await app.prices.set('b', 'b');
        await app.prices.set('new', 'n');
        await untilIts({ b: 'b', new: 'n' });
        const { transport: used, sizes } = await copy();
        expect(used).toBe(transport);
        expect(new Set(app.transports)).toEqual(new Set([transport]));
        // The old values stayed until the new ones were complete. A poll may come between two writes.
        expect(sizes.slice(before).every((size) => size > 0)).toBe(true);
      });

      test.each(['sse', 'websocket', 'long-poll'])(
        'is told of a thousand keys in few changes, by %s',
        async (transport) => {
          await app.prices.set('first', 0);
          await page.evaluate(follow(transport));
          await untilIts({ first: 0 });
          const before = (await copy()).sizes.length;
          const prices = Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`price ${n}`, n]));
          await Promise.all(Object.entries(prices).map(([key, price]) => app.prices.set(key, price)));
          await untilIts({ first: 0, ...prices });
          const changes = (await copy()).sizes.length - before;
          expect(changes).toBeLessThan(100);
        },
      );

      test('shows what it sets at once, and takes it back if that is refused', async () => {
        await app.prices.set('a', 1);
        await page.evaluate(follow('sse'));
        await untilIts({ a: 1 });
        expect(await page.evaluate('state.set("a", 2).then(() => "set"); state.get("a")')).toBe(2);
        await until('the server has it', async () => (await app.prices.get('a'))?.value === 2);
        await untilIts({ a: 2 });
        expect(await page.evaluate('state.delete("a").then(() => "gone"); state.get("a")')).toBeUndefined();
        await until('the server has deleted it', async () => (await app.prices.get('a')) === undefined);
        await untilIts({});
        await app.prices.set('a', 2);
        await untilIts({ a: 2 });
        const outcome = "state.set('a', -1).then(() => 'set', ({ code, status }) => code + ' ' + status)";
        expect(await page.evaluate(outcome)).toBe('refused 409');
        await untilIts({ a: 2 });
      });
    });
  });
});
