import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { describeWhere } from './needs';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const launchChromium = (): Promise<Browser> => chromium.launch({ executablePath, args });

/** A Chromium with a back/forward cache, which the driving library otherwise switches off. */
export const launchCachingChromium = (): Promise<Browser> =>
  chromium.launch({ executablePath, args, ignoreDefaultArgs: ['--disable-back-forward-cache'] });

/** Describes tests that need Chromium. */
export function describeInChromium(name: string, tests: () => void): void {
  const advice = `No Chromium at ${executablePath}. Install it: sudo apt-get install -y chromium, or set CHROMIUM.`;
  describeWhere(existsSync(executablePath), 'Chromium', advice, name, tests);
}
