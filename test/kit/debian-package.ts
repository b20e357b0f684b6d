import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describeWhere } from './needs';

/** A program that tests need, and its Debian package. */
export interface DebianProgram {
  readonly package: string;
  /** The path at which the package installs it. */
  readonly path: string;
}

// The tests start their own servers, so the package must not start its service.
const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
const timeoutMs = 180_000;

/**
 * Describes tests that need a program from Debian. Root installs it. Otherwise the tests are
 * skipped with advice, and in CI they fail.
 */
export function describeWith(program: DebianProgram, name: string, tests: () => void): void {
  const commands = `sudo apt-get update && sudo apt-get install -y --no-install-recommends ${program.package}`;
  const advice = `No ${program.package} at ${program.path}. Install it: ${commands}`;
  describeWhere(existsSync(program.path) || install(program), program.package, advice, name, tests);
}

function install(program: DebianProgram): boolean {
  if (process.getuid?.() !== 0) return false;
  const aptGet = (...words: string[]) => spawnSync('apt-get', words, { env, timeout: timeoutMs, stdio: 'ignore' });
  aptGet('update');
  aptGet('install', '-y', '--no-install-recommends', program.package);
  return existsSync(program.path);
}
