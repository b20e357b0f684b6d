import { describeInChromium, launchChromium } from './chromium';
import { describeInFirefox, launchFirefox } from './firefox';

// The common part of browsers that accept the test certificate. Different libraries drive them.

export interface TrustingBrowser {
  newPage(): Promise<TrustingPage>;
  close(): Promise<void>;
}

export interface TrustingPage {
  goto(url: string): Promise<unknown>;
  evaluate(script: string): Promise<unknown>;
  close(): Promise<void>;
}

async function trustingChromium(): Promise<TrustingBrowser> {
  const browser = await launchChromium();
  return {
    newPage: () => browser.newPage({ ignoreHTTPSErrors: true }),
    close: () => browser.close(),
  };
}

const trustingFirefox = (): Promise<TrustingBrowser> => launchFirefox({ acceptInsecureCerts: true });

/** Each browser's name, the function that describes its tests, and one that launches it. */
export const trustingBrowsers: readonly [string, typeof describeInFirefox, () => Promise<TrustingBrowser>][] = [
  ['Chromium', describeInChromium, trustingChromium],
  ['Firefox', describeInFirefox, trustingFirefox],
];
