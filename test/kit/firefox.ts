import { existsSync } from 'node:fs';
import { type Browser, launch } from 'puppeteer-core';
import { describeWhere } from './needs';

const executablePath =
  process.env.FIREFOX ??
  ['/usr/bin/firefox-esr', '/usr/bin/firefox'].find((path) => existsSync(path)) ??
  '/usr/bin/firefox-esr';

/** The system's Firefox, driven by WebDriver BiDi. */
export const launchFirefox = (): Promise<Browser> => launch({ browser: 'firefox', executablePath, headless: true });

/** Describes tests that need Firefox. */
export function describeInFirefox(name: string, tests: () => void): void {
  const advice = `No Firefox at ${executablePath}. Install it: sudo apt-get install -y firefox-esr, or set FIREFOX.`;
  describeWhere(existsSync(executablePath), 'Firefox', advice, name, tests);
}
