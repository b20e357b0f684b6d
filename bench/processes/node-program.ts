import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** A Node that servers run on. */
export interface NodeProgram {
  /** Its version, such as `24.21.0`. */
  readonly version: string;
  /** The program, then its flags. */
  readonly commandLine: readonly string[];
}

const finder = join(__dirname, '..', '..', '..', 'scripts', 'node-program.mjs');

/**
 * Returns the Node of a version such as `24`, which is fetched if need be, or that of a path.
 *
 * @param flags what it runs with.
 * @throws {Error} when there is none.
 */
export function findNode(versionOrPath: string, flags: readonly string[]): NodeProgram {
  const path = versionOrPath.includes('/') ? versionOrPath : said(process.execPath, finder, versionOrPath);
  return { version: said(path, '-p', 'process.versions.node'), commandLine: [path, ...flags] };
}

function said(program: string, ...words: readonly string[]): string {
  return execFileSync(program, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();
}
