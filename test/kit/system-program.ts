import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A program that tests need. `npm test` installs it, by `scripts/setup.mjs`. */
export interface SystemProgram {
  readonly name: string;
  readonly path: string;
  /** Says how to install it. `undefined` if it is installed. */
  readonly advice: string | undefined;
}

interface Entry {
  readonly name: string;
  readonly package: string;
  /** The environment variable that names its path. */
  readonly variable?: string;
  readonly paths: readonly [string, ...string[]];
}

const entries: Record<string, Entry> = JSON.parse(
  readFileSync(join(__dirname, '../../scripts/system-programs.json'), 'utf8'),
);

/** Finds a program of `scripts/system-programs.json`. */
export function systemProgram(key: string): SystemProgram {
  const entry = entries[key];
  if (entry === undefined) throw new Error(`${key} is not in scripts/system-programs.json`);
  const { name, variable, paths } = entry;
  const chosen = variable && process.env[variable];
  const path = chosen ?? paths.find((each) => existsSync(each)) ?? paths[0];
  const orSet = variable ? `, or set ${variable}` : '';
  const advice = `No ${name} at ${path}. Install it: sudo apt-get install -y ${entry.package}${orSet}.`;
  return { name, path, advice: existsSync(path) ? undefined : advice };
}

/**
 * Describes tests that need a program. Without it they are skipped with advice, and in CI they
 * fail.
 */
export function describeWith({ name: program, advice }: SystemProgram, name: string, tests: () => void): void {
  if (advice === undefined) describe(name, tests);
  else if (process.env.CI !== 'true') describe.skip(`${name}. ${advice}`, tests);
  else {
    test(`${program} is available`, () => {
      throw new Error(advice);
    });
  }
}

/** Like `it.concurrent`, for tests that need a program. See {@link describeWith}. */
export function itWith({ name: program, advice }: SystemProgram): typeof it.concurrent {
  if (advice === undefined) return it.concurrent;
  if (process.env.CI !== 'true') return it.skip as typeof it.concurrent;
  test(`${program} is available`, () => {
    throw new Error(advice);
  });
  return it.skip as typeof it.concurrent;
}
