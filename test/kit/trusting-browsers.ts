import { existsSync } from 'node:fs';
import { launch } from 'puppeteer-core';
import { describeInChromium, launchChromium } from './chromium';
import { describeInFirefox } from './firefox';

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

const firefoxPath =
  process.env.FIREFOX ?? (existsSync('/usr/bin/firefox-esr') ? '/usr/bin/firefox-esr' : '/usr/bin/firefox');

const trustingFirefox = (): Promise<TrustingBrowser> =>
  launch({ browser: 'firefox', executablePath: firefoxPath, headless: true, acceptInsecureCerts: true });

/** Each browser's name, the function that describes its tests, and one that launches it. */
export const trustingBrowsers: readonly [string, typeof describeInFirefox, () => Promise<TrustingBrowser>][] = [
  ['Chromium', describeInChromium, trustingChromium],
  ['Firefox', describeInFirefox, trustingFirefox],
];
