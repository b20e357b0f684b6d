import { type Browser, chromium } from 'playwright-core';
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

export const launchChromium = (): Promise<Browser> => chromium.launch({ executablePath, args });

/** A Chromium with a back/forward cache, which the driving library otherwise switches off. */
export const launchCachingChromium = (): Promise<Browser> =>
  chromium.launch({ executablePath, args, ignoreDefaultArgs: ['--disable-back-forward-cache'] });

/** Describes tests that need Chromium. */
export function describeInChromium(name: string, tests: () => void): void {
  describeWith(program, name, tests);
}
