import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Browser, Page } from 'playwright-core';
import { answerTo } from '../../examples/chat/model';
import { describeInChromium, launchChromium } from '../kit/chromium';
import { buildExamples, startExample } from '../kit/example';
import { RedisServer, redisServer } from '../kit/redis-server';
import { SwitchProxy } from '../kit/switch-proxy';
import { describeWith } from '../kit/system-program';
import { until } from '../kit/until';

// The chat of the examples: an answer survives a reload, a second window, a stop and a node that dies.

const frameworks = ['chat/express', 'chat/koa'] as const;

/** A window of the browser that shows a chat. */
class ChatWindow {
  private constructor(readonly page: Page) {}

  static async open(browser: Browser, origin: string, chat: string): Promise<ChatWindow> {
    const page = await browser.newPage();
    await page.goto(`${origin}/?chat=${chat}`);
    return new ChatWindow(page);
  }

  async ask(prompt: string): Promise<void> {
    await this.page.getByLabel('Your question').fill(prompt);
    await this.page.getByRole('button', { name: 'Ask', exact: true }).click();
    await this.page.locator('article').last().waitFor();
  }

  async text(): Promise<string> {
    return (await this.page.locator('article .text').last().textContent()) ?? '';
  }

  /** Waits until the last answer has begun, and has more than `length` characters. */
  async goesOn(length = 0): Promise<void> {
    await until('the answer goes on', async () => (await this.text()).length > length);
  }

  /** Waits for the end of the last answer. */
  async ends(outcome: string): Promise<string> {
    await this.page.locator(`article[data-outcome="${outcome}"]`).last().waitFor();
    return this.text();
  }
}

describeInChromium('the chat', () => {
  let browser: Browser;

  beforeAll(async () => {
    await buildExamples();
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  describe.each(frameworks)('%s', (example) => {
    let node: { readonly origin: string; readonly child: ChildProcess };
    const windows: ChatWindow[] = [];

    beforeAll(async () => {
      node = await startExample(example);
    });
    afterAll(async () => {
      for (const { page } of windows) await page.close();
      const exited = once(node.child, 'exit');
      node.child.kill();
      await exited;
    });

    const open = async (chat: string): Promise<ChatWindow> => {
      const window = await ChatWindow.open(browser, node.origin, chat);
      windows.push(window);
      return window;
    };

    // The model takes its time for each answer, so all tests wait at the same time.
    test.concurrent('an answer is whole after a reload in its middle, and in a second window', async () => {
      const chat = randomUUID();
      const first = await open(chat);
      await first.ask('what is a run?');
      await first.goesOn(20);
      const second = await open(chat);
      await second.goesOn(20);
      await first.page.reload();
      await first.goesOn(20);
      const whole = answerTo('what is a run?');
      expect(await first.ends('completed')).toBe(whole);
      expect(await second.ends('completed')).toBe(whole);
      await second.page.reload();
      expect(await second.ends('completed')).toBe(whole);
    });

    test.concurrent('a stop in one window stops the answer in both', async () => {
      const chat = randomUUID();
      const [first, second] = [await open(chat), await open(chat)];
      await first.ask('how does it stop?');
      await Promise.all([first.goesOn(20), second.goesOn(20)]);
      await second.page.getByRole('button', { name: 'Stop' }).click();
      const texts = await Promise.all([first.ends('stopped'), second.ends('stopped')]);
      const whole = answerTo('how does it stop?');
      expect(texts[0]).toBe(texts[1]);
      expect(whole.startsWith(texts[0])).toBe(true);
      expect(texts[0].length).toBeLessThan(whole.length);
      expect(await first.page.locator('article .status').textContent()).toBe('Stopped by a reader');
    });

    test.concurrent('a failure of the model is told with its public code, after what came before it', async () => {
      const window = await open(randomUUID());
      await window.ask('fail');
      const text = await window.ends('failed');
      expect(answerTo('fail').startsWith(text) && text.length > 0).toBe(true);
      expect(await window.page.locator('article .status').textContent()).toBe('Failed: model-overloaded');
    });

    const post = (chat: string, id: string, prompt: string) =>
      fetch(`${node.origin}/chats/${chat}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ id, prompt }),
      });

    test.concurrent('a question that is sent twice is asked once', async () => {
      const [chat, id] = [randomUUID(), randomUUID()];
      const window = await open(chat);
      await Promise.all([post(chat, id, 'twice'), post(chat, id, 'twice')]);
      expect(await window.ends('completed')).toBe(answerTo('twice'));
      await post(chat, id, 'twice');
      await window.page.reload();
      expect(await window.ends('completed')).toBe(answerTo('twice'));
      expect(await window.page.locator('article').count()).toBe(1);
    });

    test.concurrent('a stop that comes before the question counts', async () => {
      const [chat, id] = [randomUUID(), randomUUID()];
      await fetch(`${node.origin}/answers/${id}`, { method: 'DELETE' });
      expect((await post(chat, id, 'too late')).status).toBe(202);
      const window = await open(chat);
      expect(answerTo('too late').startsWith(await window.ends('stopped'))).toBe(true);
      expect((await window.text()).length).toBeLessThan(20);
    });

    test.concurrent('an answer that nobody knows is no answer', async () => {
      const response = await fetch(`${node.origin}/answers/${randomUUID()}`);
      expect(response.status).toBe(204);
    });
  });

  describeWith(redisServer, 'on two nodes that share a Redis', () => {
    interface Nodes {
      /** A proxy in front of one node at a time, which a page sees as one origin. */
      before(index: number): Promise<SwitchProxy>;
      portOf(index: number): number;
      readonly nodes: readonly { readonly origin: string; readonly child: ChildProcess }[];
    }

    const withNodes = (act: (nodes: Nodes) => Promise<void>) => async () => {
      const redis = await RedisServer.start();
      const env = { REDIS_URL: `redis://127.0.0.1:${redis.port}` };
      const nodes = await Promise.all(frameworks.map((example) => startExample(example, env)));
      const portOf = (index: number) => Number(new URL(nodes[index]?.origin ?? '').port);
      try {
        await act({ nodes, portOf, before: (index) => SwitchProxy.start({ target: portOf(index) }) });
      } finally {
        for (const { child } of nodes) child.kill('SIGKILL');
        await redis.stop();
      }
    };

    test.concurrent(
      'an answer whose node is killed is told as lost, to every window, and not as whole',
      withNodes(async ({ nodes, portOf, before }) => {
        const [proxy, chat] = [await before(0), randomUUID()];
        const writing = await ChatWindow.open(browser, proxy.url, chat);
        const reading = await ChatWindow.open(browser, nodes[1]?.origin ?? '', chat);
        await writing.ask('who survives?');
        await Promise.all([writing.goesOn(20), reading.goesOn(20)]);
        proxy.behaviour.target = portOf(1);
        nodes[0]?.child.kill('SIGKILL');
        const texts = await Promise.all([writing.ends('lost'), reading.ends('lost')]);
        expect(texts[0]).toBe(texts[1]);
        expect(answerTo('who survives?').startsWith(texts[0])).toBe(true);
        await reading.page.getByRole('button', { name: 'Ask again' }).click();
        await until('it was asked again', async () => (await writing.page.locator('article').count()) === 2);
        expect(await writing.ends('completed')).toBe(answerTo('who survives?'));
        await writing.page.close();
        await reading.page.close();
        await proxy.close();
      }),
    );

    test.concurrent(
      'a reader whose node is killed reads on from another, and misses nothing',
      withNodes(async ({ nodes, portOf, before }) => {
        const [proxy, chat] = [await before(1), randomUUID()];
        const writing = await ChatWindow.open(browser, nodes[0]?.origin ?? '', chat);
        const reading = await ChatWindow.open(browser, proxy.url, chat);
        await writing.ask('who reads on?');
        await reading.goesOn(20);
        proxy.behaviour.target = portOf(0);
        nodes[1]?.child.kill('SIGKILL');
        expect(await reading.ends('completed')).toBe(answerTo('who reads on?'));
        expect(await writing.ends('completed')).toBe(answerTo('who reads on?'));
        await writing.page.close();
        await reading.page.close();
        await proxy.close();
      }),
    );
  });
});
