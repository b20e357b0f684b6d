import { describeInChromium, launchChromium } from './chromium';
import { describeInFirefox, launchFirefox } from './firefox';

// What the two browsers have in common, whichever library drives them.

export interface PageBrowser {
  newPage(): Promise<BrowserPage>;
  close(): Promise<void>;
}

export interface BrowserPage {
  goto(url: string): Promise<unknown>;
  evaluate(script: string): Promise<unknown>;
  /** Has the browser itself be without a network; absent where it cannot be told to. */
  setOffline?(isOffline: boolean): Promise<void>;
  close(): Promise<void>;
}

async function chromium(): Promise<PageBrowser> {
  const browser = await launchChromium();
  return {
    async newPage() {
      const context = await browser.newContext();
      const page = await context.newPage();
      return {
        goto: (url) => page.goto(url),
        evaluate: (script) => page.evaluate(script),
        setOffline: (isOffline) => context.setOffline(isOffline),
        close: () => context.close(),
      };
    },
    close: () => browser.close(),
  };
}

/** Name, how to describe what needs it, and how to launch it. */
export const pageBrowsers: readonly [string, typeof describeInFirefox, () => Promise<PageBrowser>][] = [
  ['Chromium', describeInChromium, chromium],
  ['Firefox', describeInFirefox, launchFirefox],
];
