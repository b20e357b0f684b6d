import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describeWhere } from './needs';

/** A program that tests need and Debian has. */
export interface DebianProgram {
  readonly package: string;
  /** Where the package puts it. */
  readonly path: string;
}

// A service that its package would start at once is none of the tests' business: they start their own.
const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
const patience = 180_000;

/**
 * Describes what needs a program of Debian's. Root gets it installed; otherwise the tests are skipped in so many words, and
 * in CI that is a failure.
 */
export function describeWith(program: DebianProgram, name: string, tests: () => void): void {
  const commands = `sudo apt-get update && sudo apt-get install -y --no-install-recommends ${program.package}`;
  const advice = `${program.package} is missing at ${program.path}. To install it: ${commands}`;
  describeWhere(existsSync(program.path) || install(program), program.package, advice, name, tests);
}

function install(program: DebianProgram): boolean {
  if (process.getuid?.() !== 0) return false;
  const aptGet = (...words: string[]) => spawnSync('apt-get', words, { env, timeout: patience, stdio: 'ignore' });
  aptGet('update');
  aptGet('install', '-y', '--no-install-recommends', program.package);
  return existsSync(program.path);
}
