import { push } from '@pushwire/express';
import type { Browser } from 'playwright-core';
import { describeInChromium, launchChromium } from '../kit/chromium';
import { ClientServer } from '../kit/client-server';
import { openReactPage, type ReactPage } from '../kit/react-page';
import { until } from '../kit/until';

// The hook in React's own tree. React runs an effect again, and keeps the state, when an activity is
// shown again, in strict mode and on fast refresh: all three run the same code.

describeInChromium('useChannel in Chromium', () => {
  let browser: Browser;
  let server: ClientServer;
  let hub: ClientServer['hub'];

  const generated = push(async function* (_request, { signal }) {
    yield { data: 'a' };
    yield { data: 'b' };
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  });

  beforeAll(async () => {
    browser = await launchChromium();
    server = await ClientServer.start((app) => app.all('/more/generated', generated), { log: { count: 3 } });
    ({ hub } = server);
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
  });

  const component = {
    uses: ['useChannel', 'connectShared'],
    body: `
      const add = (list, { event, data }) => [...list, event === 'pushwire:gap' ? 'gap: ' + data.reason : data];
      const { url, options, share } = props;
      const { state, status, error } =
        useChannel(url, add, [], share ? { ...options, connect: connectShared } : options);
      show({ state, status, error: error?.code });
    `,
  };
  const open = (props: object) => openReactPage(browser, server.origin, component, props);
  const shown = (page: ReactPage) => page.shown<{ state: string[]; status: string; error: string | undefined }>();
  const untilShown = async (page: ReactPage, state: readonly unknown[], status = 'open') => {
    const isThere = async () => {
      const now = await shown(page);
      return now.status === status && now.state.length >= state.length;
    };
    await until(`it shows ${state} and is ${status}`, isThere);
    expect((await shown(page)).state).toEqual(state);
  };
  const close = async (page: ReactPage) => {
    await page.unmount();
    await until('it has disconnected', () => hub.stats().connections === 0);
    await page.close();
  };

  test.each([
    ['from the next message', {}],
    ['from the oldest message', { options: { cursor: '0' } }],
    ['in strict mode', { options: { cursor: '0' }, strict: true }],
    ['by a shared connection', { options: { cursor: '0' }, share: true }],
  ])('loses and repeats nothing while an activity is hidden, %s', async (name, more) => {
    const channel = hub.channel(name);
    const props = { url: `/channels/${channel.name}`, ...more };
    const page = await open(props);
    await untilShown(page, []);
    expect(hub.stats().connections).toBe(1);
    await channel.publish(1);
    await untilShown(page, [1]);
    for (const n of [2, 4]) {
      await page.render({ ...props, visible: false });
      await until('it has disconnected', () => hub.stats().connections === 0);
      expect((await shown(page)).state.length).toBe(n - 1);
      await channel.publish(n);
      await page.render(props);
      await untilShown(
        page,
        Array.from({ length: n }, (_, i) => i + 1),
      );
      await channel.publish(n + 1);
      await untilShown(
        page,
        Array.from({ length: n + 1 }, (_, i) => i + 1),
      );
    }
    // The end of a connection by its cleanup is no status of the channel.
    expect(await page.statuses()).not.toContain('ended');
    await close(page);
  });

  test('tells the reducer of a gap when the log has moved on meanwhile', async () => {
    const channel = hub.channel('evicting');
    const props = { url: '/channels/evicting' };
    const page = await open(props);
    await untilShown(page, []);
    await page.render({ ...props, visible: false });
    await until('it has disconnected', () => hub.stats().connections === 0);
    for (let n = 1; n <= 5; n++) await channel.publish(n);
    await page.render(props);
    await untilShown(page, ['gap: evicted', 3, 4, 5]);
    await close(page);
  });

  test('leaves a channel that has ended alone, and stays ended', async () => {
    const channel = hub.channel('ending');
    const props = { url: '/channels/ending' };
    const page = await open(props);
    await untilShown(page, []);
    await channel.publish('last');
    await channel.end();
    await untilShown(page, ['last'], 'ended');
    await page.render({ ...props, visible: false });
    const before = server.requests.length;
    await page.render(props);
    await page.render({ ...props, url: '/channels/after' });
    await untilShown(page, ['last']);
    expect(server.requests.slice(before).map(({ path }) => path)).toEqual(['/channels/after']);
    await close(page);
  });

  test('begins a source without cursors anew, after a gap', async () => {
    const props = { url: '/more/generated' };
    const page = await open(props);
    await untilShown(page, ['a', 'b']);
    await page.render({ ...props, visible: false });
    await page.render(props);
    await untilShown(page, ['a', 'b', 'gap: unseen', 'a', 'b']);
    await page.unmount();
    await page.close();
  });

  test('fails where a source without cursors would run a second time for one POST', async () => {
    const props = { url: '/more/generated', options: { method: 'POST' } };
    const page = await open(props);
    await untilShown(page, ['a', 'b']);
    await page.render({ ...props, visible: false });
    const before = server.requests.length;
    await page.render(props);
    await untilShown(page, ['a', 'b'], 'failed');
    expect((await shown(page)).error).toBe('interrupted');
    expect(server.requests.length).toBe(before);
    await page.unmount();
    await page.close();
  });

  test('goes on with the state at a new URL, from the cursor of the options', async () => {
    const [one, two] = [hub.channel('one'), hub.channel('two')];
    for (const n of [1, 2]) await two.publish(`two ${n}`);
    const page = await open({ url: '/channels/one', options: { cursor: '0' } });
    await untilShown(page, []);
    await one.publish('one 1');
    await untilShown(page, ['one 1']);
    await page.render({ url: '/channels/two', options: { cursor: '0' } });
    await untilShown(page, ['one 1', 'two 1', 'two 2']);
    expect(hub.stats().connections).toBe(1);
    await close(page);
  });
});
