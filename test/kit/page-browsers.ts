import { describeInChromium, launchChromium } from './chromium';
import { describeInFirefox, launchFirefox } from './firefox';

// The common part of the two browsers, which different libraries drive.

export interface PageBrowser {
  newPage(): Promise<BrowserPage>;
  close(): Promise<void>;
}

export interface BrowserPage {
  goto(url: string): Promise<unknown>;
  evaluate(script: string): Promise<unknown>;
  /** Takes the browser itself offline. Absent when its driver cannot do that. */
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

/** Each browser's name, the function that describes its tests, and one that launches it. */
export const pageBrowsers: readonly [string, typeof describeInFirefox, () => Promise<PageBrowser>][] = [
  ['Chromium', describeInChromium, chromium],
  ['Firefox', describeInFirefox, launchFirefox],
];
