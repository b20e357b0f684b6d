import type { ChildProcess } from 'node:child_process';
import type { Browser } from 'playwright-core';
import { describeInChromium, launchChromium } from '../kit/chromium';
import { buildExamples, startExample } from '../kit/example';
import { openStream } from '../kit/stream-client';
import { until as untilTrue } from '../kit/until';

describeInChromium('an old page, unmodified', () => {
  let browser: Browser;
  let origin: string;
  let child: ChildProcess;

  beforeAll(async () => {
    await buildExamples();
    ({ origin, child } = await startExample('old-pages'));
    browser = await launchChromium();
  });

  afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

  afterAll(async () => {
    await browser?.close();
    child?.kill('SIGKILL');
  });

  const open = async (name: string) => {
    const page = await browser.newPage();
    // A page with an endless iframe never fires its load event.
    await page.goto(`${origin}/pages/${name}.html`, { waitUntil: 'domcontentloaded' });
    const lines = () => page.locator('#content div').allTextContents();
    const until = async (expected: string[]) => {
      await page.waitForFunction(`document.querySelectorAll('#content div').length >= ${expected.length}`);
      expect(await lines()).toEqual(expected);
    };
    return { page, until };
  };
  const connections = async () => (await fetch(`${origin}/connections`)).json();
  const say = (text: string) => fetch(`${origin}/backend?msg=${encodeURIComponent(text)}`);

  it('that long-polls by ?timestamp= gets each message once, beginning with the oldest kept one', async () => {
    expect((await say('before')).status).toBe(204);
    const [one, two] = [await open('timestamp'), await open('timestamp')];
    await one.until(['before']);
    await one.page.locator('#word').fill('<b>from one</b>');
    await one.page.locator('#word').press('Enter');
    await two.until(['before', '<b>from one</b>']);
    await Promise.all([say('both'), say('at once')]);
    await one.page.waitForFunction("document.querySelectorAll('#content div').length >= 4");
    const lines = await one.page.locator('#content div').allTextContents();
    expect(lines.slice(0, 2)).toEqual(['before', '<b>from one</b>']);
    expect(lines.slice(2).sort()).toEqual(['at once', 'both']);
  });

  it('that polls every 3 s gets the messages of the meantime', async () => {
    const { page, until } = await open('every-3-seconds');
    await page.waitForFunction("since !== '0'");
    const before = await page.locator('#content div').allTextContents();
    await say('while it waits');
    await until([...before, 'while it waits']);
  });

  it('that polls without a cursor shows the last ten lines', async () => {
    const before = Array.from({ length: 10 }, (_, i) => `line ${i}`);
    for (const line of before) await say(line);
    const { page, until } = await open('last-ten');
    await until(before);
    await say('one more');
    await page.waitForFunction(`document.getElementById('content').lastChild.textContent === 'one more'`);
    expect(await page.locator('#content div').allTextContents()).toEqual([...before.slice(1), 'one more']);
  });

  it('that long-polls without a cursor is held, and gets text', async () => {
    await untilTrue('the pages of the other tests have left', async () => (await connections()) === 0);
    const { page, until } = await open('subscribe');
    // A message that is published between two of its polls would not reach such a page.
    const isHeld = () => untilTrue('the page is held', async () => (await connections()) === 1);
    const answers: number[] = [];
    page.on('response', (response) => answers.push(response.status()));
    // A wait without a message is no message for the page.
    await page.waitForResponse((response) => response.status() === 502);
    expect(await page.locator('#content div').count()).toBe(0);
    await isHeld();
    await say('<i>first</i>');
    await until(['<i>first</i>']);
    await isHeld();
    await say('second');
    await until(['<i>first</i>', 'second']);
    expect(answers.length).toBeLessThan(6);
  });

  it('with comet.printServerTime gets the time once a second, with the old headers', async () => {
    const { page } = await open('server-time');
    await page.waitForFunction(`/^\\d{10}$/.test(document.getElementById('content').innerHTML)`);
    const shown = async () => Number(await page.locator('#content').textContent());
    const first = await shown();
    expect(Math.abs(first - Date.now() / 1000)).toBeLessThan(60);
    await page.waitForFunction(`Number(document.getElementById('content').innerHTML) >= ${first + 2}`);
    const client = await openStream(`${origin}/server-time`, false);
    expect(client.headers).toMatchObject({
      'cache-control': 'no-cache, must-revalidate, no-transform',
      expires: 'Mon, 26 Jul 1997 05:00:00 GMT',
    });
    client.leave();
  });
});
