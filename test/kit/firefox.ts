import { type Browser, type LaunchOptions, launch } from 'puppeteer-core';
import { testLimit, waitLimit } from './limits';
import { describeWith, systemProgram } from './system-program';

const program = systemProgram('firefox');
const executablePath = program.path;

/** The system's Firefox, driven by WebDriver BiDi. */
export async function launchFirefox(options: LaunchOptions = {}): Promise<Browser> {
  const limits = { timeout: waitLimit, protocolTimeout: testLimit };
  const browser = await launch({ browser: 'firefox', executablePath, headless: true, ...limits, ...options });
  const newPage = browser.newPage.bind(browser);
  return Object.assign(browser, {
    newPage: async () => {
      const page = await newPage();
      page.setDefaultTimeout(waitLimit);
      return page;
    },
  });
}

/** Describes tests that need Firefox. */
export function describeInFirefox(name: string, tests: () => void): void {
  describeWith(program, name, tests);
}
