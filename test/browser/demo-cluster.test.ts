import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { Browser } from 'playwright-core';
import { describeInChromium, launchChromium } from '../kit/chromium';
import { DemoPage, panelNames, panelTitles } from '../kit/demo-page';
import { buildExamples, builtExample } from '../kit/example';
import { redisServer } from '../kit/redis-server';
import { describeWith } from '../kit/system-program';
import { until } from '../kit/until';
import { nginx } from '../proxy/nginx';

describeWith(redisServer, 'npm run demo:cluster', () => {
  describeWith(nginx, 'behind nginx', () => {
    describeInChromium('in Chromium', () => {
      let browser: Browser;
      let cluster: ChildProcess;
      let over: Promise<number>;
      let origin: string;

      beforeAll(async () => {
        await buildExamples();
        browser = await launchChromium();
        const env = { ...process.env, PORT: '0' };
        cluster = spawn(process.execPath, [builtExample('demo/cluster/main')], { env });
        over = once(cluster, 'close').then(([code]) => code as number);
        let said = '';
        for (const stream of [cluster.stdout, cluster.stderr]) stream?.on('data', (part) => (said += part));
        await until('the cluster has started', () => said.includes('http://') || cluster.exitCode !== null);
        [, origin = ''] = /on (http:\/\/localhost:\d+)\/\n$/.exec(said) ?? [];
        expect(said).toMatch(/^Pushwire demo \(2 Express nodes, 1 Koa node, Redis, nginx\) on /);
      });

      afterAll(async () => {
        await browser.close();
        cluster.kill('SIGKILL');
      });

      test('a button kills a node, and no transport loses a message', async () => {
        const demo = await DemoPage.open(browser, origin);
        const { page } = demo;
        for (const name of panelNames) await demo.has(name, 'open');
        await demo.has('own', 'open');
        const nodes = page.locator('#node-list li');
        await until(
          'three nodes are running',
          async () => (await page.locator('#node-list li[data-state="running"]').count()) === 3,
        );
        const names = await nodes.locator('strong').allTextContents();
        expect(names.sort()).toEqual(['express-1', 'express-2', 'koa-1']);
        await demo.goOn();

        const victim = (await demo.panel('sse').locator('.node').textContent()) ?? '';
        expect(names).toContain(victim);
        const row = page.locator(`#node-list li[data-node="${victim}"]`);
        expect(await row.locator('.serves').textContent()).toContain(panelTitles.sse);
        const process = (await row.locator('.what').textContent()) ?? '';
        await page.getByRole('button', { name: `Kill the node ${victim}` }).click();
        await demo.noted(`The node ${victim} was killed`).waitFor();
        await until('the stream is on another node', async () => {
          const node = await demo.panel('sse').locator('.node').textContent();
          return node !== victim && (await demo.panel('sse').getAttribute('data-status')) === 'open';
        });
        await demo.noted(/Server-Sent Events.*: reconnected, /).waitFor();
        await demo.noted(`The node ${victim} is running again`).waitFor();
        await page.locator(`#node-list li[data-node="${victim}"][data-state="running"]`).waitFor();
        await until('it is another process', async () => {
          const what = (await row.locator('.what').textContent()) ?? '';
          return /, process \d+$/.test(what) && what !== process;
        });

        await page.getByRole('button', { name: 'Publish', exact: true }).click();
        await page.getByText(/^Published with the id /).waitFor();
        await demo.goOn(panelNames, 5);
        for (const name of [...panelNames, 'own'] as const) {
          const { seen, missing, twice } = await demo.tally(name);
          expect([name, missing, twice]).toEqual([name, 0, 0]);
          expect(seen).toBeGreaterThan(7);
        }
        await demo.close();
      });

      test('windows on any node see each other, and prices go on without the node that set them', async () => {
        const first = await DemoPage.open(browser, origin, { hasPrices: true });
        const { page } = first;
        const second = await first.second(origin);
        for (const each of [page, second.page]) {
          await each.locator('#here .count', { hasText: '2 windows are here' }).waitFor();
        }
        await second.page.locator('#here .field').hover();
        await page.locator('#here .cursor').waitFor();

        await page.locator('#prices .map').scrollIntoViewIfNeeded();
        const setBy = page.locator('#prices .by');
        await until('prices are set', async () => (await setBy.textContent())?.startsWith('by '));
        const victim = ((await setBy.textContent()) ?? '').slice('by '.length);
        await second.page.getByRole('button', { name: `Kill the node ${victim}` }).click();
        for (const state of ['was killed', 'is running again']) {
          await second.noted(`The node ${victim} ${state}`).waitFor();
        }
        await until('another node sets prices', async () => !(await setBy.textContent())?.endsWith(victim));
        await first.close();
      });

      test('Ctrl-C leaves no process and no file behind', async () => {
        const children = childrenOf(cluster.pid as number);
        expect(children.length).toBeGreaterThanOrEqual(5);
        const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('pushwire-cluster-'));
        const before = folders();
        cluster.kill('SIGINT');
        expect(await over).toBe(0);
        expect(children.filter(isThere)).toEqual([]);
        expect(folders().length).toBe(before.length - 1);
      });

      test('says in one line which program is missing and how to install it', () => {
        const env = { PATH: '/nonexistent', PORT: '0' };
        const words = [
          '-e',
          `require(${JSON.stringify(builtExample('demo/cluster/programs'))}).findProgram({ name: 'no-such', debian: 'some-package' })`,
        ];
        expect(() => execFileSync(process.execPath, words, { env, stdio: 'pipe' })).toThrow(
          /MissingProgram: no-such is missing\. To install it on Debian: sudo apt-get install -y some-package\n/,
        );
      });
    });
  });
});

/** Returns the ids of a process's children and their descendants. */
function childrenOf(parent: number): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const direct = pids.filter((pid) => parentOf(pid) === parent).map(Number);
  return [...direct, ...direct.flatMap(childrenOf)];
}

function parentOf(pid: string): number | undefined {
  const file = `/proc/${pid}/stat`;
  // The process may have ended meanwhile.
  if (!existsSync(file)) return undefined;
  return Number(readFileSync(file, 'utf8').split(') ')[1]?.split(' ')[1]);
}

function isThere(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}
