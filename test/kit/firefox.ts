import { type Browser, launch } from 'puppeteer-core';
import { describeWith, systemProgram } from './system-program';

const program = systemProgram('firefox');
const executablePath = program.path;

/** The system's Firefox, driven by WebDriver BiDi. */
export const launchFirefox = (): Promise<Browser> => launch({ browser: 'firefox', executablePath, headless: true });

/** Describes tests that need Firefox. */
export function describeInFirefox(name: string, tests: () => void): void {
  describeWith(program, name, tests);
}
