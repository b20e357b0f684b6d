import type { Browser } from 'playwright-core';
import { describeInChromium, launchChromium } from '../kit/chromium';
import { openReactPage, type ReactPage } from '../kit/react-page';
import { type StateApp, startStateApp } from '../kit/state-apps';
import { until } from '../kit/until';

// The hook in React's own tree, which runs effects again when an activity is shown again, in strict
// mode and on fast refresh.

describeInChromium('useChannelState in Chromium', () => {
  let browser: Browser;
  let app: StateApp;

  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    app = await startStateApp('Express');
    await app.prices.set('a', { bid: 1 });
    await app.prices.set('b', 2);
  });
  afterEach(() => app.close());

  interface Shown {
    readonly values: Record<string, unknown>;
    readonly ready: boolean;
    readonly status: string;
    readonly error: string | undefined;
    readonly renders: number;
    /** True if the value of `a` is the object that it was when it was rendered first. */
    readonly isSame: boolean;
  }
  const component = {
    uses: ['connectShared', 'useChannelState'],
    body: `
      const { url = '/prices', only, shared, options } = props;
      const select = only && ((values) => values.get(only));
      const settings = { retry: 200, maxRetry: 500, set: '/prices', ...options, ...(only && { select }) };
      if (shared) settings.connect = connectShared;
      const { state, ready, status, error, set, delete: remove } = useChannelState(url ?? undefined, settings);
      Object.assign(globalThis, { set, remove });
      const values = only ? { [only]: state } : Object.fromEntries(state);
      globalThis.first ??= values.a;
      (globalThis.sizes ??= []).push(Object.keys(values).length);
      globalThis.renders = (globalThis.renders ?? 0) + 1;
      show({ values, ready, status, error: error?.code, renders, isSame: values.a === first });
    `,
  };
  const open = (props: object = {}) => openReactPage(browser, app.origin, component, props);
  const shown = (page: ReactPage) => page.shown<Shown>();
  const untilShown = async (page: ReactPage, values: object) => {
    const has = async () => {
      const now = await shown(page);
      return now.ready && JSON.stringify(now.values) === JSON.stringify(values);
    };
    await until(`it shows ${JSON.stringify(values)}`, has).catch(async (error) => {
      throw new Error(`${error.message}, but it shows ${JSON.stringify(await shown(page))}`);
    });
    return shown(page);
  };
  const untilGone = () => until('it has disconnected', () => app.hub.stats().connections === 0);

  it.each([
    ['', {}],
    [', in strict mode', { strict: true }],
  ])('shows the values, and follows them%s', async (_, props) => {
    const page = await open(props);
    await untilShown(page, { a: { bid: 1 }, b: 2 });
    expect(app.hub.stats().connections).toBe(1);
    await app.prices.set('b', 3);
    await untilShown(page, { a: { bid: 1 }, b: 3 });
    await app.prices.delete('b');
    expect((await untilShown(page, { a: { bid: 1 } })).isSame).toBe(true);
    await page.unmount();
    await untilGone();
    await page.close();
  });

  it('is not rendered anew without a change of what it has chosen', async () => {
    const page = await open({ only: 'a' });
    await untilShown(page, { a: { bid: 1 } });
    const { renders } = await shown(page);
    await app.prices.set('a', { bid: 1 });
    await page.evaluate("other = pushwire.connectState('/prices'); undefined");
    for (const price of [4, 5, 6]) await app.prices.set('b', price);
    await until('the page has got them', () => page.evaluate("other.get('b') === 6"));
    await app.prices.set('a', { bid: 2 });
    const now = await untilShown(page, { a: { bid: 2 } });
    expect([now.renders - renders, now.isSame]).toEqual([1, false]);
    await page.evaluate('other.close()');
    await page.unmount();
    await page.close();
  });

  it.each([
    ['by a WebSocket', { options: { transports: ['websocket'] } }],
    ['that tabs share', { shared: true }],
  ])('is rendered a few times for a thousand keys that come together, %s', async (_, props) => {
    const page = await open(props);
    await untilShown(page, { a: { bid: 1 }, b: 2 });
    const { renders } = await shown(page);
    const prices = Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`price ${n}`, n]));
    await Promise.all(Object.entries(prices).map(([key, price]) => app.prices.set(key, price)));
    const now = await untilShown(page, { a: { bid: 1 }, b: 2, ...prices });
    expect(now.renders - renders).toBeLessThan(100);
    await page.unmount();
    await page.close();
  });

  it('keeps what it shows while an activity is hidden, and gets what has changed meanwhile', async () => {
    const page = await open();
    await untilShown(page, { a: { bid: 1 }, b: 2 });
    await page.render({ visible: false });
    await untilGone();
    await app.prices.set('c', 3);
    await page.evaluate('globalThis.sizes = []');
    await page.render({});
    expect((await untilShown(page, { a: { bid: 1 }, b: 2, c: 3 })).isSame).toBe(true);
    expect(await page.evaluate('Math.min(...sizes)')).toBe(2);
    expect(await page.statuses()).not.toContain('ended');
    // The place was told, so that nothing but the change came.
    expect(app.cursors.at(-1)).toMatch(/\.2$/);
    await page.unmount();
    await page.close();
  });

  it('shows no value that was set, and not taken, when it comes back', async () => {
    const page = await open({ options: { set: '/nowhere' } });
    await untilShown(page, { a: { bid: 1 }, b: 2 });
    // The answer comes to a connection that is closed.
    await page.evaluate(`globalThis.outcome = set('b', 9).catch(({ code }) => code); render({ visible: false })`);
    await untilGone();
    expect(await page.evaluate('outcome')).toBe('refused');
    await page.render({});
    await untilShown(page, { a: { bid: 1 }, b: 2 });
    await page.unmount();
    await page.close();
  });

  it('shows at once what it sets and deletes', async () => {
    const page = await open();
    await untilShown(page, { a: { bid: 1 }, b: 2 });
    await page.evaluate('set("b", 7)');
    await untilShown(page, { a: { bid: 1 }, b: 7 });
    expect((await app.prices.get('b'))?.value).toBe(7);
    await page.evaluate('remove("b")');
    await untilShown(page, { a: { bid: 1 } });
    expect(await app.prices.get('b')).toBeUndefined();
    await page.unmount();
    expect(await page.evaluate('set("b", 8).catch(({ code }) => code)')).toBe('not-open');
    await page.close();
  });

  it('begins anew at another URL, and without one', async () => {
    const page = await open();
    await untilShown(page, { a: { bid: 1 }, b: 2 });
    await page.render({ url: null });
    await untilGone();
    expect(await shown(page)).toMatchObject({ values: {}, ready: false, status: 'waiting' });
    await page.render({ url: '/prices?again' });
    await untilShown(page, { a: { bid: 1 }, b: 2 });
    await page.unmount();
    await page.close();
  });

  it('keeps what it shows over a restart of the server, until all is there', async () => {
    const page = await open();
    await untilShown(page, { a: { bid: 1 }, b: 2 });
    const { port } = app;
    await app.close();
    app = await startStateApp('Express', port);
    await app.prices.set('a', { bid: 1 });
    expect((await untilShown(page, { a: { bid: 1 } })).isSame).toBe(true);
    await page.unmount();
    await page.close();
  });
});
