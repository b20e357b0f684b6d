import type { Browser, Page } from 'playwright-core';

/**
 * Finds the process that runs a page: the one that works most while the page does.
 *
 * @returns its id in the operating system.
 */
export async function rendererOf(browser: Browser, page: Page): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const cpuTimes = async () => {
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    const renderers = processInfo.filter(({ type }) => type === 'renderer');
    return new Map(renderers.map(({ id, cpuTime }) => [id, cpuTime]));
  };
  const before = await cpuTimes();
  await page.evaluate('for (const end = performance.now() + 300; performance.now() < end; );');
  const used = [...(await cpuTimes())].map(([id, time]) => ({ id, time: time - (before.get(id) ?? 0) }));
  await session.detach();
  const [busiest] = used.sort((a, b) => b.time - a.time);
  if (!busiest) throw new Error('Chromium has no renderer');
  return busiest.id;
}
