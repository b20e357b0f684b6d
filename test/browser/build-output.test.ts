import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Browser, Page } from 'playwright-core';
import { describeInChromium, launchChromium } from '../kit/chromium';
import { buildExamples, startExample } from '../kit/example';
import { until } from '../kit/until';

describeInChromium('the output of a build', () => {
  let browser: Browser;
  let server: { readonly origin: string; readonly child: ChildProcess };
  let page: Page;

  beforeAll(async () => {
    await buildExamples();
    [browser, server] = await Promise.all([launchChromium(), startExample('build-output/express')]);
  });
  beforeEach(async () => {
    page = await browser.newPage();
  });
  afterEach(() => page.close());
  afterAll(async () => {
    await browser.close();
    const exited = once(server.child, 'exit');
    server.child.kill();
    await exited;
  });

  const output = async () => (await page.locator('#output').textContent()) ?? '';
  const begin = async (project: string) => {
    await page.goto(server.origin);
    await page.getByLabel('Project').selectOption(project);
    await page.getByRole('button', { name: 'Build' }).click();
    await page.waitForURL(/build=/);
    await until('it prints', async () => (await output()).includes('[3/30]'));
  };
  const says = (text: string) => page.locator('#status', { hasText: text }).waitFor();
  const steps = (project: string, last: number) =>
    Array.from({ length: last }, (_, n) => `[${n + 1}/30] compiling ${project}/module-${n + 1}.ts`);
  const compiled = async () => (await output()).split('\n').filter((line) => line.startsWith('['));

  test('is whole after a reload in its middle', async () => {
    await begin('website');
    await page.reload();
    await says('The build is completed.');
    expect(await compiled()).toEqual(steps('website', 30));
    expect(await page.locator('#output .err').count()).toBeGreaterThan(0);
    expect(await output()).toMatch(/done\n$/);
  });

  test('ends with the status of a process that fails, after all that it has printed', async () => {
    await begin('broken');
    await says('The build is failed: exit-1.');
    expect(await compiled()).toEqual(steps('broken', 15));
    expect(await output()).toContain('error: module-15 does not compile');
  });

  test('stops with its process', async () => {
    await begin('website');
    await page.getByRole('button', { name: 'Stop' }).click();
    await says('The build is stopped.');
    const printed = await compiled();
    expect(printed.length).toBeLessThan(30);
    expect(printed).toEqual(steps('website', printed.length));
  });

  test('says so where there is no such build', async () => {
    await page.goto(`${server.origin}/?build=unknown`);
    await says('There is no such build any more.');
  });
});
