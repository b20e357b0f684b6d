import { type Browser, chromium, type LaunchOptions } from 'playwright-core';
import { waitLimit } from './limits';
import { describeWith, systemProgram } from './system-program';

const program = systemProgram('chromium');
const executablePath = program.path;
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const launchChromium = (): Promise<Browser> => launch();

/** A Chromium with a back/forward cache, which the driving library otherwise switches off. */
export const launchCachingChromium = (): Promise<Browser> =>
  launch({ ignoreDefaultArgs: ['--disable-back-forward-cache'] });

async function launch(options: LaunchOptions = {}): Promise<Browser> {
  const browser = await chromium.launch({ executablePath, args, timeout: waitLimit, ...options });
  return browser.on('context', (context) => context.setDefaultTimeout(waitLimit));
}

/** Describes tests that need Chromium. */
export function describeInChromium(name: string, tests: () => void): void {
  describeWith(program, name, tests);
}
