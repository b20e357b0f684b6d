import { once } from 'node:events';
import { push, RunError } from '@pushwire/express';
import type { Request } from 'express';
import type { Browser } from 'playwright-core';
import { describeInChromium, launchChromium } from '../kit/chromium';
import { ClientServer } from '../kit/client-server';
import { openReactPage, type ReactPage } from '../kit/react-page';
import { until } from '../kit/until';

interface Shown {
  readonly text: string;
  readonly status: string;
  readonly code?: string;
  readonly reason?: string;
  readonly error?: string;
}

describeInChromium('useRun in Chromium', () => {
  let browser: Browser;
  let server: ClientServer;
  let hub: ClientServer['hub'];

  beforeAll(async () => {
    browser = await launchChromium();
    server = await ClientServer.start((app) => {
      app.all('/more/secret', (_request, response) => void response.sendStatus(403));
      app.get(
        '/more/:id',
        push((request: Request<{ id: string }>) => hub.run(request.params.id), { join: (a, b) => `${a}${b}` }),
      );
      app.delete('/more/:id', async (request, response) => {
        await hub.run(request.params.id).stop('by its reader');
        response.sendStatus(204);
      });
    });
    ({ hub } = server);
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
  });

  const component = {
    uses: ['useRun', 'connectShared'],
    body: `
      const { url, share } = props;
      const { text, status, code, reason, error, stop } = useRun(url, share ? { connect: connectShared } : {});
      globalThis.stop = stop;
      show({ text, status, code, reason, error: error?.code }, url + ' ' + status);
    `,
  };
  const open = (props: object) => openReactPage(browser, server.origin, component, props);
  const untilShown = ({ shown }: ReactPage, expected: Partial<Shown>) =>
    until(`it shows ${JSON.stringify(expected)}`, async () => {
      const now = await shown<Shown>();
      return Object.entries(expected).every(([name, value]) => now[name as keyof Shown] === value);
    });

  /** Starts a run that a test continues: `go()` lets it yield the rest. */
  const begin = async (id: string, end: () => void = () => {}) => {
    let go = () => {};
    const gate = new Promise<void>((resolve) => (go = resolve));
    await hub.run(id).start(async function* ({ signal }) {
      yield { data: 'one ' };
      yield { data: 'two ' };
      yield { data: 'no text', event: 'note' };
      await Promise.race([gate, once(signal, 'abort')]);
      if (signal.aborted) return;
      end();
      yield { data: 'three' };
    });
    return { go };
  };

  test.each([
    ['by itself', {}],
    ['in strict mode', { strict: true }],
    ['by a shared connection', { share: true }],
  ])('shows the text from its start, and how it ends, %s', async (name, more) => {
    const id = `whole ${name}`;
    const { go } = await begin(id);
    const props = { url: `/more/${encodeURIComponent(id)}`, ...more };
    const page = await open(props);
    await untilShown(page, { text: 'one two ', status: 'running' });
    // A component that is hidden meanwhile goes on where it was.
    await page.render({ ...props, visible: false });
    await until('it has disconnected', () => hub.stats().connections === 0);
    go();
    await page.render(props);
    await untilShown(page, { text: 'one two three', status: 'completed' });
    await page.render({ ...props, visible: false });
    await page.render(props);
    expect(await page.shown()).toMatchObject({ text: 'one two three', status: 'completed' });
    await page.close();
  });

  test('stops the run, and shows the reason', async () => {
    await begin('stopped');
    const page = await open({ url: '/more/stopped' });
    await untilShown(page, { text: 'one two ' });
    await page.evaluate('stop()');
    await untilShown(page, { status: 'stopped', reason: 'by its reader', text: 'one two ' });
    await page.close();
  });

  test('shows the code of a failure, and what came before it', async () => {
    const { go } = await begin('failed', () => {
      throw new RunError('no-model');
    });
    const page = await open({ url: '/more/failed' });
    await untilShown(page, { text: 'one two ' });
    go();
    await untilShown(page, { status: 'failed', code: 'no-model', text: 'one two ' });
    await page.close();
  });

  test('begins a new text at a new URL, and knows where there is none', async () => {
    const runs = [await begin('first'), await begin('second')];
    const page = await open({ url: '/more/first' });
    await untilShown(page, { text: 'one two ', status: 'running' });
    runs[0]?.go();
    await untilShown(page, { text: 'one two three', status: 'completed' });
    await page.render({ url: '/more/second' });
    await untilShown(page, { text: 'one two ', status: 'running' });
    const statuses = await page.statuses();
    expect(statuses.filter((entry) => entry.startsWith('/more/second'))).toEqual([
      '/more/second connecting',
      '/more/second running',
    ]);
    await page.render({ url: '/more/nowhere' });
    await untilShown(page, { text: '', status: 'none' });
    await page.render({});
    await untilShown(page, { text: '', status: 'none' });
    await page.render({ url: '/more/secret' });
    await untilShown(page, { text: '', status: 'unreachable', error: 'refused' });
    // A hub waits at its end for runs that go on.
    runs[1]?.go();
    await page.close();
  });

  test('reads a run that was started anew while it was hidden from its start', async () => {
    const { go } = await begin('slot');
    const page = await open({ url: '/more/slot' });
    await untilShown(page, { text: 'one two ', status: 'running' });
    await page.render({ url: '/more/slot', visible: false });
    // React hides it when it has time. A page that learns of the end keeps it.
    await until('it has disconnected', () => hub.stats().connections === 0);
    go();
    await until('the first has ended', async () => (await hub.run('slot').state()).status === 'completed');
    await hub.run('slot').start(async function* () {
      yield { data: 'another' };
    });
    await page.render({ url: '/more/slot' });
    await untilShown(page, { text: 'another', status: 'completed' });
    await page.close();
  });

  test('tells of a stop that was refused, and ends no page by it', async () => {
    const page = await open({ url: '/more/secret' });
    const uncaught: string[] = [];
    page.tab.on('pageerror', ({ message }) => uncaught.push(message));
    const refused = await page.evaluate("stop().catch(({ code, status }) => code + ' ' + status)");
    await page.evaluate('void stop()');
    await page.tab.waitForTimeout(200);
    expect([refused, uncaught]).toEqual(['refused 403', []]);
    await page.close();
  });
});
