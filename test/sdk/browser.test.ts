import { bareSse } from '@pushwire/core/dialects';
import type { Browser, Page } from 'playwright-core';
import { describeInChromium, launchChromium } from '../kit/chromium';
import { until } from '../kit/until';
import { Api } from './kit/apis';
import { chatPage, chatPageScript } from './kit/chat-page';
import { chatRoutes } from './kit/chat-routes';
import { frameworks } from './kit/frameworks';
import { type Item, Script, wholeText, words } from './kit/script';
import { uiItems } from './kit/ui-chat';

const wordsBeforePause = 3;
const halfText = words.slice(0, wordsBeforePause).join('');

describeInChromium('SDKs in Chromium', () => {
  let browser: Browser;
  const script = chatPageScript();

  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  describe.each(frameworks)('with $name', (framework) => {
    let model: Script;
    let api: Api;
    const pages: Page[] = [];

    const start = async (items: readonly Item[], pauseAt: number) => {
      model = new Script(items, pauseAt);
      api = await Api.start(framework, (hub) => [
        ...chatRoutes(hub, model.produce),
        { method: 'get', path: '/answer', stream: () => hub.run('answer'), options: { dialect: bareSse() } },
        { method: 'get', path: '/', answer: () => textOf('text/html', chatPage) },
        { method: 'get', path: '/page.js', answer: () => textOf('text/javascript', script) },
      ]);
    };
    const textOf = (type: string, text: string) => ({ status: 200, text, headers: { 'content-type': type } });
    const open = async () => {
      const page = await browser.newPage();
      pages.push(page);
      await page.goto(`${api.url}/?chat=chat-1`);
      return page;
    };
    const untilShown = (page: Page, status: string, answer: string) =>
      until(`the page shows "${answer}" and is ${status}`, async () => {
        const chat = (await page.evaluate('globalThis.chat')) as { status: string; answer: string } | undefined;
        return chat?.status === status && chat.answer === answer;
      });
    afterEach(async () => {
      await Promise.all(pages.splice(0).map((page) => page.close()));
      await api.close();
    });

    it('useChat resumes an answer after a reload, and in a second window', async () => {
      await start(uiItems, 2 + wordsBeforePause);
      const page = await open();
      await untilShown(page, 'ready', '');
      await page.evaluate('ask("Hello")');
      await untilShown(page, 'streaming', halfText);
      await page.reload();
      await untilShown(page, 'streaming', halfText);
      const second = await open();
      await untilShown(second, 'streaming', halfText);
      model.resume();
      await untilShown(page, 'ready', wholeText);
      await untilShown(second, 'ready', wholeText);
    });

    it('useChat has an error, not a short answer, when the server drains', async () => {
      await start(uiItems, 2 + wordsBeforePause);
      const page = await open();
      await untilShown(page, 'ready', '');
      await page.evaluate('ask("Hello")');
      await untilShown(page, 'streaming', halfText);
      const closed = api.hub.close();
      await untilShown(page, 'error', halfText);
      model.resume();
      await closed;
    });

    it('fetchEventSource resumes after a cut, and has each word once', async () => {
      await start(words, wordsBeforePause);
      await api.hub.run('answer').start(model.produce);
      const page = await open();
      await page.evaluate('follow("/answer")');
      const followed = () => page.evaluate('followed') as Promise<{ data: string[]; state: string; errors: number }>;
      await until('the first words are there', async () => (await followed()).data.length === wordsBeforePause);
      api.gate.cut();
      model.resume();
      await until('it has ended', async () => (await followed()).state === 'closed');
      expect(await followed()).toMatchObject({ data: words, errors: 1 });
    });
  });
});
